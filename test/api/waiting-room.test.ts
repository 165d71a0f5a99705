import { expect, test } from 'vitest';
import { waitingRoom } from '../../src/api/waiting-room.ts';

test('a room has so many places in all, and so many for each caller', () => {
  const room = waitingRoom(4, 3);
  const taken = ['a', 'a', 'a', 'a', 'b', 'b'].map((who) => room.enter(who) !== null);
  expect(taken).toEqual([true, true, true, false, true, false]);
});

test('who leaves gives back one place, once, however often it says so', () => {
  const room = waitingRoom(2, 1);
  const leave = room.enter('a');
  room.enter('b');
  leave?.();
  leave?.();
  expect(['a', 'c'].map((who) => room.enter(who) !== null)).toEqual([true, false]);
});
