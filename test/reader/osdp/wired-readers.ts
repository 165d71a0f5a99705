import type { ReaderReport } from '../../../src/core/reader.ts';
import type { SiteReader } from '../../../src/core/site.ts';
import { osdpBus } from '../../../src/reader/osdp/bus.ts';
import { osdpReaders } from '../../../src/sim/osdp-reader.ts';
import { memoryLine } from '../../support/memory-line.ts';
import { virtualClock } from '../../support/virtual-clock.ts';

export function siteReader(address: number, more: Partial<SiteReader> = {}): SiteReader {
  return {
    id: `00000000-0000-5000-8000-00000000000${address}`,
    name: `r${address}`,
    protocol: 'osdp',
    port: 'readers',
    address,
    secure: false,
    uid: null,
    keypad: { fixed_length: null, inter_digit_timeout_ms: 5000 },
    ...more,
  };
}

/**
 * An OSDP bus with simulated readers on a memory line that takes the time a real one takes: 10 bits a byte both ways, and `turnaround`
 * ms before a reader answers. Every report is kept with its time.
 */
export function wiredReaders(addresses: readonly number[], { baud = 115_200, turnaround = 3 } = {}) {
  const clock = virtualClock();
  const { line, far } = memoryLine(clock, 'readers', baud);
  const bus = osdpBus(
    addresses.map((address) => siteReader(address)),
    line,
    clock,
  );
  const byteTime = 10_000 / baud;
  const reports: { at: number; reader: string; report: ReaderReport }[] = [];
  let freeAt = 0;
  const readers = osdpReaders(clock, (bytes) => {
    freeAt = Math.max(freeAt, clock.mono()) + bytes.length * byteTime;
    far.send(bytes, freeAt - clock.mono());
  });
  far.onData((bytes) => {
    clock.after(bytes.length * byteTime + turnaround, () => readers.receive(bytes));
  });
  for (const address of addresses) readers.reader(address);
  bus.start((reader, report) => reports.push({ at: clock.mono(), reader, report }));
  const of = <T extends ReaderReport['type']>(address: number, type: T) =>
    reports
      .filter(({ reader }) => reader === `r${address}`)
      .map(({ report }) => report)
      .filter((report): report is Extract<ReaderReport, { type: T }> => report.type === type);
  return { clock, bus, far, reports, of, reader: readers.reader };
}
