import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { NtpWord } from '../../src/core/trusted-time.ts';
import { moreOpen } from '../support/timetables.ts';
import { instantOf, weekHouse } from './week-house.ts';

/** A door by its timetable while the wall clock steps by minutes, hours and years: from the clock to the relay, through both processes. */
const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;
const zone = 'Europe/Berlin';

test('whatever steps come: nothing is caught up, within a second or so no door is more open than its timetable says, and more open by a trusted clock only', async () => {
  const deed = fc.oneof(
    {
      weight: 4,
      arbitrary: fc
        .constantFrom(10 * minute, 100 * minute, 7 * hour, 15 * hour, day, 400 * day, 4 * 365 * day)
        .chain((ms) => fc.constantFrom({ step: ms }, { step: -ms })),
    },
    { weight: 2, arbitrary: fc.constant({ back: true as const }) },
    { weight: 3, arbitrary: fc.constant({ heard: true as const }) },
    { weight: 2, arbitrary: fc.integer({ min: 1, max: 3 * 60 }).map((n) => ({ pass: n * minute })) },
    { weight: 1, arbitrary: fc.constant({ restart: true as const }) },
  );
  const startsAt = instantOf(zone, '2026-03-26T08:30');
  const seen = { far: 0, trusted: 0, released: 0, shut: 0 };
  await fc.assert(
    fc.asyncProperty(fc.array(deed, { minLength: 6, maxLength: 14 }), async (deeds) => {
      let ntp: NtpWord = { says: 'synchronized', mark: 1 };
      const times = { startsAt, until: startsAt + 10 * day, holiday: '2026-03-28', guestUntil: startsAt };
      const { at, ...house } = await weekHouse(zone, times, { ntp: () => ntp });
      const grants = [at.clock.wall()];
      await house.visit('ada', 'front');
      await at.leap(hour);
      await at.run(20);
      expect(house.front()).toEqual({ mode: 'unlocked', lock: 'released' });
      const granted = (await at.feed()).length;
      let away = 0;
      for (const each of deeds) {
        const before = { ...house.front(), locks: at.locks.length, feed: (await at.feed()).length };
        if ('step' in each) {
          at.clock.stepWall(each.step);
          away += each.step;
        } else if ('back' in each) {
          at.clock.stepWall(-away);
          away = 0;
        } else if ('heard' in each) {
          ntp = { says: 'synchronized', mark: ntp.says === 'synchronized' ? ntp.mark + 1 : 1 };
        } else if ('pass' in each) {
          await at.leap(each.pass);
        } else await at.restart('power cut');
        await at.run(1_300);

        const now = at.clock.wall();
        const { mode, lock } = house.front();
        const trusted = at.composed.door.doors.status().clock.doubt === null;
        const says = house.expectedMode(now, grants);
        const where = `${JSON.stringify(each)} ${new Date(now).toISOString()} ${before.mode} -> ${mode}, ${says}`;
        expect(moreOpen(mode, says), where).toBe(false);
        if (trusted) expect(mode, where).toBe(says);
        else expect(moreOpen(mode, before.mode), where).toBe(false);
        expect(lock, where).toBe(mode === 'unlocked' ? 'released' : 'secured');
        const moves = at.locks
          .slice(before.locks)
          .flatMap((deed) => (deed.event === 'lock_moved' ? [deed.state] : []));
        const told = (await at.feed()).slice(before.feed).filter(({ type }) => type === 'door.mode_changed');
        // A start may find the last table of another time, and lock until it is told the present one.
        if ('restart' in each)
          expect([[], ['secured'], ['secured', 'released'], ['released']], where).toContainEqual(moves);
        else {
          expect(moves, where).toEqual(before.lock === lock ? [] : [lock]);
          expect(told.length, where).toBeLessThanOrEqual(1);
        }
        seen.trusted += trusted ? 1 : 0;
        seen.released += lock === 'released' ? 1 : 0;
        seen.shut += mode === 'disabled' || mode === 'card_and_pin' ? 1 : 0;
        seen.far += Math.abs(now - startsAt) > 30 * day ? 1 : 0;
      }
      const opened = (await at.feed())
        .slice(granted)
        .filter(({ type }) => type === 'access.granted' || type === 'door.unlock_failed');
      expect(opened).toEqual([]);
    }),
    { numRuns: 15, seed: 20_260_326 },
  );
  expect(Math.min(...Object.values(seen))).toBeGreaterThan(5);
}, 60_000);
