import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { secretForms } from '../support/secret-forms.ts';
import { until } from './deadline.ts';
import { type SlotRig, slotRig } from './slot-site.ts';

/** A backup of the running daemon, and the restore of it: real processes, real bytes. */
const cli = join(import.meta.dirname, '..', '..', 'dist', 'cli.js');
let at: SlotRig;

beforeEach(async () => {
  at = await slotRig(null, { tapped: true });
  writeFileSync(join(at.rig.directory, 'backup.key'), `${'3fa7'.repeat(15)}0cd1`, { mode: 0o600 });
  await at.start();
}, 40_000);
afterEach(() => at.rig.close());

function postern(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  const { directory } = at.rig;
  const given = ['--config', join(directory, 'site.toml'), '--key-file', join(directory, 'backup.key')];
  return new Promise((resolve) => {
    execFile(process.execPath, [cli, ...argv, ...given], (error, out, err) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, err });
    });
  });
}
const confirmed = (count: number) =>
  until(`${count} codes are confirmed`, async () => {
    const rows = await at.rows('store');
    return rows.length === count && rows.every(({ state }) => state === 'confirmed');
  });
/** BCD: the digits of a code are the nibbles on the wire. */
const writes = (digits: string): number => at.rig.sent('locks').toString('hex').split(digits).length - 1;

describe('a backup of a running site', () => {
  test('brings back what was removed since, reads what a lock holds, and writes only what differs', async () => {
    const { rig } = at;
    const [stays, leaves, comes] = ['620101', '620202', '620303'];
    const one = await at.user('store');
    const other = await at.user('store');
    await at.pin(one, stays);
    const gone = await at.pin(other, leaves);
    await confirmed(2);
    const { token } = await rig.admin.post<{ token: string }>('/v1/keys', {
      name: 'portal',
      scopes: ['users:read'],
    });
    const { feed_cursor: cursor } = await rig.admin.get<{ feed_cursor: string }>('/v1/system');

    // It is written to all the time: the backup is what there was at one moment.
    let busy = true;
    const writing = (async () => {
      while (busy) await rig.admin.post('/v1/users', { last_name: 'Crowd' });
    })();
    const file = join(rig.directory, 'site.backup');
    const made = await postern('backup', file);
    busy = false;
    await writing;
    expect([made.code, made.err]).toEqual([0, '']);
    const bytes = readFileSync(file);
    const secrets = [
      stays,
      leaves,
      token,
      readFileSync(join(rig.directory, 'site.key'), 'utf8').trim(),
      'Crowd',
    ];
    for (const secret of secrets) {
      // Six digits in a row of bytes may come about by chance; as text they do not.
      const forms = secretForms(secret).filter(({ length }) => length >= 5);
      expect(
        forms.some((form) => bytes.includes(form)),
        secret,
      ).toBe(false);
    }

    await rig.admin.delete(`/v1/credentials/${gone}`);
    await at.pin(one, comes);
    await until('the lock has followed', async () => (await at.rows('store')).length === 2);
    await confirmed(2);
    const asked = await postern('restore', file, '--dry-run');
    expect(asked.out).toMatch(/COME BACK.*\(1\):\n {2}PIN of Test store\n/);
    expect((await postern('restore', file, '--yes')).err).toMatch(/another Postern daemon/);

    await rig.stop();
    expect((await postern('restore', file)).code).toBe(6);
    const before = { stays: writes(stays), leaves: writes(leaves), comes: writes(comes) };
    const restored = await postern('restore', file, '--yes');
    expect([restored.code, restored.err]).toEqual([0, '']);
    await at.start();
    await confirmed(2);
    expect(writes(stays)).toBe(before.stays);
    expect(writes(leaves)).toBe(before.leaves + 1);
    expect([await at.opens('store', stays), await at.opens('store', leaves)]).toEqual([true, true]);
    await until('the code nobody knows any more is gone', async () => !(await at.opens('store', comes)));
    expect((await rig.feed()).filter(({ type }) => type === 'system.restored')).toHaveLength(1);
    await expect(rig.admin.get('/v1/feed', { after: cursor })).rejects.toMatchObject({ code: 'cursor_gone' });
  }, 90_000);
});
