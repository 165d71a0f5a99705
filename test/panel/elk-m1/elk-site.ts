import type { HolderReport } from '../../../src/core/holder.ts';
import type { ArmState, PanelEvent, PanelReport } from '../../../src/core/panel.ts';
import { Secret } from '../../../src/core/secret.ts';
import type { SiteCodePanel } from '../../../src/core/site.ts';
import { elkPanel } from '../../../src/panel/elk-m1/elk-panel.ts';
import { type ElkOptions, elkPanel as simulatedElk } from '../../../src/sim/elk-panel.ts';
import { logPlaces } from '../../support/log-place.ts';
import { memoryLine } from '../../support/memory-line.ts';
import { type VirtualClock, virtualClock } from '../../support/virtual-clock.ts';

export const master = '314159';
export const masterSlot = 1;

const id = '00000000-0000-4000-8000-000000000000';

/** A panel with the partitions `house` (area 1) and `garage` (area 2). */
export const sitePanel: SiteCodePanel = {
  kind: 'elk_m1',
  id,
  name: 'panel',
  port: 'panel',
  model: {
    name: 'elk-m1',
    title: 'Elk M1',
    kind: 'elk_m1',
    traits: {
      capacity: 199,
      first_slot: 1,
      reserved_slots: [masterSlot],
      code_lengths: [4, 6],
      confirm_at: 'verified',
      removal_proof: 'acknowledged',
      reads: 'nothing',
      sleeps: false,
    },
    programs_while_armed_from: null,
  },
  wire: 'ascii',
  code_file: '/etc/postern/panel.code',
  programming: { armed_changes: 'keep', changed_on_device: 'leave', quarantine_ms: 0 },
  partitions: [
    { id, name: 'house', number: 1 },
    { id, name: 'garage', number: 2 },
  ],
};

/** The driver and the simulated panel, on a line, not started. */
export function elkSite(options: Partial<ElkOptions> = {}, clock: VirtualClock = virtualClock()) {
  const { line, far } = memoryLine(clock, 'panel');
  const users = [
    { slot: masterSlot, code: master, areas: 0xff, master: true },
    { slot: 9, code: '271828', areas: 0xff },
    ...(options.users ?? []),
  ];
  const elk = simulatedElk(clock, far.send, { codeLength: 6, ...options, users });
  far.onData(elk.receive);
  let seed = 7;
  const random = (size: number) =>
    Uint8Array.from({ length: size }, () => {
      seed = (seed * 1103515245 + 12345) % 2 ** 31;
      return seed >> 16;
    });
  const places = logPlaces();
  const driver = () => elkPanel(sitePanel, new Secret(master), line, clock, random, places.next());
  const panel = driver();
  return { clock, panel, driver, elk, far, line, random };
}

export type ElkReport = PanelReport | HolderReport | PanelEvent;

/** The same, started and synchronised, with what it has reported. */
export function elkUnderTest(options: Partial<ElkOptions> = {}) {
  const site = elkSite(options);
  const { clock, panel, far } = site;
  const reports: ElkReport[] = [];
  panel.start((report) => reports.push(report));
  clock.advance(3000);

  /** Lets time pass until the order is answered. */
  const settled = async <T>(order: Promise<T>, withinMs = 120_000): Promise<T> => {
    let over = false;
    void order.finally(() => {
      over = true;
    });
    const end = clock.mono() + withinMs;
    for (await turn(); !over && clock.mono() < end; await turn()) clock.advance(100);
    if (!over) throw new Error(`no answer within ${withinMs} ms`);
    return order;
  };
  const ofType = <T extends ElkReport['type']>(type: T) =>
    reports.filter((report): report is Extract<ElkReport, { type: T }> => report.type === type);
  return {
    ...site,
    reports,
    settled,
    ofType,
    states: (partition: string): ArmState[] =>
      ofType('partition').flatMap((each) => (each.partition === partition ? [each.state] : [])),
    /** What the driver has sent, as lines. */
    sent: (): string[] => far.written.map((bytes) => Buffer.from(bytes).toString('latin1').trimEnd()),
    yes: () => true,
  };
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
