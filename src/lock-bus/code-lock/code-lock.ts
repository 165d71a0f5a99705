import type { Clock } from '../../core/clock.ts';
import type { Holder, HolderReport, SlotOutcome, SlotReading } from '../../core/holder.ts';
import { Secret } from '../../core/secret.ts';
import type { SiteCodeLock } from '../../core/site.ts';
import type { ModbusLine } from '../modbus-line.ts';
import { type LockResult, type LockSlot, slotOf } from './code-table.ts';
import { watchLock } from './lock-watch.ts';
import { type CommandEnd, codeMailbox } from './mailbox.ts';

/** A lock with a code table of its own, on a Modbus line. */
export interface CodeLock extends Holder {
  /** Begins to watch the lock, and opens the line if nobody has. */
  start(report: (report: HolderReport) => void): void;
  /** Ends watching. The line is closed by its owner. */
  close(): Promise<void>;
}

/** A sleeping lock is tried so often at least: it is awake for a short while only. */
const sleeperProbeMs = 5000;

type Failure = Extract<SlotOutcome, { ok: false }>;

/**
 * Drives a lock by the register map of its model. Throws `config_invalid` when another driver has its unit. A write or removal is
 * proved by reading the slot where the model can; a slot whose digits are masked is no proof beyond the lock's word.
 */
export function codeLock(site: SiteCodeLock, line: ModbusLine, clock: Clock): CodeLock {
  const { model, unit } = site;
  const { traits, map } = model;
  let report: (report: HolderReport) => void = () => {};
  const station = line.station(
    {
      unit,
      timeoutMs: model.reply_timeout_ms,
      ...(traits.sleeps && { lastProbeMs: sleeperProbeMs }),
    },
    { online() {}, offline: (reason) => watch.lost(reason) },
  );
  const watch = watchLock(site, station, clock, (told) => report(told));
  const mailbox = codeMailbox(site, station, clock);

  /** Why a slot may never be changed; null: it may. */
  function notOurs(slot: number): Failure | null {
    const last = traits.first_slot + traits.capacity - 1;
    if (slot >= traits.first_slot && slot <= last && !traits.reserved_slots.includes(slot)) return null;
    const detail = `slot ${slot} is none of ours; those are ${traits.first_slot} to ${last} without the reserved ones`;
    return { ok: false, why: 'rejected', detail, raw: '' };
  }

  /** Why nothing may be sent now; null: it may. */
  function absent(): Failure | null {
    const presence = watch.presence();
    if (presence.is === 'here') return null;
    const { detail } = presence;
    if (presence.is === 'another') return { ok: false, why: 'disabled_in_panel', detail, raw: '' };
    return { ok: false, why: traits.sleeps ? 'asleep' : 'offline', detail };
  }

  /** Reads a slot. Null: slots of this model cannot be read. */
  async function readSlot(slot: number): Promise<LockSlot | Failure | null> {
    if (map.slot === null) return null;
    const ended = await mailbox.send({ do: 'read', slot }, () => true);
    const failure = failureOf(ended, slot);
    if (failure !== null) return failure;
    const block = await mailbox.look(map.slot.address, map.slot.size);
    if (typeof block === 'string') return unknown(`slot ${slot} could not be read: ${block}`);
    const found = slotOf(map, block);
    if (found?.slot === slot) return found;
    return unknown(`unit ${unit} shows slot ${found?.slot ?? 'none'} instead of ${slot}`);
  }

  function failureOf(ended: CommandEnd, slot: number): Failure | null {
    switch (ended.type) {
      case 'not_done':
        return { ok: false, why: ended.why, detail: ended.detail };
      case 'refused':
        return { ok: false, why: 'rejected', detail: ended.detail, raw: ended.raw };
      case 'unknown':
        return unknown(ended.detail);
      case 'result':
        return refusalOf(ended.result, slot);
    }
  }

  async function put(slot: number, code: Secret, mayWrite: () => boolean): Promise<SlotOutcome> {
    const digits = code.reveal();
    const ended = await mailbox.send({ do: 'store', slot, digits }, mayWrite);
    // The code it refuses to store twice may be the one that is there already.
    const isThere =
      ended.type === 'result' && ended.result.meaning === 'duplicate' && ended.result.slot === slot;
    const failure = isThere ? null : failureOf(ended, slot);
    if (failure !== null) return failure;
    const found = await readSlot(slot);
    if (found === null) return { ok: true, evidence: 'acknowledged' };
    if ('ok' in found) return unknown(`slot ${slot} was written, but ${found.detail}`);
    if (found.state === 'empty') return unknown(`slot ${slot} was written, but is empty`);
    if (found.digits === null) return { ok: true, evidence: 'acknowledged' };
    if (found.digits === digits) return { ok: true, evidence: 'read_back' };
    return unknown(`slot ${slot} was written, but holds another code`);
  }

  async function empty(slot: number, mayWrite: () => boolean): Promise<SlotOutcome> {
    const failure = failureOf(await mailbox.send({ do: 'remove', slot }, mayWrite), slot);
    if (failure !== null) return failure;
    const found = await readSlot(slot);
    if (found === null) return { ok: true, evidence: 'acknowledged' };
    if ('ok' in found) return unknown(`slot ${slot} was emptied, but ${found.detail}`);
    if (found.state === 'empty') return { ok: true, evidence: 'read_back' };
    if (found.state === 'code') return unknown(`slot ${slot} was emptied, but still holds a code`);
    return { ok: true, evidence: 'acknowledged' };
  }

  return {
    traits,
    start(to) {
      report = to;
      watch.start();
      line.open();
    },
    close() {
      station.stop();
      return Promise.resolve();
    },
    async write(slot, code, _partitions, mayWrite) {
      const { length } = code.reveal();
      if (!traits.code_lengths.includes(length)) {
        const detail = `codes of ${length} digits do not fit here; ${traits.code_lengths.join(', ')} do`;
        return { ok: false, why: 'unsupported_length', detail, raw: '' };
      }
      return notOurs(slot) ?? absent() ?? (await put(slot, code, mayWrite));
    },
    async clear(slot, _code, mayWrite) {
      return notOurs(slot) ?? absent() ?? (await empty(slot, mayWrite));
    },
    async read(slot) {
      const blocked = absent();
      if (blocked !== null) return unread(blocked);
      const found = await readSlot(slot);
      if (found === null)
        return { ok: true, content: 'unreadable', detail: 'slots of this model cannot be read' };
      if ('ok' in found) return unread(found);
      if (found.state === 'empty') return { ok: true, content: 'empty' };
      if (found.digits !== null) return { ok: true, content: 'code', digits: new Secret(found.digits) };
      const detail = found.state === 'code' ? 'it holds a code and masks its digits' : 'the lock cannot tell';
      return { ok: true, content: 'unreadable', detail };
    },
  };
}

