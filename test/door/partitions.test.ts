import { beforeEach, describe, expect, test } from 'vitest';
import { type Partitions, partitions } from '../../src/door/partitions.ts';
import { twoDoors } from '../support/door-site.ts';
import { type VirtualClock, virtualClock } from '../support/virtual-clock.ts';

const grace = 600_000;
let clock: VirtualClock;
let all: Partitions;
const said = (state: 'disarmed' | 'arming' | 'armed' | 'unknown') => all.heard('house', state, clock.wall());
const restricts = () => all.restricts('house', grace);

beforeEach(() => {
  clock = virtualClock();
  all = partitions(twoDoors, clock);
});

describe('a door', () => {
  test('that no partition restricts is not restricted; one whose partition nobody knows is', () => {
    expect([all.restricts(null, grace), all.restrictsIn(null, grace)]).toEqual([false, null]);
    expect([all.restricts('cellar', grace), all.restrictsIn('cellar', grace)]).toEqual([true, null]);
    expect(all.state('cellar')).toBe('unknown');
  });

  test('is restricted until the panel has spoken, however long the grace', () => {
    expect([restricts(), all.restrictsIn('house', grace)]).toEqual([true, null]);
    said('unknown');
    expect(restricts()).toBe(true);
  });

  test.each(['arming', 'armed'] as const)(
    'is restricted while it is %s, and when the panel is lost then',
    (state) => {
      said('disarmed');
      said(state);
      expect(restricts()).toBe(true);
      said('unknown');
      expect([restricts(), all.restrictsIn('house', grace)]).toEqual([true, null]);
    },
  );

  test('is restricted a millisecond after the grace, and when that will be is known to the millisecond', () => {
    said('disarmed');
    expect([restricts(), all.restrictsIn('house', grace)]).toEqual([false, null]);
    said('unknown');
    expect(all.restrictsIn('house', grace)).toBe(grace + 1);
    clock.advance(grace);
    expect([restricts(), all.restrictsIn('house', grace)]).toEqual([false, 1]);
    clock.advance(1);
    expect([restricts(), all.restrictsIn('house', grace)]).toEqual([true, null]);
  });

  test('counts the grace from the loss, whatever the wall clock does, and not from a loss that is told again', () => {
    said('disarmed');
    clock.advance(grace);
    said('unknown');
    clock.advance(grace / 2);
    clock.stepWall(-grace);
    expect(said('unknown')).toBe(false);
    clock.advance(grace / 2);
    expect(restricts()).toBe(false);
    clock.advance(1);
    expect(restricts()).toBe(true);
  });
});

test('only a change of a known partition is news', () => {
  expect([said('disarmed'), said('disarmed'), said('armed')]).toEqual([true, false, true]);
  expect(all.heard('cellar', 'armed', 0)).toBe(false);
  expect(all.status()).toEqual([
    { id: 'partition-house', name: 'house', state: 'armed', since: clock.wall() },
  ]);
});
