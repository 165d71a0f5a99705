import { expect, test } from 'vitest';
import { orders } from '../../../src/admin/programming/orders.ts';
import { Secret } from '../../../src/core/secret.ts';

const post = () =>
  orders(
    () => true,
    () => new Secret('0123'),
  );
const done = (order_id: string) => [{ order_id, state: 'done' }] as const;

test('an order nobody knows is lost at once; one that is done has its result on the way, and is lost when asked after again', () => {
  const { ask, lost } = post();
  ask(['a', 'b']);
  expect(
    lost([
      { order_id: 'a', state: 'unknown' },
      { order_id: 'c', state: 'queued' },
      { order_id: 'd', state: 'in_flight' },
      ...done('b'),
    ]),
  ).toEqual(['a']);
  ask(['b']);
  expect(lost(done('b'))).toEqual(['b']);
});

test('an order whose result has come meanwhile counts anew', () => {
  const { ask, lost } = post();
  ask(['a']);
  expect(lost(done('a'))).toEqual([]);
  ask(['b']);
  ask(['a']);
  expect(lost(done('a'))).toEqual([]);
});
