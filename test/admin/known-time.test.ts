import { expect, test } from 'vitest';
import { knownTime } from '../../src/admin/known-time.ts';
import type { DoorsStatus } from '../../src/core/status.ts';
import { virtualClock } from '../support/virtual-clock.ts';

/** What the admin process makes of the door process's word about the clock. */
function known(pushing: boolean) {
  const clock = virtualClock();
  const doubts: string[] = [];
  const time = knownTime({ clock, pushing: () => pushing, doubted: (why) => void doubts.push(why) });
  const says = (more: Partial<DoorsStatus['clock']>) =>
    time.seen({ clock: { synced: true, doubt: null, high_water: null, ...more } } as DoorsStatus);
  return { clock, doubts, time, says };
}

test('the clock is believed when the door process says so, and not before', () => {
  const { time, says } = known(false);
  expect(time.believed()).toBe(false);
  says({});
  expect(time.believed()).toBe(true);
  says({ doubt: 'stepped' });
  expect(time.believed()).toBe(false);
});

test('ends are judged by the later of the clock and what the door process knows to be past', () => {
  const { clock, time, says } = known(false);
  expect(time.latest()).toBe(clock.wall());
  says({ high_water: clock.wall() + 60_000 });
  expect(time.latest()).toBe(clock.wall() + 60_000);
  clock.advance(120_000);
  expect(time.latest()).toBe(clock.wall());
});

test('webhooks with a clock that may be wrong are warned of once, and again after it was right', () => {
  const { doubts, says } = known(true);
  says({});
  says({ synced: null });
  expect(doubts).toEqual([]);
  says({ synced: false });
  says({ synced: false, doubt: 'stepped' });
  says({});
  says({ doubt: 'not_set' });
  expect(doubts).toEqual(['not_synchronized', 'not_set']);
  const quiet = known(false);
  quiet.says({ synced: false });
  expect(quiet.doubts).toEqual([]);
});
