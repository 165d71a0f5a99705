import { describe, expect, test } from 'vitest';
import type { PanelReport } from '../../../src/core/panel.ts';
import type { SiteContactPanel } from '../../../src/core/site.ts';
import { modbusLine } from '../../../src/lock-bus/modbus-line.ts';
import { relayLockBus } from '../../../src/lock-bus/relay-lock-bus.ts';
import { dryContactPanel } from '../../../src/panel/dry-contact/dry-contact.ts';
import { type ContactFault, contactFaults } from '../../../src/sim/contact-panel.ts';
import { simulatedSite } from '../../../src/sim/site.ts';
import { twoDoors } from '../../support/door-site.ts';
import { memoryLine } from '../../support/memory-line.ts';
import { virtualClock } from '../../support/virtual-clock.ts';

/** The driver on the simulated panel's contacts, over the Modbus line of the locks. */
function wired(contacts: 1 | 2) {
  const house = { id: 'house', name: 'house', disarmed_input: 0, armed_input: contacts === 2 ? 1 : null };
  const site: SiteContactPanel = { kind: 'dry_contact', port: 'locks', unit: 2, partitions: [house] };
  const clock = virtualClock();
  const { line, far } = memoryLine(clock, 'locks', 9600);
  const simulated = simulatedSite(
    { ...twoDoors, panel: site },
    clock,
    (port, bytes) => port === 'locks' && far.send(bytes),
    () => {},
  );
  far.onData((bytes) => simulated.receive('locks', bytes));
  const bus = relayLockBus([], modbusLine(line, clock), clock);
  const driver = dryContactPanel(site, bus, clock);
  const reports: PanelReport[] = [];
  driver.start((report) => reports.push(report));
  bus.start(() => {});
  clock.advance(5_000);
  const states = () => reports.flatMap((one) => (one.type === 'partition' ? [one.state] : []));
  return {
    clock,
    panel: simulated.panel(),
    states,
    state: () => states().at(-1),
    wiringFaults: () => reports.flatMap((one) => (one.type === 'trouble' ? [one.active] : [])),
    close: () => bus.close(),
  };
}

/** How a disarmed partition stands, by one contact and by two, while a fault lasts. */
const shows: Record<ContactFault, { one: string; two: string }> = {
  cut: { one: 'armed', two: 'unknown' },
  // One contact cannot tell a crushed cable from a closed contact: that is why there may be two.
  crushed: { one: 'disarmed', two: 'unknown' },
  dead_relay: { one: 'armed', two: 'unknown' },
  blinks: { one: 'arming', two: 'arming' },
  board_silent: { one: 'unknown', two: 'unknown' },
  board_wrong_crc: { one: 'unknown', two: 'unknown' },
};

describe.each(contactFaults)('%s', (fault) => {
  test.each([1, 2] as const)('with contacts: %d', async (contacts) => {
    const { clock, panel, state, wiringFaults, close } = wired(contacts);
    expect(state()).toBe('disarmed');
    panel.fault(fault, true);
    clock.advance(20_000);
    expect(state()).toBe(contacts === 1 ? shows[fault].one : shows[fault].two);
    const wiring = contacts === 2 && ['cut', 'crushed', 'dead_relay'].includes(fault);
    expect(wiringFaults()).toEqual(wiring ? [true] : []);
    panel.fault(fault, false);
    clock.advance(30_000);
    expect(state()).toBe('disarmed');
    expect(wiringFaults()).toEqual(wiring ? [true, false] : []);
    await close();
  });

  test('an armed partition with two contacts is never called disarmed', async () => {
    const { clock, panel, state, states, close } = wired(2);
    panel.arm('house', true);
    clock.advance(5_000);
    expect(state()).toBe('armed');
    const before = states().length;
    panel.fault(fault, true);
    clock.advance(20_000);
    panel.fault(fault, false);
    clock.advance(30_000);
    expect(states().slice(before)).not.toContain('disarmed');
    expect(state()).toBe('armed');
    await close();
  });
});
