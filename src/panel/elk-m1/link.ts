import type { Report, Request } from './layout.ts';

/**
 * One request in flight, as a pure machine (sheet 2.1, 2.6). The panel acknowledges nothing and repeats nothing; its own messages may
 * arrive between a request and the answer.
 */
export interface Link {
  up: boolean;
  inFlight: { ask: Ask; deadline: number; left: number } | null;
  waiting: readonly Ask[];
}

export interface Ask {
  id: number;
  request: Request;
}

export type LinkEvent =
  | { type: 'up' }
  | { type: 'down' }
  | { type: 'ask'; ask: Ask }
  | { type: 'heard'; report: Report }
  /** It is not to be waited for: it has no answer, or may not be sent and was not. */
  | { type: 'settled'; id: number }
  | { type: 'tick' };

export type LinkEffect =
  | { type: 'send'; ask: Ask }
  | { type: 'answer'; id: number; report: Report }
  | { type: 'failed'; id: number; why: 'silent' | 'down' };

/** How long the panel may take to answer. */
export const answerMs = 5000;
/** A read is asked three times in all; nothing else is ever repeated blindly. */
const readTries = 3;
/** More than the driver ever has waiting. */
const mostWaiting = 32;

export const newLink: Link = { up: false, inFlight: null, waiting: [] };

/** One event. `now` is mono milliseconds; a `tick` is due at `inFlight.deadline`. */
export function stepLink(link: Link, event: LinkEvent, now: number): { link: Link; effects: LinkEffect[] } {
  switch (event.type) {
    case 'up':
      return { link: { ...newLink, up: true }, effects: [] };
    case 'down': {
      const open = [...(link.inFlight === null ? [] : [link.inFlight.ask]), ...link.waiting];
      return { link: newLink, effects: open.map(({ id }) => ({ type: 'failed', id, why: 'down' })) };
    }
    case 'ask': {
      const { id } = event.ask;
      if (!link.up) return { link, effects: [{ type: 'failed', id, why: 'down' }] };
      if (link.waiting.length >= mostWaiting)
        return { link, effects: [{ type: 'failed', id, why: 'silent' }] };
      return next({ ...link, waiting: [...link.waiting, event.ask] }, [], now);
    }
    case 'heard': {
      const ask = link.inFlight?.ask;
      if (ask === undefined || !answers(ask.request, event.report)) return { link, effects: [] };
      const answer: LinkEffect = { type: 'answer', id: ask.id, report: event.report };
      return next({ ...link, inFlight: null }, [answer], now);
    }
    case 'settled':
      return link.inFlight?.ask.id === event.id
        ? next({ ...link, inFlight: null }, [], now)
        : { link, effects: [] };
    case 'tick': {
      const { inFlight } = link;
      if (inFlight === null || now < inFlight.deadline) return { link, effects: [] };
      if (inFlight.left > 0) return sent(link, inFlight.ask, inFlight.left - 1, [], now);
      const failed: LinkEffect = { type: 'failed', id: inFlight.ask.id, why: 'silent' };
      return next({ ...link, inFlight: null }, [failed], now);
    }
  }
}

function next(link: Link, effects: LinkEffect[], now: number): { link: Link; effects: LinkEffect[] } {
  const [first, ...waiting] = link.waiting;
  if (link.inFlight !== null || first === undefined) return { link, effects };
  return sent({ ...link, waiting }, first, tries(first.request) - 1, effects, now);
}

function sent(link: Link, ask: Ask, left: number, before: LinkEffect[], now: number) {
  const effects: LinkEffect[] = [...before, { type: 'send', ask }];
  return { link: { ...link, inFlight: { ask, deadline: now + answerMs, left } }, effects };
}

function tries({ type }: Request): number {
  switch (type) {
    case 'arming':
    case 'code_areas':
    case 'log':
    case 'troubles':
    case 'version':
    case 'clock':
    case 'name':
      return readTries;
    default:
      return 1;
  }
}

/** Whether a request is answered at all. An order to arm is answered by nothing but the change of state (sheet 2.3). */
export function isAnswered({ type }: Request): boolean {
  return type === 'change_code' || tries({ type } as Request) > 1;
}

/** Whether this is the answer to that, and not a late one to an earlier request. */
function answers(request: Request, report: Report): boolean {
  switch (request.type) {
    case 'change_code':
      return report.type === 'code_changed' && [request.value.user, 0, 255].includes(report.value.user);
    case 'code_areas':
      return report.type === 'code_areas' && report.value.code === request.value.code.padStart(6, '0');
    case 'log':
      return report.type === 'log' && report.value.index === request.value.index;
    case 'name':
      return report.type === 'name' && report.value.type === request.value.type;
    case 'arming':
    case 'troubles':
    case 'version':
    case 'clock':
      return report.type === request.type;
    default:
      return false;
  }
}
