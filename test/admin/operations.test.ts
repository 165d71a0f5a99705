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
  const { id, status } = await start('import', null, () => new Promise((resolve) => (finish = resolve)));
  expect(status).toBe('pending');
  const waited = get(id, 10_000);
  expect((await get(id, 0)).status).toBe('pending');
  finish({ rows: 3 });
  expect(await waited).toMatchObject({ status: 'succeeded', result: { rows: 3 }, error: null });
  clock.advance(10_000);
});

test('asking ends at the time given, with what is so then', async () => {
  const { start, get, clock } = operations();
  const { id } = await start('unlock', 'door/d', () => new Promise(() => {}));
  const waited = get(id, 10_000);
  clock.advance(10_000);
  expect((await waited).status).toBe('pending');
});

test('asking ends when who asks has gone, and is not begun by one who has', async () => {
  const { start, get, clock } = operations();
  const { id } = await start('unlock', 'door/d', () => new Promise(() => {}));
  const gone = new AbortController();
  const waited = get(id, 10_000, gone.signal);
  gone.abort();
  expect((await waited).status).toBe('pending');
  expect((await get(id, 10_000, gone.signal)).status).toBe('pending');
  expect(clock.untilNext()).toBeNull();
});

test('a failure keeps its code; one nobody foresaw goes to the log and says nothing here', async () => {
  const { start, get, unexpected } = operations();
  const refused = await start('unlock', 'door/d', () =>
    Promise.reject(new AppError('lock_offline', 'no answer')),
  );
  const broken = await start('unlock', 'door/d', () =>
    Promise.reject(new TypeError('pin 4711 is undefined')),
  );
  await turns();
  expect((await get(refused.id, 0)).error).toEqual({ code: 'lock_offline', detail: 'no answer' });
  const { error } = await get(broken.id, 0);
  expect(error?.code).toBe('internal');
  expect(JSON.stringify(error)).not.toContain('4711');
  expect(unexpected).toHaveLength(1);
});

test('ten minutes after its end it is forgotten', async () => {
  const { start, get, clock } = operations();
  const { id } = await start('unlock', 'door/d', () => Promise.resolve());
  await turns();
  clock.advance(599_999);
  expect((await get(id, 0)).status).toBe('succeeded');
  clock.advance(1);
  await expect(get(id, 0)).rejects.toMatchObject({ code: 'not_found' });
});

test('there are never more than a thousand: ended ones make room, running ones do not', async () => {
  const { start, get } = operations();
  const first = await start('unlock', 'door/d', () => Promise.resolve());
  await turns();
  for (let i = 1; i <= 1000; i++) await start('import', null, () => new Promise(() => {}));
  await expect(get(first.id, 0)).rejects.toMatchObject({ code: 'not_found' });
  const kept: string[] = [];
  const keep = async ({ status }: { status: string }): Promise<void> => void kept.push(status);
  await expect(start('import', null, () => Promise.resolve(), keep)).rejects.toThrow(/still running/);
  // A repeat of what was refused so is tried, and not told that nobody knows.
  expect(kept).toEqual([]);
});

test('what is to be said should the process end meanwhile is kept before the work begins, and the end after it', async () => {
  const { start } = operations();
  const said: string[] = [];
  let stored: () => void = () => {};
  const started = start(
    'unlock',
    'door/d',
    () => Promise.resolve(said.push('work')),
    ({ status, error }) => {
      said.push(`${status} ${error?.code}`);
      return new Promise((resolve) => {
        stored = resolve;
      });
    },
  );
  await turns();
  expect(said).toEqual(['failed unknown_result']);
  stored();
  expect((await started).status).toBe('pending');
  await turns();
  expect(said).toEqual(['failed unknown_result', 'work', 'succeeded undefined']);
});

test('where that cannot be kept nothing is begun', async () => {
  const { start } = operations();
  let begun = false;
  const work = async () => {
    begun = true;
  };
  const full = () => Promise.reject(new AppError('storage_unavailable', 'disk full'));
  await expect(start('unlock', 'door/d', work, full)).rejects.toThrow('disk full');
  expect(begun).toBe(false);
});
