import type { Clock } from '../../core/clock.ts';
import type { ArmState, PanelReport } from '../../core/panel.ts';
import type { NumberedPartition } from '../../core/site.ts';
import { type Area, type AreaEvent, alarmOf, areaEvent, newArea, stepArea } from './areas.ts';
import type { Report } from './layout.ts';

/** The areas that are partitions of the site, and what was last told of them. */
export interface AreaBoard {
  /** `polled`: a request for the state was open. */
  hear(report: Report, polled: boolean): void;
  /** Nothing counts any more until it is heard anew. */
  lost(): void;
  state(partition: NumberedPartition): ArmState;
  /** Whether an area says disarmed, and it does not count before it is asked again. */
  doubtful(): boolean;
}

/** `tell` hears of every change; an area that was never known is not told as unknown. */
export function areaBoard(
  partitions: readonly NumberedPartition[],
  clock: Clock,
  tell: (report: PanelReport) => void,
): AreaBoard {
  const areas = new Map<NumberedPartition, Area>(partitions.map((each) => [each, newArea]));

  function step(partition: NumberedPartition, event: AreaEvent): void {
    const before = areas.get(partition) ?? newArea;
    const after = stepArea(before, event, clock.mono());
    areas.set(partition, after);
    const { name } = partition;
    if (after.state !== before.state) {
      tell({ type: 'partition', partition: name, state: after.state, since: clock.wall() });
    }
    const was = alarmOf(before);
    const is = alarmOf(after);
    if (was === is) return;
    if (was !== null) tell(alarm(name, was, false));
    if (is !== null) tell(alarm(name, is, true));
  }

  return {
    hear(report, polled) {
      for (const partition of partitions) {
        const event = areaEvent(report, partition.number, polled);
        if (event !== null) step(partition, event);
      }
    },
    lost() {
      for (const partition of partitions) step(partition, { type: 'lost' });
    },
    state: (partition) => areas.get(partition)?.state ?? 'unknown',
    doubtful: () => [...areas.values()].some(({ doubtfulSince }) => doubtfulSince !== null),
  };
}

const alarm = (partition: string, kind: string, active: boolean): PanelReport => ({
  type: 'trouble',
  what: 'alarm',
  active,
  detail: `partition ${partition}: ${kind} alarm`,
});
