import type { Cancel, Clock } from '../core/clock.ts';

/** An answer that did not come in time. */
export interface Missed {
  unit: number;
  /** The function code it would have. */
  code: number;
  /** Its unit was known to be silent, so that nobody else waits for it. */
  probed: boolean;
}

/** Answers that may still come, and who is asked nothing until then. */
export interface OverdueAnswers {
  /** From now on it may still come, for `ms`. */
  add(missed: Missed, ms: number): void;
  /** Whether this unit may be asked. */
  mayAsk(unit: number): boolean;
  /** A whole frame: true if it is one of these answers, or its refusal. It is then overdue no more. */
  take(unit: number, code: number): boolean;
  clear(): void;
}

/**
 * A late answer must never be taken for the answer to a newer question, nor meet one on the wire. So after a question that stayed
 * unanswered nobody is asked anything until its answer comes or can come no more; where the unit was known to be silent, only
 * that unit: its answer carries its address and is taken for nobody else's. `freed` is called when somebody may be asked again.
 */
export function overdueAnswers(clock: Clock, freed: () => void): OverdueAnswers {
  const missing = new Map<number, Missed & { cancel: Cancel }>();

  function free(unit: number): void {
    missing.get(unit)?.cancel();
    missing.delete(unit);
    freed();
  }

  return {
    add(missed, ms) {
      missing.set(missed.unit, { ...missed, cancel: clock.after(ms, () => free(missed.unit)) });
    },
    mayAsk: (unit) => !missing.has(unit) && [...missing.values()].every(({ probed }) => probed),
    take(unit, code) {
      if (missing.get(unit)?.code !== (code & 0x7f)) return false;
      free(unit);
      return true;
    },
    clear() {
      for (const { cancel } of missing.values()) cancel();
      missing.clear();
    },
  };
}
