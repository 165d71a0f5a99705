import { randomBytes } from 'node:crypto';
import type { ReaderKeys } from '../src/core/reader.ts';
import type { SiteReader } from '../src/core/site.ts';
import { osdpBus } from '../src/reader/osdp/bus.ts';
import { pollInterval } from '../src/reader/osdp/session-state.ts';
import { osdpReaders } from '../src/sim/osdp-reader.ts';
import type { BenchLine } from './bench-line.ts';
import { pacedBus } from './paced-bus.ts';
import { quantile } from './samples.ts';
import { seededRandom } from './world.ts';

const cards = 300;
/** Sheet 9: turnaround of a reader, and what a host takes. Lengths of frames with their mark, with CRC. */
const turnaroundMs = 3;
const hostMs = 2;
const lengths = {
  plain: { poll: 9, ack: 9, card: 17 },
  secured: { poll: 15, ack: 15, card: 31 },
} as const;
type Channel = keyof typeof lengths;
/** Which the sheet calls common, and its arithmetic knows nothing of ours. */
const usualIntervalMs = 50;

/** S12: from a card shown at a reader to its report, on a bus whose bytes take their time, against the arithmetic of the sheet. */
export function run(): Promise<BenchLine[]> {
  const lines = (['plain', 'secured'] as const).flatMap((channel) => [
    ...[9_600, 115_200].flatMap((baud) => [1, 4, 8].map((count) => measured(baud, count, channel))),
    measured(115_200, 16, channel),
  ]);
  return Promise.resolve(lines);
}

function measured(baud: number, count: number, channel: Channel): BenchLine {
  const { clock, driverClock, line, byteMs, attach } = pacedBus(baud, 10, turnaroundMs);
  const readers = Array.from({ length: count }, (_, address) => siteReader(address, channel));
  const simulated: ReturnType<typeof osdpReaders>[] = [];
  attach((send) => {
    const all = osdpReaders(clock, send);
    for (const { address, secure } of readers) all.reader(address).setKey(secure ? keyFor(address) : null);
    simulated.push(all);
    return all.receive;
  });
  let reported: number | null = null;
  const bus = osdpBus(readers, line, driverClock, { keys, random: randomBytes });
  bus.start((_, report) => {
    if (report.type === 'card') reported = clock.mono();
  });
  clock.advance(5_000);

  const random = seededRandom(4);
  const samples = new Float64Array(cards);
  for (let n = 0; n < cards; n++) {
    clock.advance(500 + random(1_000) / 7);
    reported = null;
    const shown = clock.mono();
    simulated[0]?.reader(n % count).present({ facility: 12, number: n });
    while (reported === null && clock.mono() - shown < 5_000) clock.advance(0.25);
    samples[n] = (reported ?? Number.POSITIVE_INFINITY) - shown;
  }
  const { poll, ack, card } = lengths[channel];
  const exchange = (poll + ack + 2) * byteMs + turnaroundMs + hostMs;
  const worst = Math.max(usualIntervalMs, count * exchange) + (card - ack) * byteMs;
  // The sheet has a card shown when an ACK is over; one shown when the ACK is decided on waits for turnaround and ACK more.
  const cycle = Math.max(pollInterval, count * (exchange - hostMs));
  const possible = cycle + turnaroundMs + card * byteMs;
  const [p50, longest] = [quantile(samples, 0.5), quantile(samples, 1)];
  return {
    goal: 'S12',
    what: `OSDP ${channel === 'plain' ? 'in plain' : 'secured'}, ${baud} baud, ${count} reader${count > 1 ? 's' : ''}: card to report, paced bus, ${cards} cards`,
    target: `longest <= 1.2x ${worst.toFixed(0)} ms, the sheet's worst case`,
    measured: `longest ${longest.toFixed(0)} ms, ${(longest / worst).toFixed(2)}x, of what is possible here with a host that takes no time ${(longest / possible).toFixed(2)}x; p50 ${p50.toFixed(0)} ms`,
    met: longest <= 1.2 * worst,
  };
}

const keyFor = (address: number): Uint8Array =>
  Uint8Array.from({ length: 16 }, (_, at) => (at * 37 + address * 101 + 13) & 0xff);

const keys: ReaderKeys = {
  of: (reader) => ({ current: keyFor(Number(reader.replace('reader-', ''))), pending: null, identity: null }),
};

const siteReader = (address: number, channel: Channel): SiteReader => ({
  id: `reader-${address}`,
  name: `reader-${address}`,
  protocol: 'osdp',
  port: 'paced',
  address,
  secure: channel === 'secured',
  uid: null,
  keypad: { fixed_length: null, inter_digit_timeout_ms: 5_000 },
});
