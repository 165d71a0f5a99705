import { tokenValue } from '../core/card.ts';
import type { Clock } from '../core/clock.ts';
import { decide } from '../core/decide.ts';
import type { Decision } from '../core/decision.ts';
import type { AccessData } from '../core/event.ts';
import { countsAsWrongTry } from '../core/lock-out.ts';
import type { LookupKey, LookupKind } from '../core/lookup-key.ts';
import type { ReaderBus, ReaderReport, ReaderSignal } from '../core/reader.ts';
import { Secret } from '../core/secret.ts';
import type { LockOutRules, SiteReader } from '../core/site.ts';
import type { TrustedClock } from '../core/trusted-time.ts';
import type { CardDecoder } from '../core/wiegand.ts';
import { awaitedPin, type ShownCard } from './awaited-pin.ts';
import type { DoorController } from './door-controller.ts';
import type { Journal } from './journal.ts';
import { type Keypad, keypad } from './keypad.ts';
import type { ModeKeeper } from './mode-keeper.ts';
import type { Partitions } from './partitions.ts';
import type { TableKeeper } from './table-keeper.ts';

/** One reader at its door: what is presented there is judged, and what follows is done. */
export interface Entrance {
  readonly reader: SiteReader;
  readonly keypad: Keypad;
  /** A card or keys, or the reader's loss. A lock that is to open is released in this call. */
  heard(report: ReaderReport): void;
  /** Presents a credential with all that follows. Up to the release of the lock all happens in this call. */
  present(kind: LookupKind, value: Secret): Promise<Decision>;
  /** Decides as if it were presented, now or by a clock that is right at `at` (wall milliseconds); nothing follows. */
  judge(kind: LookupKind, value: Secret, at: number | null): Decision;
  close(): void;
}

export interface EntranceParts {
  reader: SiteReader;
  bus: Pick<ReaderBus, 'signal'>;
  /** Null: the reader is at no door, and opens nothing. */
  door: DoorController | null;
  /** How that door stands. */
  mode: Pick<ModeKeeper, 'now' | 'at' | 'arrived'> | null;
  clock: Clock;
  trustedClock: Pick<TrustedClock, 'trusted' | 'latest'>;
  lockOut: LockOutRules;
  decodeCard: CardDecoder;
  lookupKey: LookupKey;
  table: Pick<TableKeeper, 'inForce'>;
  partitions: Pick<Partitions, 'restricts'>;
  journal: Journal;
  changed(): void;
  /** Something of ours threw. */
  failed(error: unknown): void;
}

/** How long a code with a number of uses waits for the disk. */
const useMs = 500;

