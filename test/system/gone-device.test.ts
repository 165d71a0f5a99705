import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { commandLine } from '../../src/cli/command-line.ts';
import { until } from './deadline.ts';
import { type SlotRig, slotRig } from './slot-site.ts';

/** A lock that leaves the site file and comes back, with real processes; its name is all that Postern knows it by. */

let at: SlotRig;
beforeEach(async () => {
  at = await slotRig(null, { tapped: true });
  await at.start();
}, 40_000);
afterEach(() => at.rig.close());

const postern = async (...argv: string[]): Promise<string> => {
  let said = '';
  const write = (text: string): void => {
    said += text;
  };
  const socket = ['--socket', join(at.rig.directory, 'admin.sock')];
  await commandLine(
    [...argv, ...socket],
    { out: write, err: write, env: {} },
    {
      status: () => import('../../src/cli/status.ts'),
      slots: () => import('../../src/cli/slots.ts'),
      users: () => import('../../src/cli/users.ts'),
    },
  );
  return said;
};

test('is gone with its code, resumes where it was without a byte of it, and says so', async () => {
  const { rig } = at;
  const site = join(rig.directory, 'site.toml');
  const whole = readFileSync(site, 'utf8');
  const user = await at.user('store');
  await at.pin(user, '620101');
  await until('it is there', async () => (await at.rows('store'))[0]?.state === 'confirmed');
  expect(await postern('users', 'show', user)).toMatch(/pin +programmed +- +store +\d +green/);
  expect(await postern('status')).toMatch(/store +decides by itself +- +1 of/);

  await rig.stop();
  writeFileSync(site, whole.replace(/\[(locks|doors)\.store\]\n(.+\n)+/g, ''));
  await rig.start();
  await until('it is missed', async () => (await at.holder('store')).state === 'gone');
  expect(await at.rows('store')).toMatchObject([{ state: 'confirmed', reason: 'holder_gone' }]);
  expect(await postern('slots')).toMatch(/store \(code-lock-10\), GONE from the site file since .*, 1 codes/);
  expect(await postern('status')).toMatch(/store +GONE +1/);

  await rig.stop();
  writeFileSync(site, whole);
  const before = rig.sent('locks').length;
  await rig.start();
  await until('it is back', async () => (await at.holder('store')).state === 'online');
  await until('it is known again', async () => (await at.rows('store'))[0]?.reason === null);
  expect(rig.sent('locks').subarray(before).toString('hex')).not.toContain('620101');
  expect(await at.opens('store', '620101')).toBe(true);
  const types = (await rig.feed()).map(({ type }) => type).filter((type) => /^holder\.(gone|ret)/.test(type));
  expect(types).toEqual(['holder.gone', 'holder.returned']);
}, 90_000);
