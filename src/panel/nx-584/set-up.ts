import type { Clock } from '../../core/clock.ts';
import type { HolderReport, SlotOutcome } from '../../core/holder.ts';
import { badMaster, masterRecord, noAuthority, type UserDesk } from './user-desk.ts';

/** Whether the panel is set up so that codes can be written; told when that changes. */
export interface SetUp {
  /**
   * Judges what the panel has told of itself (`missing`: what must be set, null: nothing), and tries the master code, if it is time.
   * `partitions`: the mask of those it must reach.
   */
  inspect(desk: UserDesk | null, missing: string | null, partitions: number): Promise<void>;
  /** Judges by how an order ended. */
  judge(outcome: SlotOutcome): void;
  /** The partitions of the master (a mask), when they were last read; null: never. */
  reach(): number | null;
}

/** A wrong code is not tried more often: panels lock out those who guess. */
const probeMs = 600_000;

/** Nothing is known to be wrong at first. */
export function setUp(clock: Clock, report: (report: HolderReport) => void): SetUp {
  /** `told` by the panel's own settings, or `found` out when it was used. */
  let fault: 'told' | 'found' | null = null;
  let reach: number | null = null;
  let probedAt = Number.NEGATIVE_INFINITY;

  /** One report when a fault begins, one when all is well. */
  function change(next: typeof fault, detail: string): void {
    const before = fault;
    fault = next;
    if (next === null && before !== null) report({ type: 'configured' });
    if (next !== null && before === null) report({ type: 'misconfigured', detail });
  }
  const allIsWell = (): void => change(null, '');

  return {
    async inspect(desk, missing, partitions) {
      if (missing !== null) {
        change('told', missing);
        return;
      }
      if (fault === 'told') allIsWell();
      if (desk === null || clock.mono() - probedAt < probeMs) return;
      probedAt = clock.mono();
      if (desk.commands.master === null) {
        allIsWell();
        return;
      }
      const record = await masterRecord(desk);
      switch (record.type) {
        case 'unanswered':
          return;
        case 'refused':
          change('found', badMaster);
          return;
        case 'accepted':
          allIsWell();
          return;
        case 'own': {
          reach = record.partitions;
          const beyond = partitions & ~record.partitions;
          if (beyond === 0) allIsWell();
          else change('found', noAuthority(beyond));
          return;
        }
      }
    },
    judge(outcome) {
      if (outcome.ok) {
        if (fault === 'found') allIsWell();
        return;
      }
      if (!['disabled_in_panel', 'bad_master', 'no_authority'].includes(outcome.why)) return;
      probedAt = clock.mono();
      change(fault ?? 'found', outcome.detail);
    },
    reach: () => reach,
  };
}
