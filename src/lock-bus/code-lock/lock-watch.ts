import type { Clock } from '../../core/clock.ts';
import type { HolderReport } from '../../core/holder.ts';
import type { SiteCodeLock } from '../../core/site.ts';
import type { PortRequest } from '../modbus-port.ts';
import type { Station } from '../station.ts';
import { identityOf, lastUseOf } from './code-table.ts';

/** Whether the lock is there, and is the one that its model describes. */
export type Presence = { is: 'here' } | { is: 'gone' | 'another'; detail: string };

/** Watches what a lock tells without being told: that it is there, hand changes, uses. */
export interface LockWatch {
  /** Begins to ask. */
  start(): void;
  /** It does not answer any more. */
  lost(reason: string): void;
  presence(): Presence;
}

const watchMs = 2000;

/**
 * Counters are taken as they are found at first: what happened before the daemon started is not told again. A counter that goes back
 * is that of a lock which has lost its power.
 */
export function watchLock(
  { unit, model }: SiteCodeLock,
  station: Station,
  clock: Clock,
  report: (report: HolderReport) => void,
): LockWatch {
  const { map, traits } = model;
  let presence: Presence = { is: 'gone', detail: 'it has not answered yet' };
  let online = false;
  let misfit = false;
  let handChanges: number | null = null;
  let uses: number | null = null;

  function seen(block: readonly number[]): void {
    const { version, fault } = identityOf(model, block);
    fits(fault, version);
  }

  function fits(fault: string | null, version: number | null): void {
    if (!online) {
      online = true;
      report({ type: 'online', firmware: version === null ? null : String(version) });
    }
    presence = fault === null ? { is: 'here' } : { is: 'another', detail: fault };
    if (fault !== null && !misfit) report({ type: 'misconfigured', detail: fault });
    if (fault === null && misfit) report({ type: 'configured' });
    misfit = fault !== null;
  }

  const seenChanges = ([count = 0]: readonly number[]): void => {
    if (handChanges !== null && count !== handChanges && count !== 0)
      report({ type: 'changed_by_hand', slot: null });
    handChanges = count;
  };

  const seenUse = (block: readonly number[]): void => {
    const use = lastUseOf(map, block);
    if (use === null) return;
    const isNew = uses !== null && use.counter !== uses && use.counter !== 0;
    uses = use.counter;
    const ours = use.slot >= traits.first_slot && use.slot < traits.first_slot + traits.capacity;
    if (isNew && use.granted && ours)
      report({ type: 'used', slot: use.slot, at: clock.wall() - (use.age_s ?? 0) * 1000 });
  };

  const poll = (
    address: number,
    count: number,
    take: (block: readonly number[]) => void,
    missing: (fault: string) => void = () => {},
  ): void => {
    const request: PortRequest = { unit, fn: 'read_holding', body: { address, count } };
    station.poll(request, watchMs, (answer, fault) => {
      if (answer?.type === 'registers') take(answer.registers);
      if (fault !== null) missing(fault);
    });
  };

  /** It answers, though it was never seen where its model says that it can be known. */
  const unknowable = (fault: string): void => {
    if (!online) fits(`the lock does not tell what it is (${fault}): give it the model that fits it`, null);
  };

  return {
    start() {
      const { address, size } = map.identity ?? map.result;
      poll(address, size, seen, unknowable);
      if (map.hand_changes !== null) poll(map.hand_changes, 1, seenChanges);
      if (map.last_use !== null) poll(map.last_use.address, map.last_use.size, seenUse);
    },
    lost(detail) {
      online = false;
      presence = { is: 'gone', detail };
      report({ type: traits.sleeps ? 'asleep' : 'offline', detail });
    },
    presence: () => presence,
  };
}
