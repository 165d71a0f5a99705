import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type ClockTrust,
  earliestTime,
  firstLook,
  type KeptTime,
  latestOf,
  longestOffMs,
  type NtpWord,
  nextLook,
  type TrustedTime,
  vouchedFor,
} from '../../src/core/trusted-time.ts';

/** When the wall clock is believed, and what is known to be past. */
const second = 1_000;
const hour = 3_600 * second;
const year = 365 * 24 * hour;
const start = Date.UTC(2026, 2, 2, 9);

const unknown: NtpWord = { says: 'unknown' };
const unsynchronized: NtpWord = { says: 'unsynchronized' };
const heard = (mark: number): NtpWord => ({ says: 'synchronized', mark });

/** A life of the daemon, looked at as often as a row says: `step` puts the wall clock on, `pass` lets time pass. */
function life(trust: ClockTrust, kept: KeptTime | null = null, at = start, ntp: NtpWord = unknown) {
  let [wall, mono] = [at, 0];
  let time: TrustedTime = firstLook(kept, { wall, mono, ntp }, trust);
  const look = (word: NtpWord): number => {
    const next = nextLook(time, { wall, mono, ntp: word }, trust);
    time = next.time;
    return next.stepped;
  };
  return {
    get doubt() {
      return time.doubt;
    },
    get latest() {
      return latestOf(time);
    },
    get highWater() {
      return time.high_water;
    },
    get kept(): KeptTime {
      return { high_water: time.high_water, doubt: time.doubt };
    },
    pass(ms: number, word: NtpWord = time.reading.ntp) {
      wall += ms;
      mono += ms;
      return look(word);
    },
    step(ms: number, word: NtpWord = time.reading.ntp) {
      wall += ms;
      return look(word);
    },
    vouch() {
      time = vouchedFor(time, trust);
    },
  };
}

describe('at the start', () => {
  const past = (high_water: number): KeptTime => ({ high_water, doubt: null });
  const rows: [string, ClockTrust, KeptTime | null, number, NtpWord, TrustedTime['doubt']][] = [
    ['a first start, nothing said', 'auto', null, start, unknown, null],
    ['a first start in 1970', 'auto', null, 0, unknown, 'not_set'],
    ['the last instant before this software was made', 'auto', null, earliestTime - 1, unknown, 'not_set'],
    ['the first instant after that', 'auto', null, earliestTime, unknown, null],
    ['1970, whatever a time service says', 'auto', null, 0, heard(1), 'not_set'],
    ['later than the last life', 'auto', past(start - hour), start, unknown, null],
    ['a second before the last life', 'auto', past(start + second), start, unknown, null],
    ['before the last life', 'auto', past(start + hour), start, unknown, 'not_set'],
    ['before the last life, by a time server', 'auto', past(start + hour), start, heard(1), null],
    ['off for longer than is believed', 'auto', past(start - longestOffMs - hour), start, unknown, 'stepped'],
    ['the same, by a time server', 'auto', past(start - longestOffMs - hour), start, heard(1), null],
    ['stepped in the last life', 'auto', { high_water: start, doubt: 'stepped' }, start, unknown, 'stepped'],
    [
      'not synchronized in the last life',
      'auto',
      { high_water: start, doubt: 'not_synchronized' },
      start,
      unknown,
      null,
    ],
    ['no server heard yet', 'auto', past(start - hour), start, unsynchronized, 'not_synchronized'],
    [
      'no server heard yet, and before the last life',
      'auto',
      past(start + hour),
      start,
      unsynchronized,
      'not_set',
    ],
    ['a server heard', 'auto', null, start, heard(1), null],
    ['ntp, nothing said', 'ntp', null, start, unknown, 'not_synchronized'],
    ['ntp, heard', 'ntp', null, start, heard(1), null],
    ['system, no server heard', 'system', null, start, unsynchronized, null],
    ['system, before the last life', 'system', past(start + hour), start, unsynchronized, 'not_set'],
  ];
  test.each(rows)('%s', (_, trust, kept, at, ntp, doubt) => {
    expect(life(trust, kept, at, ntp).doubt).toBe(doubt);
  });
});

