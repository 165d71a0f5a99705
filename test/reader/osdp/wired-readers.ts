import type { ReaderReport, ReaderSecrets } from '../../../src/core/reader.ts';
import type { ReaderOutput } from '../../../src/core/reader-output.ts';
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
export function wiredReaders(
  addresses: readonly number[],
  {
    baud = 115_200,
    turnaround = 3,
    secure = false,
    keyed = true,
    inputs = false,
    outputs = [] as readonly number[],
  } = {},
) {
  const clock = virtualClock();
  const { line, far } = memoryLine(clock, 'readers', baud);
  const bus = osdpBus(
    addresses.map((address) =>
      siteReader(address, { secure, inputs_used: inputs, outputs: outputs.map(sounderAt) }),
    ),
    line,
    clock,
    { keys: { of: (name) => secrets.get(name) ?? unknown }, random: freshBytes() },
  );
  const secrets = new Map<string, ReaderSecrets>();
  const byteTime = 10_000 / baud;
  const reports: { at: number; reader: string; report: ReaderReport }[] = [];
  /** All that readers have put on the line, a frame or a piece of one each. */
  const spoken: Uint8Array[] = [];
  let freeAt = 0;
  const readers = osdpReaders(clock, (bytes) => {
    spoken.push(bytes);
    freeAt = Math.max(freeAt, clock.mono()) + bytes.length * byteTime;
    far.send(bytes, freeAt - clock.mono());
  });
  far.onData((bytes) => {
    clock.after(bytes.length * byteTime + turnaround, () => readers.receive(bytes));
  });
  for (const address of addresses) {
    const reader = readers.reader(address);
    if (!secure || !keyed) continue;
    reader.setKey(keyFor(address));
    secrets.set(`r${address}`, { ...unknown, current: keyFor(address) });
  }
  bus.start((reader, report) => reports.push({ at: clock.mono(), reader, report }));
  const of = <T extends ReaderReport['type']>(address: number, type: T) =>
    reports
      .filter(({ reader }) => reader === `r${address}`)
      .map(({ report }) => report)
      .filter((report): report is Extract<ReaderReport, { type: T }> => report.type === type);
  return { clock, bus, far, reports, of, secrets, spoken, reader: readers.reader };
}

const sounderAt = (output: number): ReaderOutput => ({
  ...{ name: `sounder-${output}`, output, follows: 'alarm', for_ms: null },
});

const unknown: ReaderSecrets = { current: null, pending: null, identity: null };
export const keyFor = (address: number): Uint8Array =>
  Uint8Array.from({ length: 16 }, (_, at) => (at * 37 + address * 101 + 13) & 0xff);

/** Bytes that are never the same twice. */
function freshBytes() {
  let count = 0;
  return (size: number) => {
    count += 1;
    return Uint8Array.from({ length: size }, (_, at) => (count >> (8 * at)) & 0xff);
  };
}
