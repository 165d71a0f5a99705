import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { enteredEvent, type LogEntry, logEvent, panelMs } from '../../../src/panel/elk-m1/events.ts';
import { anchorLength, identity, type LogWalk, stepWalk } from '../../../src/panel/elk-m1/log-walk.ts';

const entry = (event: number, minute: number, number = 1, area = 1): LogEntry => ({
  event,
  number,
  area,
  hour: 8,
  minute,
  month: 3,
  day: 2,
  index: 0,
  weekday: 2,
  year: 26,
});

/** Walks back through a log, newest entry first. */
function walked(
  log: readonly LogEntry[],
  known: readonly LogEntry[],
  live: readonly LogEntry[] = [],
): LogEntry[] | null {
  let walk: LogWalk = {
    known: known.slice(0, anchorLength).map(identity),
    live: live.map(identity),
    read: [],
  };
  for (const one of [...log, entry(1000, 0)]) {
    const stepped = stepWalk(walk, one);
    if (stepped.missed !== null) return stepped.missed;
    walk = stepped.walk;
  }
  return null;
}

describe('walking back through the log', () => {
  test('gives what was missed, oldest first', () => {
    const known = [entry(1174, 3), entry(1173, 2), entry(1174, 1)];
    const missed = [entry(1174, 6), entry(1173, 5)];
    expect(walked([...missed, ...known], known)).toEqual([...missed].reverse());
    expect(walked(known, known)).toEqual([]);
  });

  test('leaves out what was heard live since', () => {
    const known = [entry(1174, 3)];
    const live = entry(1173, 9);
    expect(walked([live, entry(1313, 5), ...known], known, [live])).toEqual([entry(1313, 5)]);
  });

  test('leaves out what was heard between two outages, and nothing of either', () => {
    const known = [entry(1174, 3)];
    const live = entry(1173, 9);
    const log = [entry(1313, 11), live, entry(1313, 5), ...known];
    expect(walked(log, known, [live])).toEqual([entry(1313, 5), entry(1313, 11)]);
  });

  test('of two that are alike, one heard live, tells one', () => {
    const twin = entry(1313, 5);
    expect(walked([twin, twin, entry(1174, 3)], [entry(1174, 3)], [twin])).toEqual([twin]);
  });

  test('ends with the log when nothing known is in it', () => {
    expect(walked([entry(1173, 2), entry(1174, 1)], [entry(1313, 0)])).toHaveLength(2);
    const full = Array.from({ length: 600 }, (_, n) => entry(1173, n % 60));
    expect(walked(full, [entry(1313, 0)])).toHaveLength(511);
  });

  test('gives the whole log when it was empty before', () => {
    expect(walked([entry(1174, 2), entry(1173, 1)], [])).toHaveLength(2);
    expect(walked([], [])).toEqual([]);
  });

  test('finds the place in any log of different entries', () => {
    fc.assert(
      fc.property(fc.nat(30), fc.nat(20), fc.nat(5), (old, missed, live) => {
        const log = Array.from({ length: old + missed + live + 1 }, (_, n) =>
          entry(1000 + ((n * 7) % 300) + 1, n % 60, n),
        );
        const known = log.slice(missed + live);
        expect(walked(log, known, log.slice(0, live))).toEqual(log.slice(live, missed + live).reverse());
      }),
    );
  });
});

describe('events', () => {
  const at = 1000;
  const told = (one: LogEntry) => logEvent(one, (area) => (area === 1 ? 'house' : null), at, false);

  test.each([
    [entry(1173, 0, 4), { what: 'closed', partition: 'house', user: 4, zone: null, code: '1173' }],
    [entry(1174, 0, 4, 2), { what: 'opened', partition: null, user: 4 }],
    [entry(1001, 0, 17), { what: 'alarm', user: null, zone: 17 }],
    [entry(1110, 0, 17), { what: 'alarm' }],
    [entry(1111, 0, 2), { what: 'code_lockout', user: null, zone: null }],
    [entry(1138, 0, 0), { what: 'trouble' }],
    [entry(1158, 0, 0), { what: 'trouble_restored' }],
    [entry(1299, 0, 4), { what: 'duress', user: 4 }],
    [entry(1313, 0, 4), { what: 'access', user: 4 }],
    [entry(1328, 0, 4), { what: 'access', user: 4 }],
    [entry(1355, 0, 0), { what: 'programming' }],
    [entry(1363, 0, 0), { what: 'programming' }],
    [entry(1193, 0, 102), { what: 'other', user: null, zone: null, code: '1193' }],
  ])('an entry of the log: %j', (one, event) => {
    expect(told(one)).toMatchObject({ type: 'event', at, recovered: false, ...event });
  });

  test('a code of nobody is told without its digits, a user by the log alone', () => {
    const entered = (user: number) => enteredEvent({ code: '010203040506', user, keypad: 3 }, at);
    expect(JSON.stringify(entered(0))).not.toMatch(/010203040506|123456/);
    expect(entered(0)).toMatchObject({ what: 'other', code: 'IC000', user: null });
    expect(entered(201)).toMatchObject({ what: 'programming' });
    expect(entered(4)).toBe(null);
  });

  test('the clock of the panel, as if it were UTC', () => {
    expect(panelMs({ ...entry(1173, 20), second: 5 })).toBe(Date.UTC(2026, 2, 2, 8, 20, 5));
    expect(panelMs(entry(1173, 20))).toBe(Date.UTC(2026, 2, 2, 8, 20));
  });
});
