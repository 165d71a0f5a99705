import { expect, test } from 'vitest';
import { Secret } from '../../src/core/secret.ts';
import { plainly, type SiteOptions, siteUnderTest } from './site-under-test.ts';

const master = '314159';
const password = 'Tr0ub4dor';

/** The site of the other tests with an Elk M1 on its secure port; the line itself is in memory. */
const secured = (certificate: string): SiteOptions => ({
  masterCode: master,
  login: `postern\n${password}`,
  adapt: (text) =>
    text.replace(
      /\[panel\][\s\S]*/,
      `[ports.panel]
kind = "tls"
host = "127.0.0.1"
port = PANEL_PORT
certificate = "${certificate}"

[panel]
model = "elk-m1"
port = "panel"
code_file = "master-code"
login_file = "panel.login"

[panel.partitions.house]
number = 1
`,
    ),
});

async function panelSite(certificate = '7C'.repeat(32)) {
  const all = await siteUnderTest(secured(certificate));
  const panel = () => all.admin.holders.list().find(({ kind }) => kind === 'panel');
  await all.until('the panel is online', () => panel()?.state === 'online', 60_000);
  return { ...all, panel };
}

test('a PIN reaches the panel through its secure port, and no word of the login leaves the daemon', async () => {
  const { admin, devices, done, until, log, feed, stored, panel } = await panelSite();
  expect(panel()).toMatchObject({ detail: null, misconfigured: null });
  const nothing = { external_id: null, valid_from: null, valid_until: null };
  const fields = { email: null, mobile: null, department: null, language: null };
  const names = { first_name: '', last_name: 'Ada', kind: 'member' } as const;
  const user_id = (await done(admin.users.create({ ...nothing, ...fields, ...names }, plainly))).object.id;
  const target = { partition: 'house' };
  await done(admin.access.create({ ...nothing, user_id, target, schedule_id: null }, plainly));
  const value = new Secret('084926');
  const credential = { kind: 'pin', state: 'programmed', duress: false, uses_left: null, value } as const;
  await done(admin.credentials.create({ ...nothing, ...credential, user_id }, plainly));
  await until('the panel has the code', () => devices.state().panel?.in_use === 1, 60_000);

  const kept = [...(await stored()).values()].map((bytes) => bytes.toString('latin1')).join('\n');
  expect(`${log.join('\n')}${JSON.stringify(await feed())}${kept}`).not.toMatch(/Tr0ub4dor|VHIwdWI0ZG9y/);
});

test('a password that is refused is told once, with what to mend, and so is its end', async () => {
  const { devices, lines, until, feed, panel } = await panelSite();
  devices.panel().fault('refuses_login', true);
  lines.get('panel')?.unplug();
  lines.get('panel')?.plugIn();
  await until('it is told', () => panel()?.misconfigured !== null, 60_000);
  expect(panel()).toMatchObject({ misconfigured: expect.stringContaining('panel.login') });
  devices.panel().fault('refuses_login', false);
  await until('the panel is back', () => panel()?.state === 'online', 120_000);
  await until('it is set up rightly', () => panel()?.misconfigured === null);
  const told = (await feed()).flatMap(({ type }) => (/configured$/.test(type) ? [type] : []));
  expect(told).toEqual(['holder.misconfigured', 'holder.configured']);
});

test('a panel that has to prove nothing is shown as insecure', async () => {
  const { panel } = await panelSite('any');
  expect(panel()).toMatchObject({ state: 'online', detail: expect.stringMatching(/^INSECURE/) });
});
