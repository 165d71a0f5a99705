import type { Cancel } from '../core/clock.ts';
import type { Request } from '../panel/elk-m1/layout.ts';

/** The character of AS: away, stay, stay instant, night, night instant, vacation. */
export type ElkMode = '1' | '2' | '3' | '4' | '5' | '6';

/** One area of a simulated Elk M1. */
export interface SimulatedArea {
  armed: '0' | ElkMode;
  alarm: string;
  /** Ends the exit delay; null: none is running. */
  exit: Cancel | null;
  /** A zone stands open. */
  open: boolean;
  /** It was armed with a zone open. */
  forced: boolean;
}

/** What a request that holds a code orders its area to be. */
export const armOrders: Partial<Record<Request['type'], '0' | ElkMode>> = {
  disarm: '0',
  arm_away: '1',
  force_away: '1',
  step_away: '1',
  arm_stay: '2',
  force_stay: '2',
  step_stay: '2',
  arm_stay_instant: '3',
  arm_night: '4',
  arm_night_instant: '5',
  arm_vacation: '6',
};

export const newArea = (): SimulatedArea => ({
  armed: '0',
  alarm: '0',
  exit: null,
  open: false,
  forced: false,
});

/** The character of AS that says how ready an area is (sheet 2.2). */
export function readiness({ armed, exit, open, forced }: SimulatedArea): string {
  if (armed === '0') return open ? '2' : '1';
  if (exit !== null) return '3';
  return forced ? '5' : '4';
}
