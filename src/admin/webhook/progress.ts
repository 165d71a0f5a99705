import type { DeliveryProgress } from '../../schema/storage.ts';
import { type Delivery, switchOffAfter } from './delivery.ts';

/** Both clocks at one moment, milliseconds. */
interface Moment {
  wall: number;
  mono: number;
}

const hour = 3_600_000;
/** The longest wait there is, with jitter; a longer one comes from a clock that was set back. */
const longestWait = 27 * hour;

/** What of a delivery is kept over a restart. What is on its way is kept as open: it may be sent twice, never not at all. */
export function progressOf(state: Delivery, { wall, mono }: Moment): DeliveryProgress {
  const wallAt = (at: number): number => Math.round(wall + at - mono);
  return {
    seq: state.seq,
    open: state.open.map(({ due, sending: _, ...open }) => ({ ...open, next_at: wallAt(due) })),
    failing_since: state.failing_since === null ? null : wallAt(state.failing_since),
  };
}

/**
 * A delivery as it was kept. The clock may have been set meanwhile: no wait is longer than it can be, and a receiver has an hour
 * before it can be switched off.
 */
export function restored({ seq, open, failing_since }: DeliveryProgress, { wall, mono }: Moment): Delivery {
  const between = (ms: number, most: number): number => Math.min(Math.max(ms, 0), most);
  return {
    seq,
    open: open.map(({ next_at, ...one }) => ({
      ...one,
      due: mono + between(next_at - wall, longestWait),
      sending: false,
    })),
    paused_until: mono,
    failing_since:
      failing_since === null ? null : mono - between(wall - failing_since, switchOffAfter - hour),
  };
}
