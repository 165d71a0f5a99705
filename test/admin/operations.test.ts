import { expect, test } from 'vitest';
import { operationsService } from '../../src/admin/operations.ts';
import { AppError } from '../../src/core/error.ts';
import { virtualClock } from '../support/virtual-clock.ts';

function operations() {
  const clock = virtualClock();
  const unexpected: unknown[] = [];
  let made = 0;
  const service = operationsService(
    clock,
    (bytes) => {
      made += 1;
      const random = new Uint8Array(bytes);
      new DataView(random.buffer).setUint32(bytes - 4, made);
      return random;
    },
    (error) => unexpected.push(error),
  );
  return { clock, unexpected, ...service };
}
const turns = () => new Promise((resolve) => setImmediate(resolve));

test('an operation is pending until its work ends, and then holds the result', async () => {
  const { start, get, clock } = operations();
  let finish: (value: unknown) => void = () => {};
  const { id, status } = start('import', null, () => new Promise((resolve) => (finish = resolve)));
  expect(status).toBe('pending');
  const waited = get(id, 10_000);
  expect((await get(id, 0)).status).toBe('pending');
  finish({ rows: 3 });
  expect(await waited).toMatchObject({ status: 'succeeded', result: { rows: 3 }, error: null });
  clock.advance(10_000);
});

test('asking ends at the time given, with what is so then', async () => {
  const { start, get, clock } = operations();
  const { id } = start('unlock', 'door/d', () => new Promise(() => {}));
  const waited = get(id, 10_000);
  clock.advance(10_000);
  expect((await waited).status).toBe('pending');
});

test('a failure keeps its code; one nobody foresaw goes to the log and says nothing here', async () => {
  const { start, get, unexpected } = operations();
  const refused = start('unlock', 'door/d', () => Promise.reject(new AppError('lock_offline', 'no answer')));
  const broken = start('unlock', 'door/d', () => Promise.reject(new TypeError('pin 4711 is undefined')));
  await turns();
  expect((await get(refused.id, 0)).error).toEqual({ code: 'lock_offline', detail: 'no answer' });
  const { error } = await get(broken.id, 0);
  expect(error?.code).toBe('internal');
  expect(JSON.stringify(error)).not.toContain('4711');
  expect(unexpected).toHaveLength(1);
});

test('ten minutes after its end it is forgotten', async () => {
  const { start, get, clock } = operations();
  const { id } = start('unlock', 'door/d', () => Promise.resolve());
  await turns();
  clock.advance(599_999);
  expect((await get(id, 0)).status).toBe('succeeded');
  clock.advance(1);
  await expect(get(id, 0)).rejects.toMatchObject({ code: 'not_found' });
});

test('there are never more than a thousand: ended ones make room, running ones do not', async () => {
  const { start, get } = operations();
  const first = start('unlock', 'door/d', () => Promise.resolve());
  await turns();
  for (let i = 1; i <= 1000; i++) start('import', null, () => new Promise(() => {}));
  await expect(get(first.id, 0)).rejects.toMatchObject({ code: 'not_found' });
  expect(() => start('import', null, () => Promise.resolve())).toThrow(/still running/);
});
