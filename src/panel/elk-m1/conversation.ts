import type { Cancel, Clock } from '../../core/clock.ts';
import type { Report, Request } from './layout.ts';
import { isAnswered, type LinkEvent, newLink, stepLink } from './link.ts';

/** How a request ended. `sent`: it is one that has no answer. `withheld`: it was not sent. */
export type Result =
  | { type: 'report'; report: Report }
  | { type: 'sent' | 'silent' | 'down' }
  | { type: 'withheld'; why: Closed };

/** Why a request may not leave now. */
export type Closed = 'armed' | 'busy';

/** The link with its timer: who asks is told the end of it, exactly once. */
export interface Conversation {
  up(): void;
  /** Ends everything that is open with `down`. */
  down(): void;
  heard(report: Report): void;
  /** `gate` is asked immediately before each time the request leaves; null: it may. */
  ask(request: Request, done: (result: Result) => void, gate?: () => Closed | null): void;
  /** Which request is waiting for its answer; null: none. */
  asking(): Request['type'] | null;
}

/** `send` puts a request on the line. */
export function conversation(clock: Clock, send: (request: Request) => void): Conversation {
  const asked = new Map<number, { done: (result: Result) => void; gate: () => Closed | null }>();
  let link = newLink;
  let lastId = 0;
  let timer: Cancel = () => {};

  function end(id: number, result: Result): void {
    const ask = asked.get(id);
    asked.delete(id);
    ask?.done(result);
  }

  function apply(event: LinkEvent): void {
    const stepped = stepLink(link, event, clock.mono());
    link = stepped.link;
    for (const effect of stepped.effects) {
      switch (effect.type) {
        case 'send':
          leave(effect.ask.id, effect.ask.request);
          break;
        case 'answer':
          end(effect.id, { type: 'report', report: effect.report });
          break;
        case 'failed':
          end(effect.id, { type: effect.why });
          break;
      }
    }
    timer();
    if (link.inFlight !== null) {
      timer = clock.after(link.inFlight.deadline - clock.mono(), () => apply({ type: 'tick' }));
    }
  }

  function leave(id: number, request: Request): void {
    const closed = asked.get(id)?.gate() ?? null;
    if (closed === null) send(request);
    else end(id, { type: 'withheld', why: closed });
    if (closed === null && isAnswered(request)) return;
    apply({ type: 'settled', id });
    end(id, { type: 'sent' });
  }

  return {
    up: () => apply({ type: 'up' }),
    down: () => apply({ type: 'down' }),
    heard: (report) => apply({ type: 'heard', report }),
    ask(request, done, gate = () => null) {
      lastId += 1;
      asked.set(lastId, { done, gate });
      apply({ type: 'ask', ask: { id: lastId, request } });
    },
    asking: () => link.inFlight?.ask.request.type ?? null,
  };
}