const unknown = (detail: string): Failure => ({ ok: false, why: 'unknown_result', detail });

/** What a result says; null: done. */
function refusalOf(result: LockResult, slot: number): Failure | null {
  const { raw } = result;
  const final = (why: 'full' | 'unsupported_length' | 'rejected', detail: string): Failure => ({
    ok: false,
    why,
    detail,
    raw,
  });
  switch (result.meaning) {
    case 'done':
      return null;
    case 'duplicate': {
      const detail = 'the lock holds this code in another slot';
      const where = result.slot === null ? {} : { slot: result.slot };
      return { ok: false, why: 'duplicate', detail, raw, ...where };
    }
    case 'full':
      return final('full', 'the lock says that it is full');
    case 'bad_length':
      return final('unsupported_length', 'the lock does not take codes of this length');
    case 'bad_slot':
      return final('rejected', `the lock has no slot ${slot}`);
    case 'refused':
      return final('rejected', 'the lock refuses');
    case 'unmapped':
      return final('rejected', `the lock answers ${result.value}, which its model does not explain`);
    case 'busy':
    case 'locked_out':
    case 'working':
      return { ok: false, why: 'busy', detail: `the lock is ${result.meaning.replace('_', ' ')}` };
  }
}

/** A reading that came to nothing: what is final for a write leaves a slot's content unknown. */
function unread(failure: Failure): SlotReading {
  const { why, detail } = failure;
  if (why === 'offline' || why === 'asleep' || why === 'busy') return { ok: false, why, detail };
  return { ok: false, why: 'unknown_result', detail };
}
