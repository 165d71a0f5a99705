import type { Cancel, Clock } from '../../core/clock.ts';
import type { DoorEvent } from '../../core/event.ts';
import type { DoorsStatus } from '../../core/status.ts';
import { stepMs } from '../../core/trusted-time.ts';
import type { FromAdmin, OrderState } from '../../link/message.ts';
import type { Change, Commit, Committed } from '../../schema/storage.ts';
import type { Consequences, Directory, Vault } from '../storage.ts';
import { agenda } from './agenda.ts';
import { deviceEvents } from './device-events.ts';
import { dispatch, isOpen, type OrderToPost, reflect, requeue } from './dispatch.ts';
import { type Ledger, ledger } from './ledger.ts';
import { localRows } from './local-rows.ts';
import { orders } from './orders.ts';
import type { Planner } from './planner.ts';
import type { Reaches } from './reach.ts';
import { rollCall } from './roll-call.ts';
import { shortenRests } from './slot-keeping.ts';
import { starts } from './starts.ts';
import { unread } from './unread.ts';
import type { HolderBook } from './wants.ts';

/** Brings what the directory wants into the slots of the devices, and keeps account of it. */
export interface Programming {
  /** Begins: asks after the orders of an earlier life. Once, when the Link is ready. */
  start(): void;
  /** What events of the door journal mean; becomes part of the commit that stores them. */
  take(events: readonly DoorEvent[]): Consequences;
  whose(event: DoorEvent): Record<string, unknown>;
  /** Follows a commit that has become durable. */
  committed(commit: Commit, committed: Committed): void;
  /** The doors go by the table of this revision. */
  applied(revision: number): void;
  answered(states: readonly OrderState[]): void;
  seen(status: DoorsStatus): void;
  room(): void;
  /** Plans a credential anew, and looks at once whether something is to be done. */
  again(credentialId: string): void;
  close(): void;
}

export interface ProgrammingParts {
  directory: Directory;
  book: HolderBook;
  planner: Planner;
  reaches: Reaches;
  vault: Pick<Vault, 'unseal'>;
  clock: Clock;
  random(bytes: number): Uint8Array;
  /** As `KnownTime.latest`. */
  latest(): number;
  /** Revision of the table when loaded. */
  tableRevision: number;
  send(message: FromAdmin): boolean;
  /** A slot whose code was changed on the device, and is to be taken over. */
  adopt(holderId: string, slot: number): void;
  /** A commit failed; it is tried again. */
  failed(error: unknown): void;
}

/** Even with nothing planned: clocks step. */
const longestSleepMs = 60_000;
const retryMs = 1_000;
/** Open orders are asked after as often. */
const askMs = 120_000;
const localPerCommit = 500;