describe('a step', () => {
  test.each([2 * second, 60 * second, hour, year, -2 * second, -hour, -10 * second])(
    'of %i ms is seen, is not believed of itself, and is believed when undone',
    (ms) => {
      const one = life('auto');
      one.pass(hour);
      expect(one.step(ms)).toBe(ms);
      expect(one.doubt).toBe('stepped');
      one.pass(hour);
      expect(one.step(-ms)).toBe(-ms);
      expect(one.doubt).toBeNull();
    },
  );

  test('what is less than a leap second and a half is none', () => {
    const one = life('auto');
    expect(one.step(1_500)).toBe(0);
    expect(one.step(-1_500)).toBe(0);
    expect(one.doubt).toBeNull();
  });

  test('is believed with a comparison made after it, and not with the one before it', () => {
    const one = life('auto', null, start, heard(1));
    one.step(hour, heard(1));
    expect(one.doubt).toBe('stepped');
    one.pass(second, heard(2));
    expect(one.doubt).toBeNull();
    one.step(-hour, heard(3));
    expect(one.doubt).toBeNull();
  });

  test.each<ClockTrust>(['auto', 'ntp'])(
    'a service that stops leaves a clock believed that it has set (%s), until that steps',
    (trust) => {
      for (const word of [unsynchronized, unknown]) {
        const one = life(trust, null, start, heard(1));
        one.pass(hour, word);
        expect(one.doubt).toBeNull();
        one.step(hour, word);
        expect(one.doubt).toBe('stepped');
        one.pass(second, heard(2));
        expect(one.doubt).toBeNull();
      }
    },
  );

  test('from 1970 to the present is believed when a server was heard, or a person says so', () => {
    const served = life('auto', null, 0, unsynchronized);
    served.step(start, heard(1));
    expect(served.doubt).toBeNull();
    const byHand = life('auto', null, 0);
    byHand.step(start);
    expect(byHand.doubt).toBe('stepped');
    byHand.vouch();
    expect(byHand.doubt).toBeNull();
    byHand.pass(hour);
    expect(byHand.doubt).toBeNull();
  });

  test('is not believed after a restart either', () => {
    for (const ms of [hour, -hour]) {
      const one = life('system');
      one.step(ms);
      for (const off of [0, 2 * hour]) {
        expect(life('system', one.kept, start + ms + off).doubt, `${ms} ${off}`).toBe('stepped');
      }
    }
  });

  test.each<ClockTrust>(['auto', 'ntp', 'system'])(
    'is not believed after a restart with the comparison found there, but with the next (%s)',
    (trust) => {
      const one = life(trust, null, start, heard(1));
      one.step(hour);
      const next = life(trust, one.kept, start + hour, heard(1));
      expect(next.doubt).toBe('stepped');
      next.pass(hour);
      expect(next.doubt).toBe('stepped');
      next.pass(second, heard(2));
      expect(next.doubt).toBeNull();
    },
  );

  test('nobody can vouch for a clock that reads 1970, or one that wants a server and has heard none', () => {
    const unset = life('system', null, 0);
    unset.vouch();
    expect(unset.doubt).toBe('not_set');
    const oldest = life('system', { high_water: start, doubt: null }, earliestTime);
    oldest.vouch();
    expect(oldest.doubt).toBeNull();
    const unheard = life('ntp');
    unheard.vouch();
    expect(unheard.doubt).toBe('not_synchronized');
  });
});

describe('what is known to be past', () => {
  test('rises with a clock that is believed, and by the time that passes with one that is not', () => {
    const one = life('auto');
    one.pass(hour);
    expect(one.highWater).toBe(start + hour);
    one.step(year);
    expect(one.highWater).toBe(start + hour);
    one.pass(hour);
    expect(one.highWater).toBe(start + 2 * hour);
    expect(one.latest).toBe(start + year + 2 * hour);
    one.step(-2 * year);
    expect(one.latest).toBe(start + 2 * hour);
  });

  test('a time to come that a server gave is kept until a person says that the clock is right', () => {
    const one = life('auto', null, start, heard(1));
    one.step(year, heard(2));
    one.step(-year, heard(3));
    expect([one.doubt, one.latest]).toEqual([null, start + year]);
    one.vouch();
    expect([one.doubt, one.latest]).toEqual([null, start]);
  });

  test('never falls, and no step that nothing vouches for raises it, whatever happens', () => {
    const deed = fc.oneof(
      fc.record({ pass: fc.integer({ min: 0, max: hour }) }),
      fc.record({ step: fc.integer({ min: -year, max: year }) }),
      fc.constant({ restart: true }),
    );
    fc.assert(
      fc.property(
        fc.array(deed, { maxLength: 40 }),
        fc.constantFrom<ClockTrust>('auto', 'system', 'ntp'),
        (deeds, trust) => {
          let [wall, passed] = [start, 0];
          let one = life(trust, null, wall);
          for (const what of deeds) {
            const before = one.highWater ?? 0;
            if ('pass' in what) {
              wall += what.pass;
              passed += what.pass;
              one.pass(what.pass);
            } else if ('step' in what) {
              wall += what.step;
              one.step(what.step);
            } else one = life(trust, one.kept, wall);
            const after = one.highWater ?? 0;
            expect(after).toBeGreaterThanOrEqual(before);
            // Steps of less than two seconds are none: there can be one a deed.
            expect(after).toBeLessThanOrEqual(start + passed + deeds.length * 2 * second);
            if (one.doubt === null) expect(wall).toBeGreaterThanOrEqual(earliestTime);
            expect(one.latest).toBeGreaterThanOrEqual(Math.max(wall, after));
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});
