import { Secret } from '../../../src/core/secret.ts';
import type { SiteCodePanel } from '../../../src/core/site.ts';
import { parseFrame } from '../../../src/panel/nx-584/frame.ts';
import { nxPanel } from '../../../src/panel/nx-584/nx-panel.ts';
import type { AnyReport } from '../../../src/panel/nx-584/panel-watch.ts';
import { type NxOptions, nxPanel as simulatedPanel } from '../../../src/sim/nx-panel.ts';
import { logPlaces } from '../../support/log-place.ts';
import { memoryLine } from '../../support/memory-line.ts';
import { virtualClock } from '../../support/virtual-clock.ts';

export const masterCode = '1234';

/** An NX panel of a site file, its master in slot 1, partitions `main` (1) and `store` (2). */
export function sitePanel(
  wire: 'ascii' | 'binary' = 'ascii',
  partitions: Readonly<Record<string, number>> = { main: 1, store: 2 },
): SiteCodePanel {
  return {
    kind: 'nx_584',
    id: '00000000-0000-5000-8000-000000000001',
    name: 'panel',
    port: 'panel',
    model: {
      name: 'nx-8e',
      title: 'NX-8E',
      kind: 'nx_584',
      programs_while_armed_from: null,
      traits: {
        capacity: 99,
        first_slot: 1,
        reserved_slots: [1],
        code_lengths: [4, 6],
        confirm_at: 'read_back',
        removal_proof: 'read_back',
        reads: 'digits',
        sleeps: false,
      },
    },
    wire,
    code_file: '/etc/postern/panel-code',
    programming: { armed_changes: 'keep', changed_on_device: 'leave', quarantine_ms: 0 },
    partitions: Object.entries(partitions).map(([name, number]) => ({
      id: `00000000-0000-5000-8000-00000000001${number}`,
      name,
      number,
    })),
  };
}

/** The driver and a simulated panel on a memory line, not started. */
export function wiredPanel(
  options: NxOptions & { named?: Readonly<Record<string, number>>; logPlace?: string | null } = {},
  master: string | null = masterCode,
) {
  const clock = virtualClock();
  const { line, far } = memoryLine(clock, 'panel', 38_400);
  const places = logPlaces(options.logPlace);
  const driver = () =>
    nxPanel(
      sitePanel(options.wire, options.named),
      master === null ? null : new Secret(master),
      line,
      clock,
      'UTC',
      places.next(),
    );
  const panel = driver();
  const sim = simulatedPanel(clock, far.send, { master: masterCode, ...options });
  far.onData(sim.receive);
  const reports: AnyReport[] = [];
  return {
    clock,
    line,
    far,
    panel,
    sim,
    reports,
    /** Numbers of all messages the driver has sent, acknowledgements included. */
    sent: (): number[] =>
      far.written.flatMap((bytes) => {
        const parsed = parseFrame(bytes, options.wire ?? 'ascii');
        return parsed.type === 'frame' ? [parsed.frame.number] : [];
      }),
    logPlace: places.kept,
    start: () => panel.start((report) => reports.push(report)),
    /** The daemon ends; the function given back begins its next life. */
    async stop(): Promise<() => void> {
      await panel.close();
      return () => {
        far.plugIn();
        driver().start((report) => reports.push(report));
      };
    },
    ofType: <T extends AnyReport['type']>(type: T) =>
      reports.filter((report): report is Extract<AnyReport, { type: T }> => report.type === type),
    state: (partition: string) =>
      reports.findLast(
        (report): report is Extract<AnyReport, { type: 'partition' }> =>
          report.type === 'partition' && report.partition === partition,
      )?.state ?? 'unknown',
    /** Lets time pass, and everything that awaits go on. */
    async pass(ms: number, stepMs = 5): Promise<void> {
      for (let passed = 0; passed < ms; passed += stepMs) {
        clock.advance(stepMs);
        await new Promise<void>((resolve) => setImmediate(resolve));
      }
    },
    /** The outcome of an order, which may take so long by the clock. */
    async settled<T>(order: Promise<T>, withinMs = 60_000): Promise<T> {
      let over = false;
      const note = () => {
        over = true;
      };
      order.then(note, note);
      const end = clock.mono() + withinMs;
      while (!over && clock.mono() < end) {
        clock.advance(5);
        await new Promise<void>((resolve) => setImmediate(resolve));
      }
      if (!over) throw new Error(`the order took longer than ${withinMs} ms`);
      return order;
    },
  };
}
