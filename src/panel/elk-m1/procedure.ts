import type { Clock } from '../../core/clock.ts';
import type { Closed, Conversation, Result } from './conversation.ts';
import type { Report, Request } from './layout.ts';

/**
 * An order to the panel, step by step: it yields what is to be done next, is given how that ended, and returns how the order ended. It
 * knows no clock and no line. `gated`: the step carries a code, and may leave only while codes may be changed.
 */
export type Procedure<T> = Generator<Step, T, Result>;
export type Step = { do: 'ask'; request: Request; gated: boolean } | { do: 'pause'; ms: number };

export type Answer<T> = { ok: true; value: T } | { ok: false; why: 'silent' | 'down' | Closed };

/** Asks one thing. `read` takes what is wanted out of the answer; null: it is not that answer. */
export function* answerTo<T>(
  request: Request,
  read: (report: Report) => T | null,
  gated: boolean,
): Procedure<Answer<T>> {
  const result = yield { do: 'ask', request, gated };
  switch (result.type) {
    case 'report': {
      const value = read(result.report);
      return value === null ? { ok: false, why: 'silent' } : { ok: true, value };
    }
    case 'withheld':
      return { ok: false, why: result.why };
    case 'down':
      return { ok: false, why: 'down' };
    case 'silent':
    case 'sent':
      return { ok: false, why: 'silent' };
  }
}

/** Asks in which state the areas are. */
export function* armingNow(): Procedure<Answer<Extract<Report, { type: 'arming' }>['value']>> {
  return yield* answerTo(
    { type: 'arming', value: {} },
    (report) => (report.type === 'arming' ? report.value : null),
    false,
  );
}

/** Runs procedures, one at a time or several, on one conversation. */
export interface Runner {
  run<T>(procedure: Procedure<T>, gate: () => Closed | null): Promise<T>;
  /** Ends all pauses at once, as if the line were down. */
  close(): void;
}

/** Makes a runner. */
export function procedureRunner(clock: Clock, { ask }: Conversation): Runner {
  const pauses = new Set<() => void>();

  function pause(ms: number, done: (result: Result) => void): void {
    const end = (result: Result) => {
      cancel();
      pauses.delete(cut);
      done(result);
    };
    const cut = () => end({ type: 'down' });
    const cancel = clock.after(ms, () => end({ type: 'sent' }));
    pauses.add(cut);
  }

  return {
    run(procedure, gate) {
      return new Promise((resolve) => {
        const go = (result: Result): void => {
          const { done, value } = procedure.next(result);
          if (done) resolve(value);
          else if (value.do === 'pause') pause(value.ms, go);
          else ask(value.request, go, value.gated ? gate : undefined);
        };
        go({ type: 'sent' });
      });
    },
    close() {
      for (const cut of [...pauses]) cut();
    },
  };
}
