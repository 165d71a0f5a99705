import type { LockModel, SiteLock } from '../src/core/site.ts';
import { modbusLine } from '../src/lock-bus/modbus-line.ts';
import { relayLockBus } from '../src/lock-bus/relay-lock-bus.ts';
import { relayBoard } from '../src/sim/relay-board.ts';
import type { BenchLine } from './bench-line.ts';
import { pacedBus } from './paced-bus.ts';
import { quantile } from './samples.ts';
import { seededRandom } from './world.ts';

const turnaroundMs = 5;
const bitsPerCharacter = 11;
/** Serial Line 1.02, section 2.5.1.1. */
const silenceMs = (baud: number): number => (baud > 19_200 ? 1.75 : (3.5 * bitsPerCharacter * 1000) / baud);

/** S11: the lock bus on a wire whose bytes take their time: what we add to an exchange, and how long an unlock waits. */
export async function run(): Promise<BenchLine[]> {
  return [await roundTrip(9_600), await roundTrip(115_200), await behindPolling(), await deadBoard()];
}

/** Boards with one lock each, in polling. `dead`: the last board has no power. */
function runningBus(baud: number, boards: number, dead = false) {
  const wire = pacedBus(baud, bitsPerCharacter, turnaroundMs);
  const locks = Array.from({ length: boards }, (_, n) => siteLock(n));
  wire.attach((send) => {
    const board = relayBoard(
      wire.clock,
      send,
      locks.map(({ unit, model }) => ({ unit, model })),
    );
    board.unit(boards).faults.silent = dead;
    return board.receive;
  });
  const bus = relayLockBus(locks, modbusLine(wire.line, wire.driverClock), wire.driverClock);
  bus.start(() => {});
  wire.clock.advance(10_000);
  return { ...wire, bus };
}

/** A line that is never free: what an exchange takes beyond its bytes, the board's turnaround and the silence due. */
async function roundTrip(baud: number): Promise<BenchLine> {
  const { clock, frames, byteMs } = runningBus(baud, 16);
  const [from, first] = [clock.mono(), frames.length];
  const begun = process.cpuUsage();
  clock.advance(60_000);
  const worked = process.cpuUsage(begun).user / 1_000;
  const elapsed = clock.mono() - from;
  const seen = frames.slice(first);
  const exchanges = seen.filter((frame) => frame.from === 'driver').length;
  const bytes = seen.reduce((sum, frame) => sum + frame.bytes.length, 0);
  const due = bytes * byteMs + exchanges * (turnaroundMs + silenceMs(baud));
  const waited = (elapsed - due) / exchanges;
  const processor = worked / exchanges;
  return {
    goal: 'S11',
    what: `Modbus, ${baud} baud, 16 boards, the line never free: what we add to an exchange`,
    target: '<= 1 ms',
    measured: `${(waited + processor).toFixed(2)} ms: waiting ${waited.toFixed(2)}, processor ${processor.toFixed(2)} with the simulator's and the clock's (${exchanges} exchanges of ${(due / exchanges).toFixed(1)} ms)`,
    met: waited + processor <= 1,
  };
}

/** From `release` until the last byte of the command is at its board, every so often and up to 100 ms later: anywhere in the polls. */
async function unlocks(
  running: ReturnType<typeof runningBus>,
  boards: readonly number[],
  count: number,
  everyMs: number,
) {
  const { clock, bus, frames, byteMs } = running;
  const random = seededRandom(5);
  const samples = new Float64Array(count);
  const begun = clock.mono();
  for (let n = 0; n < count; n++) {
    clock.advance(begun + (n + 1) * everyMs + random(1_300) / 13 - clock.mono());
    const before = frames.length;
    const asked = clock.mono();
    const board = boards[n % boards.length] ?? 0;
    void bus.release(`lock-${board}`, 100);
    const isCommand = (frame: (typeof frames)[number]): boolean =>
      frame.from === 'driver' && frame.bytes[0] === board + 1 && frame.bytes[1] === 6;
    let command = frames.slice(before).find(isCommand);
    while (command === undefined && clock.mono() - asked < 5_000) {
      clock.advance(0.25);
      command = frames.slice(before).find(isCommand);
    }
    samples[n] =
      command === undefined ? Number.POSITIVE_INFINITY : command.at - asked + command.bytes.length * byteMs;
    await Promise.resolve();
  }
  return samples;
}

async function behindPolling(): Promise<BenchLine> {
  const running = runningBus(9_600, 16);
  const samples = await unlocks(running, [0, 5, 10, 15], 200, 1_400);
  const longest = quantile(samples, 1);
  const request = 8 * running.byteMs;
  const exchange = request + 6 * running.byteMs + turnaroundMs + silenceMs(9_600);
  const cycles = (longest - request) / exchange;
  return {
    goal: 'S11',
    what: 'Modbus, 9600 baud, 16 boards, the line never free: an unlock waits behind polls, 200 unlocks',
    target: '<= 2 exchanges',
    measured: `longest ${cycles.toFixed(2)} exchanges (at its board after ${longest.toFixed(0)} ms, p50 ${quantile(samples, 0.5).toFixed(0)} ms)`,
    met: cycles <= 2,
  };
}

/**
 * Against the same bus without the dead board: that is probed every 30 s, and a probe in flight has to end. What that adds to the
 * mean is the bound.
 */
async function deadBoard(): Promise<BenchLine> {
  const [count, probeEveryMs] = [12_000, 30_000];
  const means: number[] = [];
  const longest: number[] = [];
  let probeMs = 0;
  for (const dead of [false, true]) {
    const running = runningBus(115_200, dead ? 4 : 3, dead);
    // Until it is probed no more often than it will be for ever.
    running.clock.advance(60_000);
    // The unlocks fall evenly upon the time from probe to probe.
    const samples = await unlocks(running, [0, 1, 2], count, (156 * probeEveryMs) / count);
    means.push(samples.reduce((sum, ms) => sum + ms, 0) / samples.length);
    longest.push(quantile(samples, 1));
    probeMs = (8 + 6) * running.byteMs + model.reply_timeout_ms;
  }
  const [well = 1, ill = 0] = means;
  const bound = 1 + probeMs ** 2 / 2 / probeEveryMs / well;
  return {
    goal: 'S11',
    what: `Modbus, 115200 baud, 4 boards, one of them dead: unlocks at the others, ${count} each, against a bus without it`,
    target: 'mean within 10 %',
    measured: `${(ill / well).toFixed(2)}x (a probe in flight must end: ${bound.toFixed(2)}x): ${ill.toFixed(2)} against ${well.toFixed(2)} ms (longest ${longest[1]?.toFixed(0)} against ${longest[0]?.toFixed(0)} ms)`,
    met: ill <= 1.1 * well,
  };
}

const model: LockModel = {
  name: 'relay-8-timed',
  title: 'Eight relays',
  relays: 8,
  inputs: 8,
  first_coil: 0,
  first_input: 0,
  timed: { first_register: 0, unit_ms: 100, max: 600 },
  reply_timeout_ms: 100,
};

const siteLock = (n: number): SiteLock => ({
  id: `lock-${n}`,
  name: `lock-${n}`,
  port: 'paced',
  unit: n + 1,
  model,
  relay: 0,
  contact: { input: 0, active_when: 'open' },
  exit_button: { input: 1, active_when: 'closed' },
  tamper: null,
  released_when: 'energised',
});
