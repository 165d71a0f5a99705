import { connect } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import type { HolderReport } from '../../src/core/holder.ts';
import type { PanelEvent, PanelReport } from '../../src/core/panel.ts';
import { Secret } from '../../src/core/secret.ts';
import type { Site, TlsPort } from '../../src/core/site.ts';
import { lineFor } from '../../src/hal/line-for.ts';
import { systemClock } from '../../src/hal/system-clock.ts';
import { panelFor } from '../../src/panel/panel-for.ts';
import { type ServedSite, serveSite } from '../../src/sim/served-site.ts';
import { untilReally } from '../contract/line.ts';
import { sitePanel } from '../panel/elk-m1/elk-site.ts';
import { twoDoors } from '../support/door-site.ts';
import { logPlaces } from '../support/log-place.ts';

const master = new Secret('314159');
const login = { user: new Secret('postern'), password: new Secret('Tr0ub4dor') };
const clock = systemClock();
const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** The simulated panel on its secure port, served on this machine as `postern demo` does. */
async function servedPanel(version: TlsPort['version'] = '1.2'): Promise<ServedSite & { port: TlsPort }> {
  const host = '127.0.0.1';
  const rest = { name: 'panel', kind: 'tls', baud: 115_200, version, trust: { by: 'nothing' } } as const;
  const panel = { ...sitePanel, port: 'panel', login_file: '/etc/postern/panel.login' };
  const site: Site = {
    ...twoDoors,
    ports: [{ ...rest, host, port: 0 }],
    readers: [],
    locks: [],
    doors: [],
    panel,
  };
  const served = await serveSite(site, { host, port: 0 }, clock, master, null, login);
  ends.push(served.close);
  const sha256 = (served.certificates['panel'] ?? '').replaceAll(':', '');
  return {
    ...served,
    port: { ...rest, host, port: served.ports['panel'] ?? 0, trust: { by: 'fingerprint', sha256 } },
  };
}

/** The driver on that port, started. */
function driven(port: TlsPort, known = login) {
  const reports: (PanelReport | HolderReport | PanelEvent)[] = [];
  const line = lineFor(port, clock, () => 0);
  const driver = panelFor({ ...sitePanel, login_file: '/etc/postern/panel.login' }, master, line, clock, {
    timeZone: 'UTC',
    logPlace: logPlaces().next(),
    login: known,
    random: (size) => new Uint8Array(size).fill(77),
  });
  ends.push(driver.close);
  driver.start((report) => reports.push(report));
  return { driver, reports, heard: (type: string) => reports.filter((one) => one.type === type) };
}

test.each(['1.0', '1.2', '1.3'] as const)(
  'over TLS %s, past the certificate and the login, the panel is there and takes a code',
  async (version) => {
    const { port } = await servedPanel(version);
    const { driver, heard, reports } = driven(port);
    await untilReally(() => heard('partition').length === 2, 'the panel says that it is disarmed');
    expect(heard('online')).toEqual([{ type: 'online', firmware: '5.1.12' }]);
    expect(await driver.write(12, new Secret('084926'), ['house'], () => true)).toEqual({
      ok: true,
      evidence: 'verified',
    });
    expect(JSON.stringify(reports)).not.toMatch(/Tr0ub4dor|314159|084926/);
  },
);

test('a panel with another certificate is told neither name nor password, and is shown with its fingerprint', async () => {
  const { port, certificates } = await servedPanel();
  const { heard } = driven({ ...port, trust: { by: 'fingerprint', sha256: '0'.repeat(64) } });
  await untilReally(() => heard('offline').length > 0, 'the panel is offline');
  expect(heard('offline')).toMatchObject([{ detail: expect.stringContaining(certificates['panel'] ?? '?') }]);
  expect(heard('misconfigured')).toEqual([]);
});

/** What a control connection is answered. */
async function told(served: ServedSite, request: Record<string, unknown>): Promise<unknown> {
  const socket = connect({ host: '127.0.0.1', port: served.control });
  socket.write(`${JSON.stringify(request)}\n`);
  const answer = await new Promise<Buffer>((resolve) => socket.once('data', resolve));
  socket.destroy();
  return JSON.parse(answer.toString());
}

test('its login is refused and taken by order, while it runs; whoever asks is told its fingerprint', async () => {
  const served = await servedPanel();
  const fault = { do: 'fault', panel: true, fault: 'refuses_login' };
  expect(await told(served, { ...fault, on: true })).toMatchObject({ ok: true });
  const refused = driven(served.port);
  await untilReally(() => refused.heard('misconfigured').length > 0, 'the login is refused');
  expect(await told(served, { ...fault, on: false })).toMatchObject({ ok: true });
  const taken = driven(served.port);
  await untilReally(() => taken.heard('online').length > 0, 'the panel is online');
  const certificate = served.certificates['panel'];
  expect(await told(served, { do: 'state' })).toMatchObject({ state: { ports: { panel: { certificate } } } });
});

test('a wrong password is a panel that is set up wrongly', async () => {
  const { port } = await servedPanel();
  const { heard } = driven(port, { ...login, password: new Secret('Tr1ub4dor') });
  await untilReally(() => heard('misconfigured').length > 0, 'the panel refuses');
  expect(heard('misconfigured')).toMatchObject([{ detail: expect.stringMatching(/panel\.login/) }]);
  expect(heard('online')).toEqual([]);
});
