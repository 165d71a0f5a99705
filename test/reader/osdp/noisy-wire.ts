import type { ReaderReport } from '../../../src/core/reader.ts';
import { encodeH10301 } from '../../../src/core/wiegand.ts';
import { encodeFrame } from '../../../src/reader/osdp/frame.ts';
import { frameScanner } from '../../../src/reader/osdp/scanner.ts';
import { step } from '../../../src/reader/osdp/session.ts';
import { newSession, type SessionEvent } from '../../../src/reader/osdp/session-state.ts';
import { osdpReaders } from '../../../src/sim/osdp-reader.ts';
import { toHex } from './vectors.ts';
import { keyFor } from './wired-readers.ts';

/** What became of a reader that was talked to over a wire full of noise. */
export interface Outcome {
  exchanges: number;
  /** Answers and commands that did not arrive as they were sent. */
  mangled: number;
  presented: number;
  reported: number;
  /** The most polls that a reader which was still online needed when the wire was quiet again. */
  slowestRecovery: number;
  /** How often it was not online any more. */
  starts: number;
}

const address = 1;
/** As many polls as a start from nothing takes, over a secure channel too. */
const startPolls = 16;

/**
 * One session, its scanner and a simulated reader on a wire that is noisy for some exchanges and quiet for some, `count` times in all.
 * Throws at the first card that was not presented or is reported twice, at any answer that nobody gave, and when a reader that is
 * online is not heard by the third poll of a quiet wire. All follows from `seed`.
 */
