import { beforeEach, describe, expect, test } from 'vitest';
import type { Cancel } from '../../src/core/clock.ts';
import { type DoorState, newDoor } from '../../src/core/door-state.ts';
import type { DoorEvent } from '../../src/core/event.ts';
import type { ReaderReport } from '../../src/core/reader.ts';
import type { SiteReader } from '../../src/core/site.ts';
import { type ReaderOutputs, readerOutputs } from '../../src/door/reader-outputs.ts';
import { twoDoors } from '../support/door-site.ts';
import { settled } from '../support/memory-disk.ts';
import { type VirtualClock, virtualClock } from '../support/virtual-clock.ts';

/** A siren at the reader of the front door, on an output that is not the first. */
let clock: VirtualClock;
let timers: number;
let door: DoorState;
let switched: string[];
let events: DoorEvent[];
let outputs: ReaderOutputs;
let front: SiteReader;

const forced: DoorState['contact'] = { is: 'open', since: 0, held_due: null, held: false, forced: true };

beforeEach(() => {
  clock = virtualClock();
  timers = 0;
  door = newDoor;
  switched = [];
  events = [];
  const readers = twoDoors.readers.map((reader) =>
    reader.name === 'front'
      ? { ...reader, outputs: [{ name: 'siren', output: 2, follows: 'alarm' as const, for_ms: 20_000 }] }
      : reader,
  );
  [front] = readers as [SiteReader];
  const counted = (ms: number, fn: () => void): Cancel => {
    timers += 1;
    let runs = true;
    const end = (): void => {
      if (runs) timers -= 1;
      runs = false;
    };
    const cancel = clock.after(ms, () => {
      end();
      fn();
    });
    return () => {
      end();
      cancel();
    };
  };
  const switchOutput = (reader: string, output: number, on: boolean): void => {
    switched.push(`${reader} ${output} ${on ? 'on' : 'off'}`);
  };
  const rules = twoDoors.doors.filter(({ name }) => name === 'front');
  outputs = readerOutputs({
    site: { readers },
    readerBuses: new Map([['readers', { switchOutput }]]),
    doors: new Map(rules.map((each) => ['front', { door: each, state: () => door }])),
    modes: new Map(),
    clock: { ...clock, after: counted },
    journal: { append: (event) => void events.push(event) },
    changed: () => outputs.look(),
  });
});

const alarm = (on: boolean): void => {
  door = { ...door, contact: on ? forced : { is: 'closed' } };
  outputs.look();
};
const shows = (state: 'on' | 'off', fault: string | null = null): void => {
  const report: ReaderReport = { type: 'output', output: 2, state, fault };
  outputs.heard(front, report);
};
/** The answer to an order, once there is one. */
async function answerOf(ordered: ReturnType<ReaderOutputs['order']>) {
  let answer: Awaited<typeof ordered> | null = null;
  void ordered.then((given) => {
    answer = given;
  });
  await settled();
  return () => answer;
}

test('however often the doors are looked at, the reader is told once, and one timer waits', () => {
  alarm(true);
  for (let n = 0; n < 100; n++) outputs.look();
  expect([switched, timers]).toEqual([['front 2 on'], 1]);
  clock.advance(20_000);
  expect([switched, timers]).toEqual([['front 2 on', 'front 2 off'], 0]);
});

test('whoever ends switches off what is on, and nothing else, and waits for nothing more', () => {
  outputs.close();
  expect(switched).toEqual([]);
  alarm(true);
  outputs.close();
  expect([switched, timers]).toEqual([['front 2 on', 'front 2 off'], 0]);
});

describe('an order is answered', () => {
  test('as soon as the reader shows it, and after two seconds if it does not', async () => {
    const seen = await answerOf(outputs.order(front.id, 'siren', { on: true, ms: 5_000 }, 'ada'));
    expect(seen()).toBe(null);
    shows('on');
    await settled();
    expect(seen()).toEqual({ ok: true, state: 'on', fault: null });
    const silent = await answerOf(outputs.order(front.id, 'siren', { on: false }, 'ada'));
    clock.advance(1_999);
    await settled();
    expect(silent()).toBe(null);
    clock.advance(1);
    await settled();
    expect(silent()).toEqual({ ok: true, state: 'on', fault: null });
    expect(timers).toBe(0);
  });

  test('at once when it is so already, and when the reader says that it cannot', async () => {
    shows('off');
    const already = await answerOf(outputs.order(front.id, 'siren', { on: false }, 'ada'));
    expect(already()).toEqual({ ok: true, state: 'off', fault: null });
    const faulty = await answerOf(outputs.order(front.id, 'siren', { on: true, ms: 5_000 }, 'ada'));
    shows('off', 'it refuses');
    await settled();
    expect(faulty()).toEqual({ ok: true, state: 'off', fault: 'it refuses' });
  });
});

test('an output that nobody named, and one of another reader, are heard of by nobody', () => {
  const report: ReaderReport = { type: 'output', output: 0, state: 'on', fault: 'strange' };
  outputs.heard(front, report);
  outputs.heard({ ...front, id: 'reader-back' }, { ...report, output: 2 });
  expect([outputs.status(front), events]).toEqual([[{ name: 'siren', state: 'unknown', fault: null }], []]);
});
