import { beforeEach, expect, test } from 'vitest';
import type { DoorEvent } from '../../src/core/event.ts';
import type { KeptTime, NtpWord } from '../../src/core/trusted-time.ts';
import { type ClockKeeper, trustedClock } from '../../src/door/trusted-clock.ts';
import { type VirtualClock, virtualClock } from '../support/virtual-clock.ts';

/** The keeper of the wall clock: how soon it notices, what it tells, and what it keeps. */
const hour = 3_600_000;

let clock: VirtualClock;
let ntp: NtpWord;
let events: DoorEvent[];
let kept: KeptTime[];
let doubts: string[];
let turns: number;

function keeper(trust: 'auto' | 'system' = 'auto'): ClockKeeper {
  const made = trustedClock({
    clock,
    journal: {
      append: (event) => void events.push(event),
      keepTime: (time) => void kept.push(time),
      time: () => kept.at(-1) ?? null,
    },
    ntp: () => ntp,
    trust,
    resource: 'system/s',
    doubted: (why) => void doubts.push(why),
  });
  made.onChange(() => {
    turns += 1;
  });
  made.start();
  return made;
}
const told = () => events.map(({ type }) => type);

beforeEach(() => {
  clock = virtualClock();
  ntp = { says: 'unknown' };
  events = [];
  kept = [];
  doubts = [];
  turns = 0;
});

test('a step is told within a second, with what it was from and to, and whoever follows the clock is called', () => {
  keeper();
  clock.advance(5_000);
  clock.stepWall(-hour);
  clock.advance(1_000);
  expect(told()).toEqual(['clock.stepped', 'clock.untrusted']);
  expect(events[0]?.data).toEqual({
    from: '2026-03-02T09:00:06.000Z',
    to: '2026-03-02T08:00:06.000Z',
    by_ms: -hour,
  });
  expect(events[1]?.data).toEqual({ reason: 'stepped' });
  expect([doubts, turns]).toEqual([['stepped'], 1]);
  ntp = { says: 'synchronized', mark: 1 };
  clock.advance(1_000);
  expect(told().at(-1)).toBe('clock.trusted');
  expect([doubts.length, turns]).toEqual([1, 2]);
});

test('whoever asks in the second before it is told hears of it already', () => {
  const one = keeper();
  clock.advance(5_500);
  clock.stepWall(-hour);
  expect(one.trusted()).toBe(false);
  expect(one.latest()).toBe(Date.UTC(2026, 2, 2, 9) + 5_500);
  expect(events).toEqual([]);
});

test('a quiet clock is kept once a minute and at the end, and tells nothing', () => {
  const one = keeper();
  clock.advance(10 * 60_000 + 30_000);
  expect(kept.length).toBe(11);
  one.close();
  expect(kept.at(-1)).toEqual({ high_water: clock.wall(), doubt: null });
  clock.advance(hour);
  expect([kept.length, events.length, turns]).toEqual([12, 0, 0]);
});

test('doubt is kept at once, and told again neither by the same life nor by the next', () => {
  keeper('system').close();
  keeper('system');
  clock.stepWall(hour);
  clock.advance(1_000);
  expect(kept.at(-1)?.doubt).toBe('stepped');
  clock.advance(hour);
  expect(told()).toEqual(['clock.stepped', 'clock.untrusted']);
  keeper('system');
  expect(told().length).toBe(2);
});

test('a clock that was never set is told at the start', () => {
  clock = virtualClock(0);
  const one = keeper();
  expect(events).toEqual([
    { time: 0, type: 'clock.untrusted', resource: 'system/s', data: { reason: 'not_set' } },
  ]);
  expect(one.status()).toEqual({ synced: null, doubt: 'not_set', high_water: null });
});

test('a reset forgets what was known, is told with who asked, and is durable', () => {
  const one = keeper('system');
  clock.advance(60_000);
  const before = new Date(clock.wall()).toISOString();
  clock.stepWall(-hour);
  one.reset('local');
  expect(events.map(({ type, data }) => [type, data]).slice(2)).toEqual([
    ['clock.reset', { operator: 'local', high_water: before }],
    ['clock.trusted', {}],
  ]);
  expect(kept.at(-1)).toEqual({ high_water: clock.wall(), doubt: null });
  expect(one.trusted()).toBe(true);
});

test('what the system says of synchronization is shown as it says it', () => {
  const one = keeper();
  const shown = (word: NtpWord) => {
    ntp = word;
    clock.advance(1_000);
    return one.status().synced;
  };
  expect(shown({ says: 'unknown' })).toBeNull();
  expect(shown({ says: 'unsynchronized' })).toBe(false);
  expect(shown({ says: 'synchronized', mark: 1 })).toBe(true);
});
