import { expect, test } from 'vitest';
import type { Report, Request } from '../../../src/panel/elk-m1/layout.ts';
import {
  type Ask,
  answerMs,
  type Link,
  type LinkEvent,
  newLink,
  stepLink,
} from '../../../src/panel/elk-m1/link.ts';

const status: Report = {
  type: 'arming',
  value: { armed: '00000000', ready: '11111111', alarm: '00000000', timer: 0 },
};
const arming: Request = { type: 'arming', value: {} };
const changeOf = (user: number): Request => ({
  type: 'change_code',
  value: { user, authority: '003456', code: '001234', areas: 1, flag: 0, zero: 0 },
});
const changed = (user: number): Report => ({ type: 'code_changed', value: { user, flag: 0, zero: 0 } });
const areasOf = (code: string): Request => ({ type: 'code_areas', value: { code } });
const areas = (code: string): Report => ({
  type: 'code_areas',
  value: { code, areas: 1, diagnostic: '00000000', length: 4, type: 1, scale: 'F' },
});

/** A link that is up, and what it does at each event. */
function driven() {
  let link: Link = stepLink(newLink, { type: 'up' }, 0).link;
  let id = 0;
  const on = (event: LinkEvent, now = 0): string[] => {
    const stepped = stepLink(link, event, now);
    link = stepped.link;
    return stepped.effects.map((effect) => {
      if (effect.type === 'send') return `send ${effect.ask.id}`;
      return effect.type === 'answer' ? `answer ${effect.id}` : `failed ${effect.id} ${effect.why}`;
    });
  };
  return {
    on,
    ask(request: Request, now = 0): string[] {
      id += 1;
      const ask: Ask = { id, request };
      return on({ type: 'ask', ask }, now);
    },
    hear: (report: Report, now = 0) => on({ type: 'heard', report }, now),
  };
}

test('one request at a time, in order; what is pushed between is no answer', () => {
  const { ask, hear } = driven();
  expect(ask(arming)).toEqual(['send 1']);
  expect(ask(changeOf(5))).toEqual([]);
  expect(ask(areasOf('001234'))).toEqual([]);
  expect(hear({ type: 'zone', value: { zone: 1, state: '9' } })).toEqual([]);
  expect(hear(changed(5))).toEqual([]);
  expect(hear(status)).toEqual(['answer 1', 'send 2']);
  expect(hear(status)).toEqual([]);
  expect(hear(changed(5))).toEqual(['answer 2', 'send 3']);
});

test('a late answer never answers the next request', () => {
  const { ask, hear } = driven();
  ask(areasOf('001234'));
  expect(hear(areas('005678'))).toEqual([]);
  expect(hear(areas('001234'))).toEqual(['answer 1']);
  ask(changeOf(6));
  expect(hear(changed(5))).toEqual([]);
  ask({ type: 'log', value: { index: 2 } });
  expect(hear(changed(255))).toEqual(['answer 2', 'send 3']);
  const entry = {
    event: 1173,
    number: 1,
    area: 1,
    hour: 1,
    minute: 1,
    month: 1,
    day: 1,
    weekday: 1,
    year: 26,
  };
  expect(hear({ type: 'log', value: { ...entry, index: 0 } })).toEqual([]);
  expect(hear({ type: 'log', value: { ...entry, index: 2 } })).toEqual(['answer 3']);
});

test('a read is asked three times; a change of a code once', () => {
  const { ask, on } = driven();
  ask(arming);
  ask(changeOf(5));
  expect(on({ type: 'tick' }, answerMs - 1)).toEqual([]);
  expect(on({ type: 'tick' }, answerMs)).toEqual(['send 1']);
  expect(on({ type: 'tick' }, 2 * answerMs)).toEqual(['send 1']);
  expect(on({ type: 'tick' }, 3 * answerMs)).toEqual(['failed 1 silent', 'send 2']);
  expect(on({ type: 'tick' }, 4 * answerMs)).toEqual(['failed 2 silent']);
  expect(on({ type: 'tick' }, 9 * answerMs)).toEqual([]);
});

test('a lost line ends everything at once, and nothing is kept for the next connection', () => {
  const { ask, on } = driven();
  ask(arming);
  ask(changeOf(5));
  expect(on({ type: 'down' })).toEqual(['failed 1 down', 'failed 2 down']);
  expect(ask(arming)).toEqual(['failed 3 down']);
  expect(on({ type: 'up' })).toEqual([]);
  expect(ask(arming)).toEqual(['send 4']);
});

test('what has no answer, or may not leave, is not waited for', () => {
  const { ask, on } = driven();
  ask({ type: 'disarm', value: { area: 1, code: '001234' } });
  ask(arming);
  expect(on({ type: 'settled', id: 1 })).toEqual(['send 2']);
  expect(on({ type: 'settled', id: 1 })).toEqual([]);
});

test('the queue has an end', () => {
  const { ask } = driven();
  const effects = Array.from({ length: 100 }, () => ask(arming)).flat();
  expect(effects.filter((one) => one.startsWith('failed')).length).toBeGreaterThan(50);
});