export function entrance(parts: EntranceParts): Entrance {
  const { reader, bus, door, clock, journal, table } = parts;
  const readerResource = `reader/${reader.id}`;
  const resource = door === null ? readerResource : `door/${door.door.id}`;

  const keys = keypad(
    reader.keypad,
    parts.lockOut,
    clock,
    {
      submit: (pin) => take('pin', pin, false),
      show: (signal) => bus.signal(reader.name, awaited.card() === null ? signal : 'enter_pin'),
      triesChanged(lockedOut) {
        journal.keepLockOut(reader.id, keys.kept());
        if (lockedOut === null) return;
        bus.signal(reader.name, 'locked_out');
        const time = clock.wall();
        journal.append({ time, type: 'keypad.locked_out', resource: readerResource, data: lockedOut });
      },
    },
    journal.lockOut(reader.id),
  );

  const awaited = awaitedPin(door?.door.pin_within_ms ?? 0, clock, (card) => {
    keys.discard();
    bus.signal(reader.name, 'refused');
    record(card.decision, null);
    parts.changed();
  });

  /** Of a value that nobody can have it is the empty one. */
  const keyOf = (kind: LookupKind, value: Secret | null): string =>
    value === null ? '' : parts.lookupKey(kind, value.reveal());

  /** The card that a PIN is waited for, as it is judged now: since it was shown it may have been blocked, or used up at another door. */
  function shownCard(): Decision | null {
    const shown = awaited.card();
    return shown && judge('token', shown.key, null, false, null);
  }

  /** @param at null: now */
  function judge(
    kind: LookupKind,
    key: string,
    at: number | null,
    afterOutage: boolean,
    card: Decision | null,
  ): Decision {
    const rules = door?.door;
    return decide(
      table.inForce()?.table ?? null,
      { door: rules?.id ?? '', kind, key, now: at ?? clock.wall() },
      {
        restricted:
          rules !== undefined && parts.partitions.restricts(rules.restricted_by, rules.arm_state_grace_ms),
        locked_out: keys.lockedOut(),
        after_outage: afterOutage,
        used: journal.used,
        latest: at ?? parts.trustedClock.latest(),
        clock_doubted: at === null && rules?.needs_trusted_clock === true && !parts.trustedClock.trusted(),
        mode: (at === null ? parts.mode?.now() : parts.mode?.at(at)) ?? 'normal',
        card_of: card !== null && stands(card) ? card.user_id : null,
      },
    );
  }

  async function present(kind: LookupKind, value: Secret | null, afterOutage: boolean): Promise<Decision> {
    const key = keyOf(kind, value);
    const card = shownCard();
    const judged = judge(kind, key, null, afterOutage, card);
    // A card stands for one PIN. What becomes of one that none has followed, or that counts no more, is known now.
    const shown = awaited.end();
    const first = kind === 'pin' && card !== null && stands(card) ? card : null;
    if (first === null && shown !== null)
      record(kind === 'pin' && card !== null ? card : shown.decision, null);
    if (kind === 'token' && judged.reason === 'second_factor_needed')
      return askForPin({ key, decision: judged });
    const spends = judged.granted && (judged.use ?? first?.use ?? null) !== null;
    const decision = spends ? await counted(judged, first) : judged;
    if (decision.granted) door?.release({ by: 'credential' }).catch(parts.failed);
    bus.signal(reader.name, signalOf(decision));
    record(decision, first);
    // Who comes under threat must not leave the door open behind him.
    if (decision.granted && !decision.duress && first?.duress !== true) parts.mode?.arrived();
    if (kind === 'pin') countTry(decision);
    parts.changed();
    return decision;
  }

  function askForPin(card: ShownCard): Decision {
    keys.discard();
    awaited.begin(card);
    bus.signal(reader.name, 'enter_pin');
    return card.decision;
  }

  /** The same decision once what it uses up is durable. All of it counts from this call on, at every door. */
  async function counted(decision: Decision, card: Decision | null): Promise<Decision> {
    const uses = [card, decision].flatMap((each) => (each?.use == null ? [] : [countUse(each)]));
    return (await Promise.all(uses)).every(Boolean) ? decision : notRecordable(decision);
  }

  async function countUse({ user_id, credential_id, use }: Decision): Promise<boolean> {
    if (user_id === null || credential_id === null || use === null) return false;
    return journal.countUse({ user_id, credential_id, ...use }, useMs);
  }

  /** @param card the one that came before the PIN */
  function record(decision: Decision, card: Decision | null): void {
    const { granted, reason, user_id, credential_id, use } = decision;
    const time = clock.wall();
    const data: AccessData = { reader_id: reader.id, reason, user_id, credential_id };
    if (granted && use !== null) data.use = use;
    if (card !== null) data.card = { credential_id: card.credential_id };
    if (granted && card?.use != null) data.card = { credential_id: card.credential_id, use: card.use };
    journal.append({ time, type: granted ? 'access.granted' : 'access.refused', resource, data });
    alarm(decision, time);
    if (card !== null) alarm(card, time);
  }

  /** Under threat it is due whether or not this door opens. */
  function alarm({ duress, user_id, credential_id }: Decision, time: number): void {
    if (!duress || user_id === null || credential_id === null) return;
    const who = { reader_id: reader.id, user_id, credential_id };
    journal.append({ time, type: 'duress.alarm', resource, data: who });
  }

  function countTry(decision: Decision): void {
    if (decision.granted) keys.grantedPin();
    else if (countsAsWrongTry(decision.reason)) keys.wrongPin();
  }

  function take(kind: LookupKind, value: Secret | null, afterOutage: boolean): void {
    present(kind, value, afterOutage).catch(parts.failed);
  }

  function card(report: ReaderReport & { type: 'card' }): void {
    const decoded = parts.decodeCard(report.bits, report.bit_count, reader.uid);
    if (decoded.ok) {
      take('token', new Secret(tokenValue(decoded.card)), report.after_outage);
      return;
    }
    unreadable(report.bit_count, decoded.why);
  }

  function unreadable(bit_count: number, why: string): void {
    bus.signal(reader.name, 'refused');
    const data = { bit_count, why };
    journal.append({ time: clock.wall(), type: 'card.unreadable', resource: readerResource, data });
  }

  return {
    reader,
    keypad: keys,
    heard(report) {
      switch (report.type) {
        case 'card':
          card(report);
          return;
        case 'unreadable_card':
          unreadable(report.bit_count, report.why);
          return;
        case 'keys':
          // Keys that may be older than the outage, and what was typed before it, make no PIN.
          if (report.after_outage) keys.discard();
          else keys.press(report.keys);
          return;
        case 'offline':
          keys.discard();
          return;
        case 'online':
        case 'tamper':
        case 'power':
        case 'inputs':
        case 'output':
        case 'unexpected':
        case 'security':
        case 'paired':
        case 'pairing_failed':
        case 'identified':
          return;
      }
    },
    present: (kind, value) => present(kind, value, false),
    judge: (kind, value, at) => judge(kind, keyOf(kind, value), at, false, shownCard()),
    close() {
      awaited.end();
      keys.close();
    },
  };
}

function signalOf({ granted, reason }: Decision): ReaderSignal {
  if (granted) return 'granted';
  return reason === 'locked_out' ? 'locked_out' : 'refused';
}

/** A card that a PIN may follow, or that needs none any more. */
const stands = ({ granted, reason }: Decision): boolean => granted || reason === 'second_factor_needed';

const notRecordable = (decision: Decision): Decision => ({
  ...decision,
  granted: false,
  reason: 'use_not_recordable',
  use: null,
});
