import { expect, test } from 'vitest';
import { AppError } from '../../src/core/error.ts';
import { type ApiUnderTest, apiUnderTest } from './api-under-test.ts';
import { doorId, readerId } from './fake-admin.ts';

/** Commands to the doors with an idempotency key, the process cut off in their middle: no repeat sends one twice. */
const key = { 'idempotency-key': 'k' };
const forever = <T>(): Promise<T> => new Promise(() => {});
const turns = () => new Promise((resolve) => setImmediate(resolve));

/** What the next process knows: what was stored by then, and of no operation. */
function restarted(api: ApiUnderTest, stored: ReadonlyMap<string, unknown>): void {
  api.admin.idempotent.clear();
  for (const [name, answer] of structuredClone(stored)) api.admin.idempotent.set(name, answer as never);
  api.admin.operations.get = async () => {
    throw new AppError('not_found', 'no such operation');
  };
}

const commands: [
  what: string,
  url: string,
  body: unknown,
  /** Lets the command be sent and nothing come of it; resolves when it was sent. */
  cut: (api: ApiUnderTest, sent: () => void) => void,
  sent: (api: ApiUnderTest) => readonly unknown[],
][] = [
  [
    'unlock',
    `/v1/doors/${doorId}/unlock`,
    undefined,
    ({ admin }, sent) => {
      const { unlock } = admin.doors;
      admin.doors.unlock = async (...given) => {
        await unlock(...given);
        sent();
        return forever();
      };
    },
    ({ admin }) => admin.unlocked,
  ],
  [
    'arm',
    `/v1/partitions/${doorId}/arm`,
    { how: 'away' },
    ({ admin }, sent) => {
      const { arm } = admin.holders;
      admin.holders.arm = async (...given) => {
        await arm(...given);
        sent();
        return forever();
      };
    },
    ({ admin }) => admin.armed,
  ],
  [
    'mode',
    `/v1/doors/${doorId}/mode`,
    { mode: 'unlocked', until: null },
    ({ admin }, sent) => {
      const { setMode } = admin.doors;
      admin.doors.setMode = async (...given) => {
        await setMode(...given);
        sent();
        return forever();
      };
    },
    ({ admin }) => admin.modes,
  ],
  [
    'try that opens',
    '/v1/try',
    { reader_id: readerId, pin: '4711', open: true },
    ({ admin }, sent) => {
      const attempt = admin.doors.try;
      admin.doors.try = async (...given) => {
        await attempt(...given);
        sent();
        return forever();
      };
    },
    ({ admin }) => admin.unlocked,
  ],
];

test.each(commands)(
  '%s, cut off after it was sent: a repeat is told that nobody knows, and sends nothing',
  async (_, url, body, cut, sent) => {
    const api = await apiUnderTest();
    const stored = new Promise<ReadonlyMap<string, unknown>>((resolve) => {
      cut(api, () => resolve(structuredClone(api.admin.idempotent)));
    });
    void api.call('POST', url, body, key);
    restarted(api, await stored);
    const again = await api.call('POST', url, body, key);
    const said = again.status === 202 ? again.body['error'] : again.body;
    expect(again.status === 202 ? again.body['status'] : again.status).toBe(
      again.status === 202 ? 'failed' : 409,
    );
    expect(said).toMatchObject({ code: 'unknown_result' });
    expect(sent(api)).toHaveLength(1);
  },
);

test.each(commands)(
  '%s, where its key cannot be stored, is not sent, and a repeat sends it once',
  async (_, url, body, _cut, sent) => {
    const api = await apiUnderTest();
    const { begin } = api.admin.idempotency;
    api.admin.idempotency.begin = async (...given) => ({
      ...(await begin(...given)),
      keep: () => Promise.reject(new AppError('storage_unavailable', 'the disk is full')),
    });
    expect((await api.call('POST', url, body, key)).status).toBe(503);
    expect(sent(api)).toEqual([]);
    api.admin.idempotency.begin = begin;
    for (let i = 0; i < 2; i++) expect((await api.call('POST', url, body, key)).status).toBeLessThan(300);
    expect(sent(api)).toHaveLength(1);
  },
);

test.each(commands)('%s, cut off after its end, is told as it ended', async (_, url, body, _cut, sent) => {
  const api = await apiUnderTest();
  const first = await api.call('POST', url, body, key);
  await turns();
  restarted(api, structuredClone(api.admin.idempotent));
  const again = await api.call('POST', url, body, key);
  expect(again.headers['idempotency-replayed']).toBe('true');
  expect([again.status, again.body['error'] ?? null]).toEqual([first.status, null]);
  expect(again.body['status']).toBe(first.status === 202 ? 'succeeded' : undefined);
  expect(sent(api)).toHaveLength(1);
});

test('a command that failed has freed its key', async () => {
  const api = await apiUnderTest();
  const { setMode } = api.admin.doors;
  api.admin.doors.setMode = () => Promise.reject(new AppError('doors_unreachable', 'no answer'));
  const body = { mode: 'unlocked', until: null };
  expect((await api.call('POST', `/v1/doors/${doorId}/mode`, body, key)).status).toBe(503);
  api.admin.doors.setMode = setMode;
  expect((await api.call('POST', `/v1/doors/${doorId}/mode`, body, key)).status).toBe(200);
  expect(api.admin.modes).toHaveLength(1);
});

test('a command that failed is told as it failed, though the disk refuses to free its key; its repeat, that nobody knows', async () => {
  const api = await apiUnderTest();
  const { begin } = api.admin.idempotency;
  api.admin.idempotency.begin = async (...given) => {
    const begun = await begin(...given);
    const full = new AppError('storage_unavailable', 'the disk is full');
    return { ...begun, keep: (answer) => (answer === null ? Promise.reject(full) : begun.keep(answer)) };
  };
  api.admin.doors.setMode = () => Promise.reject(new AppError('doors_unreachable', 'no answer'));
  const set = () => api.call('POST', `/v1/doors/${doorId}/mode`, { mode: 'unlocked' }, key);
  expect([(await set()).body['code'], (await set()).body['code']]).toEqual([
    'doors_unreachable',
    'unknown_result',
  ]);
});

test('a repeat while an operation runs is given it as it is by then', async () => {
  const api = await apiUnderTest();
  const url = `/v1/doors/${doorId}/unlock`;
  const first = await api.call('POST', url, undefined, key);
  await turns();
  const again = await api.call('POST', url, undefined, key);
  expect([again.body['id'], again.body['status']]).toEqual([first.body['id'], 'succeeded']);
});
