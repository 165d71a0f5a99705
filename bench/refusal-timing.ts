import { createSecretKey } from 'node:crypto';
import { emptyTable, putRow } from '../src/core/access-table.ts';
import type { Reason } from '../src/core/decision.ts';
import { usualFeedback } from '../src/core/feedback.ts';
import type { Key } from '../src/core/reader.ts';
import { compiledSchedule, inside } from '../src/core/schedule.ts';
import type { SiteDoor, SiteReader } from '../src/core/site.ts';
import type { GrantRow, UserRow } from '../src/core/table-row.ts';
import { cardDecoder } from '../src/core/wiegand.ts';
import type { DoorController } from '../src/door/door-controller.ts';
import { entrance } from '../src/door/entrance.ts';
import type { Journal } from '../src/door/journal.ts';
import { keyedHash } from '../src/door/keyed-hash.ts';
import { encodeFrame } from '../src/reader/osdp/frame.ts';
import { encodeCommand } from '../src/reader/osdp/layout.ts';
import { signalCommands } from '../src/reader/osdp/signals.ts';
import { virtualClock } from '../test/support/virtual-clock.ts';
import type { BenchLine } from './bench-line.ts';
import { quantile } from './samples.ts';
import { benchWorld, seededRandom, type World, worldNow } from './world.ts';

const samplesEach = 20_000;
const pinsEach = 2_000;
const limit = 4.5;

const reader: SiteReader = {
  id: 'reader',
  name: 'front',
  protocol: 'osdp',
  port: 'readers',
  address: 0,
  secure: false,
  uid: null,
  keypad: { fixed_length: null, inter_digit_timeout_ms: 5_000 },
};

