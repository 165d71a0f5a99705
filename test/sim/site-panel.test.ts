import { describe, expect, test } from 'vitest';
import { Secret } from '../../src/core/secret.ts';
import type { SitePanel } from '../../src/core/site.ts';
import { panelFor } from '../../src/panel/panel-for.ts';
import { obey } from '../../src/sim/control.ts';
import type { SimulatedEvent } from '../../src/sim/simulated-event.ts';
import { simulatedSite } from '../../src/sim/site.ts';
import { sitePanel as elkSite } from '../panel/elk-m1/elk-site.ts';
import { sitePanel as nxSite } from '../panel/nx-584/wired-panel.ts';
import { twoDoors } from '../support/door-site.ts';
import { logPlaces } from '../support/log-place.ts';
import { memoryLine } from '../support/memory-line.ts';
import { virtualClock } from '../support/virtual-clock.ts';

const noWires = { plug: () => {}, state: () => ({}) };
const master = '314159';

function simulated(panel: SitePanel | null, sent: (port: string, bytes: Uint8Array) => void = () => {}) {
  const clock = virtualClock();
  const events: SimulatedEvent[] = [];
  const site = simulatedSite(
    { ...twoDoors, panel },
    clock,
    sent,
    (event) => events.push(event),
    new Secret(master),
  );
  return { clock, site, events, order: (request: unknown) => obey(site, noWires, request, () => 0) };
}

describe.each([
  ['an NX-584', nxSite('ascii', { house: 1, garage: 2 }), 'in_programming'],
  ['an Elk M1', elkSite, 'deaf_to_codes'],
] as const)('%s of a site', (_, panel, fault) => {
  /** The driver, with the site's master code, on the panel's port. */
  async function driven() {
    const heard = new Map<string, string>();
    const all = simulated(panel, (port, bytes) => port === 'panel' && far.send(bytes));
    const { line, far } = memoryLine(all.clock, 'panel', 38_400);
    far.onData((bytes) => all.site.receive('panel', bytes));
    const driver = panelFor(panel, new Secret(master), line, all.clock, {
      timeZone: 'UTC',
      logPlace: logPlaces().next(),
      random: (size) => new Uint8Array(size).fill(77),
    });
    driver.start((report) => {
      if (report.type === 'partition') heard.set(report.partition, report.state);
    });
    const run = async (ms: number): Promise<void> => {
      for (let at = 0; at < ms; at += 50) {
        all.clock.advance(50);
        await new Promise(setImmediate);
      }
    };
    await run(15_000);
    return { ...all, driver, heard, run };
  }

  test('is armed at its keypad, by name and by number, and the driver sees it', async () => {
    const { order, heard, run, site, events } = await driven();
    expect(order({ do: 'arm', partition: 'house', armed: true })).toMatchObject({ ok: true });
    expect(order({ do: 'arm', partition: '2', armed: true })).toMatchObject({ ok: true });
    await run(5_000);
    expect(Object.fromEntries(heard)).toEqual({ house: 'armed', garage: 'armed' });
    expect(site.state().partitions).toEqual({ house: 'armed', garage: 'armed' });
    expect(order({ do: 'arm', partition: 'house', armed: false })).toMatchObject({ ok: true });
    await run(5_000);
    expect(heard.get('house')).toBe('disarmed');
    expect(events).toEqual([
      { event: 'partition_moved', partition: 'house', armed: true },
      { event: 'partition_moved', partition: 'garage', armed: true },
      { event: 'partition_moved', partition: 'house', armed: false },
    ]);
  });

  test('keeps the codes that the driver writes, and takes them at the keypads of their partitions only', async () => {
    const { driver, run, site, order } = await driven();
    const written = driver.write(7, new Secret('246810'), ['garage'], () => true);
    await run(10_000);
    expect(await written).toMatchObject({ ok: true });
    expect(site.state().panel).toMatchObject({ in_use: 1 });
    expect(JSON.stringify(site.state())).not.toMatch(/246810|314159/);
    const type = (partition: string, digits: string) => order({ do: 'code', partition, digits });
    expect(type('house', '246810')).toMatchObject({ state: { taken: false } });
    expect(type('garage', '246811')).toMatchObject({ state: { taken: false } });
    expect(type('garage', '246810')).toMatchObject({ state: { taken: true } });
    expect(site.state().partitions).toEqual({ house: 'disarmed', garage: 'armed' });
    expect(type('garage', '246810')).toMatchObject({ state: { taken: true } });
    expect(site.state().partitions['garage']).toBe('disarmed');
  });

  test('has its faults by name; one that it has not is answered with the right one', () => {
    const { order } = simulated(panel);
    expect(order({ do: 'fault', panel: true, fault, on: true })).toMatchObject({ ok: true });
    expect(order({ do: 'fault', panel: true, fault: 'silnt', on: true })).toMatchObject({
      code: 'invalid_input',
      error: expect.stringMatching(/did you mean "silent"\?/),
    });
    expect(order({ do: 'arm', partition: 'huose', armed: true })).toMatchObject({
      error: expect.stringMatching(/did you mean "house"\?/),
    });
  });
});

test('a panel on dry contacts shows complementary contacts, and has neither codes nor alarms', () => {
  const sent: string[] = [];
  const { order, site } = simulated(twoDoors.panel, (_, bytes) =>
    sent.push(Buffer.from(bytes).toString('hex')),
  );
  // Read two inputs of unit 2 (FC2).
  const inputs = (): string | undefined => {
    site.receive('locks', Buffer.from('020200000002f9f8', 'hex'));
    return sent.at(-1)?.slice(6, 8);
  };
  expect(inputs()).toBe('01');
  expect(order({ do: 'arm', partition: 'house', armed: true })).toMatchObject({ ok: true });
  expect(inputs()).toBe('02');
  expect(site.state()).toMatchObject({ partitions: { house: 'armed' }, panel: null });
  expect(order({ do: 'alarm', partition: 'house', on: true })).toMatchObject({ code: 'invalid_input' });
});

test('a site without a panel says so', () => {
  expect(simulated(null).order({ do: 'arm', partition: 'house', armed: true })).toMatchObject({
    code: 'not_found',
    error: 'this site has no panel',
  });
});
