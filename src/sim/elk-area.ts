import type { Cancel } from '../core/clock.ts';

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