export function noisyWire(count: number, seed: number, secure: boolean): Outcome {
  const random = numbers(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  let now = 0;
  const said: Uint8Array[] = [];
  const clock = { wall: () => now, mono: () => now, after: () => () => {} };
  const readers = osdpReaders(clock, (bytes) => said.push(bytes));
  const reader = readers.reader(address);
  if (secure) reader.setKey(keyFor(address));
  const secrets = { current: keyFor(address), pending: null, identity: null };
  const scanner = frameScanner();
  let session = newSession(address, secure ? 'r1' : null);
  const outcome: Outcome = {
    exchanges: 0,
    mangled: 0,
    presented: 0,
    reported: 0,
    slowestRecovery: 0,
    starts: 0,
  };
  /** Cards that are still to be reported, in order; those before a reported one are lost. */
  let outstanding: string[] = [];
  /** The kinds of noise at present: with some of them nothing gets through. */
  let kinds: number[] = [];
  let share = 1;
  /** What comes late. */
  let carried: Uint8Array = new Uint8Array(0);

  const fail = (why: string): never => {
    throw new Error(`${why} (seed ${seed}, exchange ${outcome.exchanges}, secure ${secure})`);
  };
  const heard = (report: ReaderReport): void => {
    if (report.type === 'unexpected' || report.type === 'unreadable_card')
      fail(`${report.type} was reported of a reader that never said it`);
    if (report.type !== 'card') return;
    const place = outstanding.indexOf(toHex(report.bits));
    if (place < 0) fail('a card was reported that was not presented, or twice');
    outstanding = outstanding.slice(place + 1);
    outcome.reported += 1;
  };
  const give = (event: SessionEvent): Uint8Array | null => {
    const { session: next, effects } = step(session, event, now);
    session = next;
    let sent: Uint8Array | null = null;
    for (const effect of effects) {
      if (effect.type === 'report') heard(effect.report);
      else sent = effect.bytes;
    }
    return sent;
  };
  const deal = (frames: ReturnType<typeof scanner.push>): void => {
    for (const frame of frames) {
      if (session.exchange?.waiting === true && frame.reply && frame.address === address) {
        give({ type: 'reply', frame });
      }
    }
  };
  const noise = (): Uint8Array => {
    // Starts of frames are what hurts.
    const bytes = Array.from({ length: 1 + below(40) }, () => (random() < 0.2 ? 0x53 : below(256)));
    return Uint8Array.from(bytes);
  };
  /** One to three bits, or a burst of at most 16: what a CRC of 16 bits finds for certain. */
  const damaged = (bytes: Uint8Array): Uint8Array => {
    const wrong = bytes.slice();
    const flip = (bit: number): void => {
      const at = Math.min(bit, wrong.length * 8 - 1);
      wrong[at >> 3] = (wrong[at >> 3] ?? 0) ^ (0x80 >> (at & 7));
    };
    // The mark before a frame is no part of it.
    const start = 8 + below((bytes.length - 1) * 8);
    if (random() < 0.5) for (let n = below(16); n >= 0; n--) flip(start + n);
    else for (let n = below(3); n >= 0; n--) flip(8 + below((bytes.length - 1) * 8));
    return wrong;
  };
  const mangle = (reply: Uint8Array, command: Uint8Array): Uint8Array => {
    outcome.mangled += 1;
    switch (kinds[below(kinds.length)]) {
      case 0:
        return joined(noise(), reply);
      case 1:
        return joined(reply, noise());
      case 2:
        return reply.slice(0, below(reply.length));
      case 3:
        return joined(reply, reply);
      case 4:
        carried = reply;
        return reply;
      case 5:
        carried = reply;
        return new Uint8Array(0);
      case 6:
        return reply.length > 1 ? damaged(reply) : noise();
      case 7:
        return noise();
      case 8:
        return joined(Uint8Array.of(0x53, 0x80 | address, 0x40, 0x00, 0x04), reply);
      case 9:
        return joined(command, reply);
      case 10:
        return joined(strangers(below(2) + 2), reply);
      default:
        return new Uint8Array(0);
    }
  };
  /** In pieces of any size. */
  const deliver = (stream: Uint8Array): void => {
    for (let at = 0; at < stream.length; ) {
      const size = random() < 0.3 ? 1 + below(stream.length) : stream.length;
      deal(scanner.push(stream.slice(at, at + size)));
      at += size;
      now += 1;
    }
  };

  const exchange = (quiet: boolean): void => {
    outcome.exchanges += 1;
    if (random() < 0.2) {
      const number = outcome.presented++;
      const { bits, bit_count } = encodeH10301({ facility: (number >> 16) & 0xff, number: number & 0xffff });
      outstanding.push(toHex(bits));
      reader.presentBits(bits, bit_count);
    }
    if (Number.isFinite(session.due_at)) now = Math.max(now, session.due_at);
    const command = give({ type: 'turn', means: { secrets, random: fresh(outcome.exchanges) } });
    if (command === null) return;
    scanner.clear();
    scanner.takeDamage();
    deliver(carried);
    carried = new Uint8Array(0);
    said.length = 0;
    const lost = !quiet && random() < 0.1;
    if (lost) outcome.mangled += 1;
    readers.receive(lost ? damaged(command) : command);
    const reply = said.reduce(joined, new Uint8Array(0));
    now += 3;
    deliver(quiet || random() > share ? reply : mangle(reply, command));
    if (session.exchange?.waiting !== true) return;
    deal(scanner.stalled());
    if (session.exchange?.waiting !== true) return;
    now += 220;
    give({ type: 'silence', damaged: scanner.takeDamage() });
  };

  give({ type: 'line_up' });
  while (outcome.exchanges < count) {
    // Sometimes for so long that the reader is given up.
    kinds = Array.from({ length: 1 + below(4) }, () => below(12));
    share = random() < 0.5 ? 1 : 0.7;
    for (let n = below(random() < 0.05 ? 200 : 24); n > 0; n--) exchange(false);
    carried = new Uint8Array(0);
    const online = session.link.phase === 'online';
    const limit = online ? 3 : startPolls;
    let needed = limit + 1;
    for (let polls = 1; polls <= limit; polls++) {
      exchange(true);
      const well = session.link.phase === 'online' && session.misses === 0 && session.exchange === null;
      needed = well ? Math.min(needed, polls) : limit + 1;
    }
    if (needed > limit) fail(`${limit} polls on a quiet wire were not enough`);
    if (online) outcome.slowestRecovery = Math.max(outcome.slowestRecovery, needed);
    else outcome.starts += 1;
  }
  return outcome;
}

/** A frame of a reader of another address. */
const strangers = (at: number): Uint8Array =>
  encodeFrame({
    address: at,
    reply: true,
    sequence: 1,
    check: 'crc',
    security: null,
    code: 0x50,
    data: Uint8Array.of(0, 1, 26, 0, 1, 2, 3, 0x40),
  });

const fresh = (count: number): Uint8Array =>
  Uint8Array.from({ length: 8 }, (_, at) => Math.floor(count / 256 ** at) & 0xff);

function joined(one: Uint8Array, other: Uint8Array): Uint8Array<ArrayBuffer> {
  return Uint8Array.from([...one, ...other]);
}

/** Numbers in [0, 1) that follow from a seed (mulberry32). */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
