import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AppError } from '../../src/core/error.ts';
import { until } from './deadline.ts';
import { killedProgramming } from './killed-programming.ts';
import { masterCode, panelText, type Row, type SlotRig, slotRig } from './slot-site.ts';

/** Codes in devices that keep their own: real processes, real bytes. */
let at: SlotRig;
const confirmed = (rows: readonly Row[]) => rows.filter(({ state }) => state === 'confirmed').length;
const code = (n: number): string => String(620_000 + n * 101);

describe('a lock with ten slots', () => {
  beforeEach(async () => {
    at = await slotRig(null, { tapped: true });
    await at.start();
  }, 40_000);
  afterEach(() => at.rig.close());

  test('is full when it is full: of the next code not one byte is sent, until a removal is proved', async () => {
    const { rig } = at;
    const user = await at.user('store');
    const { capacity, reserved } = await at.holder('store');
    const room = capacity - reserved;
    const ids: string[] = [];
    for (let i = 0; i < room; i++) ids.push(await at.pin(user, code(i)));
    await until('all are there', async () => confirmed(await at.rows('store')) === room);
    expect((await at.devices()).code_locks['store']).toEqual({ slots_in_use: room });

    const refused = await at.pin(user, code(room)).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(AppError);
    expect(refused).toMatchObject({ code: 'system_full' });

    // The lock cannot be reached: whose code is taken away still has the slot.
    await rig.act({ do: 'fault', lock: 'store', fault: 'silent', on: true });
    await until('the lock is missed', async () => (await at.holder('store')).state === 'offline');
    await rig.admin.delete(`/v1/credentials/${ids[3]}`);
    expect((await at.rows('store')).filter(({ state }) => state === 'removing')).toHaveLength(1);
    await expect(at.pin(user, code(room))).rejects.toMatchObject({ code: 'system_full' });
    // BCD: the digits of a code are the nibbles on the wire.
    const sent = () => rig.sent('locks').toString('hex');
    expect(sent()).toContain(code(0));
    expect(sent()).not.toContain(code(room));

    await rig.act({ do: 'fault', lock: 'store', fault: 'silent', on: false });
    // On a busy machine the lock may answer too late twice, and the third attempt is two minutes after the second.
    await until('the removal is proved', async () => (await at.holder('store')).used === room - 1, 170_000);
    expect(await at.opens('store', code(3))).toBe(false);
    await at.pin(user, code(room));
    await until('the last is there', async () => confirmed(await at.rows('store')) === room);
    expect(sent()).toContain(code(room));
    expect(await at.opens('store', code(room))).toBe(true);
  }, 240_000);
});