/** X4: whether the time from the last key to the bytes of the feedback tells why a PIN was refused. */
export async function run(): Promise<BenchLine[]> {
  const { refuse, pins } = keypadUnderTest();
  const random = seededRandom(4);
  const reasons = [...pins.keys()];
  const times = new Map(reasons.map((reason) => [reason, [] as number[]]));
  const count = samplesEach * reasons.length;
  for (let n = -count / 10; n < count; n++) {
    const reason = reasons[random(reasons.length)] ?? 'wrong_pin';
    const took = refuse(pins.get(reason)?.[random(pinsEach)] ?? '', reason);
    if (n >= 0) times.get(reason)?.push(took);
    if (n % 500 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  // The slowest twentieth is the machine's, whatever the class: pauses that hit one sample in a thousand.
  const longest = quantile(Float64Array.from([...times.values()].flat()), 0.95);
  const kept = new Map([...times].map(([reason, all]) => [reason, all.filter((took) => took <= longest)]));
  return reasons
    .filter((reason) => reason !== 'wrong_pin')
    .map((reason) => {
      const t = welch(kept.get('wrong_pin') ?? [], kept.get(reason) ?? []);
      return {
        goal: 'X4',
        what: `time of a refused PIN: unknown against ${reason}, ${samplesEach} samples each`,
        target: `t within ${limit} either way`,
        measured: `t ${t.toFixed(1)}, medians ${median(kept.get('wrong_pin'))} and ${median(kept.get(reason))} µs`,
        met: Math.abs(t) < limit,
      };
    });
}

/**
 * The keypad of a door, a big table behind it, its lock-out out of reach. `refuse` types a PIN and gives microseconds from the last
 * key to the frame that shows the refusal; when that frame is sent is for the clock of the line to say.
 */
function keypadUnderTest() {
  const clock = virtualClock(worldNow);
  const lookupKey = keyedHash(createSecretKey(Buffer.alloc(32, 7)));
  const { table, door, pins } = refusedPins(benchWorld(10_000), (pin) => lookupKey('pin', pin));

  let ended = 0n;
  let refused: Reason | null = null;
  const front = entrance({
    reader,
    bus: {
      signal(_, signal) {
        const [shown] = signalCommands(signal, {
          led: true,
          buzzer: true,
          text: false,
          patterns: usualFeedback,
        });
        if (shown === undefined) return;
        encodeFrame({
          address: 0,
          reply: false,
          sequence: 1,
          check: 'crc',
          security: null,
          ...encodeCommand(shown),
        });
        ended = process.hrtime.bigint();
      },
    },
    door: { door: { id: door } as SiteDoor } as DoorController,
    mode: null,
    clock,
    trustedClock: { trusted: () => true, latest: () => clock.wall() },
    lockOut: { tries: Number.MAX_SAFE_INTEGER, durations_ms: [0] },
    lookupKey,
    table: { inForce: () => ({ table, version: { table_id: 'bench', revision: 1 }, source: 'admin' }) },
    decodeCard: cardDecoder([]),
    partitions: { restricts: () => false },
    journal: {
      append({ data }) {
        refused = (data as { reason: Reason }).reason;
      },
      keepLockOut: () => {},
      lockOut: () => null,
      used: () => 0,
    } as Pick<Journal, 'append' | 'keepLockOut' | 'lockOut' | 'used'> as Journal,
    changed: () => {},
    failed: (error) => {
      throw error;
    },
  });

  return {
    pins,
    refuse(pin: string, reason: Reason): number {
      front.heard({ type: 'keys', keys: [...pin] as Key[], after_outage: false });
      const began = process.hrtime.bigint();
      front.heard({ type: 'keys', keys: ['#'], after_outage: false });
      if (refused !== reason) throw new Error(`refused as ${refused}, not as ${reason}`);
      return Number(ended - began) / 1_000;
    },
  };
}

/** How a person in force who may not go to the door comes to be refused there for another reason. */
const refusals: readonly [Reason, (row: UserRow, door: string, shut: string) => UserRow][] = [
  [
    'blocked',
    (row) => ({ ...row, credentials: row.credentials.map((each) => ({ ...each, blocked: true })) }),
  ],
  ['expired', (row) => ({ ...row, until: worldNow - 1 })],
  [
    'outside_schedule',
    (row, door, shut) => ({ ...row, grants: [...row.grants.slice(1), during(shut, door)] }),
  ],
  ['not_this_door', (row) => row],
];
const during = (schedule: string, door: string): GrantRow => ({
  target: { door },
  schedule,
  from: null,
  until: null,
});

/**
 * A table of the world's people, all with PINs, and the PINs that are refused at its first door, by reason: nobody's, and those of people
 * like all the others and scattered among them, so that their rows lie no nearer and are no shorter.
 */
function refusedPins({ doorIds, groups, schedules, users, rows }: World, keyOf: (pin: string) => string) {
  const [door = ''] = doorIds;
  const here = new Set(groups.filter(({ doors }) => doors.includes(door)).map(({ id }) => id));
  const elsewhere = users.filter(
    ({ suspended, blocked, from, until, groups }) =>
      !(suspended || blocked) &&
      (from ?? 0) <= worldNow &&
      until === null &&
      !groups.some((id) => here.has(id)),
  );
  const refused = new Map(elsewhere.map(({ id }, n) => [id, refusals[n % refusals.length]]));
  const pins = new Map<Reason, string[]>();
  const pinFor = (reason: Reason | null): string => {
    number += 17;
    const pin = String(number);
    if (reason !== null) pins.set(reason, [...(pins.get(reason) ?? []), pin]);
    return pin;
  };
  let number = 100_000;
  for (let n = 0; n < pinsEach; n++) pinFor('wrong_pin');

  const shut = schedules.find((row) => !inside(compiledSchedule(row), worldNow))?.id ?? '';
  const table = emptyTable(doorIds);
  for (const row of rows) {
    if (row.row !== 'user') {
      putRow(table, row);
      continue;
    }
    const [reason, made] = refused.get(row.id) ?? [null, (same: UserRow) => same];
    const key = keyOf(pinFor(reason));
    putRow(
      table,
      made({ ...row, credentials: row.credentials.map((each) => ({ ...each, key })) }, door, shut),
    );
  }
  return { table, door, pins };
}

function welch(a: readonly number[], b: readonly number[]): number {
  const [one, other] = [momentsOf(a), momentsOf(b)];
  return (one.mean - other.mean) / Math.sqrt(one.variance / a.length + other.variance / b.length);
}

function momentsOf(values: readonly number[]): { mean: number; variance: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, variance: squares / (values.length - 1) };
}

const median = (values: readonly number[] = []): string =>
  quantile(Float64Array.from(values), 0.5).toFixed(1);
