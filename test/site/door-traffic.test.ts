import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type SiteUnderTest, siteUnderTest } from './site-under-test.ts';

/** What people, wires and processes do in some days, in any order. `rest`: milliseconds of quiet afterwards. */
const doors = ['front', 'back'] as const;
const door = fc.constantFrom(...doors);
const outage = fc.constantFrom(40, 400, 2_000, 12_000);
const deed = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('card' as const), door, known: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('pin' as const), door, known: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('exit' as const), door }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('lost line' as const),
      line: fc.constantFrom('readers', 'locks'),
      ms: outage,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('lost replies' as const),
      door,
      ms: fc.integer({ min: 10, max: 400 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('dead lock board' as const), ms: outage }) },
  { weight: 1, arbitrary: fc.constant({ do: 'kill admin' as const }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('stop admin' as const), ms: outage }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('clock' as const), hours: fc.integer({ min: -3, max: 30 }) }),
  },
);
const happenings = fc.array(fc.tuple(deed, fc.integer({ min: 1_000, max: 4_000 })), {
  minLength: 30,
  maxLength: 50,
  size: 'max',
});

test('days of traffic with lost lines and dying halves: one event per card and PIN, no unlock nobody asked for', async () => {
  await fc.assert(
    fc.asyncProperty(happenings, async (week) => {
      const at = await siteUnderTest();
      await at.person('Lovelace', [
        { kind: 'card', value: '12:3456' },
        { kind: 'pin', value: '049377' },
      ]);
      const shown = { front: 0, back: 0 };
      /** No reader's wire is disturbed from then on. */
      let wiredFrom = 0;
      /** When somebody did what may open a door. */
      const asked: { door: string; at: number }[] = [];
      for (const [what, rest] of week) {
        switch (what.do) {
          case 'card':
            at.devices.reader(what.door).present({ facility: 12, number: what.known ? 3456 : 99 });
            shown[what.door] += 1;
            if (what.known) asked.push({ door: what.door, at: at.clock.mono() });
            break;
          case 'pin':
            // What is typed into a keypad that is not there, or has only just come back, makes no PIN.
            await at.run(Math.max(0, wiredFrom - at.clock.mono()));
            await online(at);
            await at.run(1_000);
            at.devices.reader(what.door).type(what.known ? '049377#' : '111111#');
            shown[what.door] += 1;
            if (what.known) asked.push({ door: what.door, at: at.clock.mono() });
            break;
          case 'exit':
            at.devices.door(what.door).pressExit();
            asked.push({ door: what.door, at: at.clock.mono() });
            break;
          case 'lost line':
            at.lines.get(what.line)?.unplug();
            wiredFrom = Math.max(wiredFrom, at.clock.mono() + what.ms);
            at.clock.after(what.ms, () => at.lines.get(what.line)?.plugIn());
            break;
          case 'lost replies':
            at.devices.reader(what.door).fault('drop_reply', true);
            wiredFrom = Math.max(wiredFrom, at.clock.mono() + what.ms);
            at.clock.after(what.ms, () => at.devices.reader(what.door).fault('drop_reply', false));
            break;
          case 'dead lock board':
            at.devices.board('front').faults.silent = true;
            at.clock.after(what.ms, () => {
              at.devices.board('front').faults.silent = false;
            });
            break;
          case 'kill admin':
            at.killAdmin();
            break;
          case 'stop admin':
            at.stopAdmin();
            at.clock.after(what.ms, at.continueAdmin);
            break;
          case 'clock':
            at.clock.stepWall(what.hours * 3_600_000);
            break;
        }
        await at.run(rest);
      }
      await at.run(60_000);
      await at.until('all is stored', () => at.admin.system().doors?.journal.pending === 0);

      const feed = await at.feed();
      const decided = feed.filter(({ type }) => type === 'access.granted' || type === 'access.refused');
      for (const name of doors) {
        const id = at.site.doors.find((one) => one.name === name)?.id;
        expect(decided.filter(({ resource }) => resource === `door/${id}`)).toHaveLength(shown[name]);
      }
      expect(new Set(feed.map(({ id }) => id)).size).toBe(feed.length);
      const opened = at.locks.filter(({ event, state }) => event === 'lock_moved' && state === 'released');
      for (const { lock, at: when } of opened) {
        const why = asked.findIndex((one) => one.door === lock && one.at <= when && when - one.at < 3_000);
        expect(why, `${lock} was released at ${when} without a reason`).toBeGreaterThanOrEqual(0);
        asked.splice(why, 1);
      }
      for (const name of doors) expect(at.devices.door(name).isReleased()).toBe(false);
    }),
    { numRuns: 5 },
  );
}, 120_000);

const online = (at: SiteUnderTest) =>
  at.until(
    'the readers are online',
    () => at.composed.door.doors.status().readers.every((one) => one.online),
    60_000,
  );