describe('an NX-584', () => {
  beforeEach(async () => {
    at = await slotRig(panelText('nx-584'), { tapped: true });
    await at.start();
  }, 40_000);
  afterEach(() => at.rig.close());

  const arm = (armed: boolean) => at.rig.act({ do: 'arm', partition: 'house', armed });
  const changes = async (): Promise<number> => (await at.devices()).panel?.changes ?? 0;

  test('gets a code with its partitions, proved by reading it back', async () => {
    const user = await at.user('garage');
    await expect(at.pin(user, masterCode), 'the master code').rejects.toMatchObject({ code: 'pin_in_use' });
    await at.pin(user, code(1));
    await until('it is there', async () => confirmed(await at.rows('panel')) === 1);
    const [row] = await at.rows('panel');
    expect(row).toMatchObject({ evidence: 'read_back' });
    // Any slot that was seen to be empty, but never the master's.
    expect(row?.slot).toBeGreaterThan(1);
    const type = (partition: string) => at.rig.act({ do: 'code', partition, digits: code(1) });
    expect(await type('house')).toMatchObject({ state: { taken: false } });
    expect(await type('garage')).toMatchObject({ state: { taken: true } });
  }, 40_000);

  test('after a restart with nothing to do, neither it nor a lock is written', async () => {
    const { rig } = at;
    const devices = ['store', 'depot', 'panel'];
    const user = await at.user('store', 'depot', 'garage');
    for (let i = 0; i < 3; i++) await at.pin(user, code(i));
    for (const name of devices)
      await until(`all are in ${name}`, async () => confirmed(await at.rows(name)) === 3);
    await rig.stop();
    const changed = await changes();
    const slots = () => rig.wires.filter(({ event }) => event === 'slot_written').length;
    const written = slots();
    const told = { locks: rig.sent('locks').length, panel: rig.sent('panel').length };
    await at.start();
    const entries = (await rig.feed()).length;
    await until('the wires are at work', () =>
      (['locks', 'panel'] as const).every((port) => rig.sent(port).length > told[port] + 100),
    );
    expect(await changes()).toBe(changed);
    expect(slots()).toBe(written);
    const since = rig.sent('locks').subarray(told.locks).toString('hex');
    for (let i = 0; i < 3; i++) expect(since).not.toContain(code(i));
    expect((await rig.feed()).slice(entries).filter(({ type }) => /^confirmation\./.test(type))).toEqual([]);
  }, 60_000);

  test('armed in the middle of a batch it gets nothing more, and the rest when it is disarmed', async () => {
    const user = await at.user('house');
    for (let i = 0; i < 30; i++) await at.pin(user, code(i));
    await until('the batch has begun', async () => ((await at.devices()).panel?.in_use ?? 0) >= 3);
    await arm(true);
    const then = await changes();
    await until('the rest waits', async () => {
      const rows = await at.rows('panel');
      return rows.every(({ state, reason }) => state === 'confirmed' || reason === 'panel_armed');
    });
    const waiting = (await at.rows('panel')).filter(({ reason }) => reason === 'panel_armed').length;
    expect(waiting).toBeGreaterThan(0);
    // The order that was on the wire.
    expect((await changes()) - then).toBeLessThanOrEqual(1);
    await arm(false);
    await until('all are there', async () => confirmed(await at.rows('panel')) === 30, 60_000);
    expect((await at.devices()).panel?.in_use).toBe(30);
  }, 120_000);

  test('a code revoked while it is armed is refused at the door at once, and goes when it is disarmed', async () => {
    const { rig } = at;
    const id = await at.pin(await at.user('front', 'house'), code(7));
    await until('it is there', async () => confirmed(await at.rows('panel')) === 1);
    await arm(true);
    await until('it is known to be armed', async () => {
      const { doors } = await rig.admin.get<{ doors: { partitions: { name: string; state: string }[] } }>(
        '/v1/system',
      );
      return doors.partitions.find(({ name }) => name === 'house')?.state === 'armed';
    });
    const since = performance.now();
    await rig.admin.delete(`/v1/credentials/${id}`);
    expect(performance.now() - since).toBeLessThan(1_000);
    const seen = (await rig.feed()).length;
    await rig.act({ do: 'keys', reader: 'front', keys: `${code(7)}#` });
    await until('the door has decided', async () =>
      (await rig.feed()).slice(seen).some(({ type }) => type === 'access.refused'),
    );
    expect(await at.rows('panel')).toMatchObject([{ state: 'removing', reason: 'panel_armed' }]);
    expect((await at.devices()).panel?.in_use).toBe(1);
    await arm(false);
    await until('it is gone', async () => (await at.devices()).panel?.in_use === 0, 60_000);
    await until('its row is gone', async () => (await at.rows('panel')).length === 0);
  }, 120_000);
});

describe('an Elk M1', () => {
  test('gets a code, proved by asking in which areas it is live', async () => {
    at = await slotRig(panelText('elk-m1'));
    try {
      await at.start();
      await at.pin(await at.user('garage'), code(1));
      await until('it is there', async () => confirmed(await at.rows('panel')) === 1, 30_000);
      expect(await at.rows('panel')).toMatchObject([{ evidence: 'verified', slot: 2 }]);
      const type = (partition: string) => at.rig.act({ do: 'code', partition, digits: code(1) });
      expect(await type('house')).toMatchObject({ state: { taken: false } });
      expect(await type('garage')).toMatchObject({ state: { taken: true } });
    } finally {
      await at.rig.close();
    }
  }, 60_000);
});

/** How often the daemon is killed: `npm run test:crash` wants it fifty times. */
const batches = Number(process.env['CODE_BATCHES'] ?? 8);

test(
  'a hundred codes, while the daemon is killed again and again: each is there once',
  async () => {
    await killedProgramming(batches);
  },
  batches * 20_000,
);