export function programming(parts: ProgrammingParts): Programming {
  const { directory, book, planner, reaches, clock } = parts;
  const local = localRows(book.controllerId, directory.confirmations.values(), parts.tableRevision);
  const post = orders(parts.send, (sealed) => parts.vault.unseal(sealed));
  const events = deviceEvents(parts);
  /** Credentials to be planned anew, and those whose wants the clock changes (wall ms). */
  const stale = new Set<string>();
  const edges = agenda();
  const coming = starts(directory, edges.at);
  const unseen = unread();
  let started = false;
  /** Who has come and gone since the last start is known. */
  let called = false;
  let closed = false;
  let working = false;
  let planned: Cancel | null = null;
  let plannedAt = Number.POSITIVE_INFINITY;
  let askAt = 0;
  /** Wall less monotonic time, and the highest time known to be past. */
  let offset = clock.wall() - clock.mono();
  let past = 0;

  const open = (): Ledger => ledger(parts);

  function wakeIn(ms: number): void {
    const at = clock.mono() + ms;
    if (closed || !started || plannedAt <= at) return;
    planned?.();
    plannedAt = at;
    planned = clock.after(ms, () => {
      plannedAt = Number.POSITIVE_INFINITY;
      planned = null;
      work();
    });
  }
  const wake = (): void => wakeIn(0);

  const note = (id: string): void => edges.set(id, planner.changesAt(directory, id));

  /** One turn: everything that can be done now, in one commit. The next one begins when it is durable. */
  function work(): void {
    if (working || closed) return;
    const into = open();
    for (const id of edges.due(into.now)) stale.add(id);
    const due = [...stale];
    const toPost = collect(into, due);
    const { changes, feed } = into.consequences();
    if (changes.length === 0 && feed.length === 0) {
      called = true;
      sleep();
      return;
    }
    working = true;
    directory.commit({ changes, feed }).then(
      () => {
        working = false;
        called = true;
        if (closed) return;
        post.post(toPost);
        wake();
      },
      (error: unknown) => {
        working = false;
        parts.failed(error);
        for (const id of due) stale.add(id);
        wakeIn(retryMs);
      },
    );
  }

  /** What follows from dates is worked out anew when the clock was put on or back, or what was known to be past is so no more. */
  function followClock({ high_water }: DoorsStatus['clock']): void {
    const [offsetBefore, pastBefore] = [offset, past];
    offset = clock.wall() - clock.mono();
    past = high_water ?? 0;
    if (book.holders.size === 0) return;
    if (Math.abs(offset - offsetBefore) < stepMs && past >= pastBefore) return;
    for (const id of directory.credentials.keys()) stale.add(id);
    wake();
  }

  function collect(into: Ledger, due: readonly string[]): OrderToPost[] {
    const toPost: OrderToPost[] = [];
    stale.clear();
    if (!called) rollCall(into, book, directory);
    coming.look(into, book, (holder) => reaches.of(holder, into.now));
    planner.replan(into, directory, due);
    for (const id of due) note(id);
    if (local.settle(into, (id) => directory.confirmations.get(id), localPerCommit)) wake();
    for (const holder of book.holders.values()) {
      const reach = reaches.of(holder, into.now);
      shortenRests(into, holder);
      unseen.look(into, holder, reach);
      requeue(into, holder, reach);
      const sent = dispatch(into, holder, reach);
      if (sent.length > 0 && reach.misconfigured) reaches.probed(holder.id, into.now);
      toPost.push(...sent);
      reflect(into, holder, reach);
    }
    return toPost;
  }

  /** Until the next thing the clock decides. */
  function sleep(): void {
    if (book.holders.size === 0) return;
    const now = clock.wall();
    let next = now + longestSleepMs;
    const consider = (at: number | null): void => {
      if (at !== null && at > now && at < next) next = at;
    };
    for (const at of [edges.next(), coming.next()]) if (at !== null && at < next) next = Math.max(at, now);
    for (const holder of book.holders.values()) {
      for (const row of directory.confirmationsAt(holder.id).values())
        if (isOpen(row)) consider(row.next_attempt_at);
      for (const slot of directory.slotsOf(holder.id).values()) consider(slot.rests_until);
    }
    if (clock.mono() >= askAt) askAfter();
    wakeIn(next - now);
  }

  function askAfter(): void {
    askAt = clock.mono() + askMs;
    const ids = [...directory.slots.values()].flatMap(({ order, holder_id }) =>
      order === null || !book.holders.has(holder_id) ? [] : [order.order_id],
    );
    if (ids.length > 0) post.ask(ids);
  }

  function follow(change: Change): void {
    switch (change.kind) {
      case 'confirmation':
        // A row that is gone may be wanted again, now or later.
        if (change.after === null && change.before !== null) stale.add(change.before.credential_id);
        coming.follow(change.id, change.after);
        return;
      case 'slot': {
        const { after } = change;
        const rules = after === null ? undefined : book.holders.get(after.holder_id)?.rules;
        if (
          after?.changed_on_device &&
          !change.before?.changed_on_device &&
          rules?.changed_on_device === 'adopt'
        ) {
          parts.adopt(after.holder_id, after.slot);
        }
        return;
      }
      case 'user':
        for (const { id } of directory.credentialsOf(change.id)) note(id);
        return;
      case 'credential':
        note(change.id);
        if (change.before?.uses !== change.after?.uses) stale.add(change.id);
        return;
      case 'access':
        for (const one of [change.before, change.after]) {
          if (one !== null) for (const { id } of directory.credentialsOf(one.user_id)) note(id);
        }
        return;
      case 'door_group':
        for (const { user_id } of directory.access.values()) {
          for (const { id } of directory.credentialsOf(user_id)) note(id);
        }
        return;
      default:
        return;
    }
  }

  return {
    start() {
      started = true;
      if (book.holders.size > 0) {
        for (const id of directory.credentials.keys()) stale.add(id);
        // Also of credentials that went while their device was not there.
        for (const row of directory.confirmations.values()) {
          stale.add(row.credential_id);
          coming.follow(row.id, row);
        }
      }
      askAfter();
      wake();
    },
    take: events.take,
    whose: events.whose,
    committed({ changes }, { revision }) {
      local.committed(changes, revision);
      for (const change of changes) follow(change);
      if (changes.length > 0) wake();
    },
    applied(revision) {
      if (local.applied(revision)) wake();
    },
    answered(states) {
      const lost = new Set(post.lost(states));
      if (lost.size === 0) return;
      const into = open();
      events.lost(into, lost);
      directory.commit(into.consequences()).catch((error: unknown) => {
        parts.failed(error);
        askAt = 0;
        wakeIn(retryMs);
      });
    },
    seen(status) {
      followClock(status.clock);
      if (reaches.seen(status, clock.wall())) wake();
    },
    room: () => post.room(),
    again(credentialId) {
      stale.add(credentialId);
      wake();
    },
    close() {
      closed = true;
      planned?.();
    },
  };
}
