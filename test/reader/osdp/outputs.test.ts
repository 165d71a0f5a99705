import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeFrame, parseFrame } from '../../../src/reader/osdp/frame.ts';
import { type Command, decodeCommand, encodeCommand, type Reply } from '../../../src/reader/osdp/layout.ts';
import {
  newOutputs,
  type Outputs,
  outputCommand,
  outputsAfter,
  switched,
} from '../../../src/reader/osdp/outputs.ts';
import { toHex, vectors } from './vectors.ts';
import { wiredReaders } from './wired-readers.ts';

const ack: Reply = { type: 'ack', value: {} };
const nak = (error: number): Reply => ({ type: 'nak', value: { error, detail: new Uint8Array(0) } });
const ostatr = (...states: number[]): Reply => ({
  type: 'ostatr',
  value: { states: Uint8Array.from(states) },
});
const able = (compliance: number, count: number): Reply => ({
  type: 'pdcap',
  value: [{ feature: 2, compliance, count }],
});
const out = (output: number, on: boolean): Command => ({
  type: 'out',
  value: [{ output, control: on ? 5 : 1, timer: on ? 100 : 0 }],
});
const [poll, ostat, cap]: Command[] = [
  { type: 'poll', value: {} },
  { type: 'ostat', value: {} },
  { type: 'cap', value: { kind: 0 } },
] as const;

/** Answers in order, 100 ms from each to the next; what is reported meanwhile. */
function answered(before: Outputs, ...answers: readonly (readonly [Command | undefined, Reply | null])[]) {
  let outputs = before;
  const told: unknown[] = [];
  answers.forEach(([command, reply], n) => {
    if (command === undefined) throw new Error('no command');
    const next = outputsAfter(outputs, command, reply, false, n * 100);
    outputs = next.outputs;
    for (const report of next.reports) if (report.type === 'output') told.push([report.state, report.fault]);
  });
  return { outputs, told };
}
const off = () => newOutputs([0]);
const on = () => switched(newOutputs([0]), 0, true, 0);

describe('what is told of an output follows from what the reader has shown', () => {
  test.each([
    ['an acknowledgement proves nothing', on(), [[out(0, true), ack]], []],
    ['an answer that nobody can read proves nothing', on(), [[out(0, true), null]], []],
    [
      'OSTATR proves',
      on(),
      [
        [out(0, true), ack],
        [ostat, ostatr(1)],
      ],
      [['on', null]],
    ],
    ['OSTATR in the place of ACK proves', on(), [[out(0, true), ostatr(1)]], [['on', null]]],
    [
      'it does not go on',
      on(),
      [
        [out(0, true), ack],
        [ostat, ostatr(0)],
      ],
      [['off', 'it was switched on, and shows off']],
    ],
    [
      'it does not go off',
      off(),
      [
        [out(0, false), ack],
        [ostat, ostatr(1)],
      ],
      [['on', 'it was switched off, and shows on']],
    ],
    [
      'states told by itself prove nothing',
      on(),
      [
        [out(0, true), ack],
        [poll, ostatr(0)],
      ],
      [],
    ],
    ['it refuses', on(), [[out(0, true), nak(9)]], [['unknown', 'it refuses to switch it, with NAK 9']]],
    [
      'it has fewer',
      on(),
      [
        [out(0, true), ack],
        [ostat, ostatr()],
      ],
      [['unknown', 'it shows 0 outputs only']],
    ],
    ['it says that it has none', on(), [[cap, able(0, 0)]], [['unknown', 'it says that it has no output']]],
    [
      'it says that it cannot time them',
      on(),
      [[cap, able(1, 2)]],
      [['unknown', 'it says that its outputs have no timer: without us one stayed on']],
    ],
    ['it says that it has them', on(), [[cap, able(4, 1)]], []],
    ['it says nothing of them', on(), [[cap, nak(3)]], []],
  ] as const)('%s', (_, before, answers, expected) => {
    expect(answered(before, ...answers).told).toEqual(expected);
  });
});

describe('what is said next', () => {
  test('each output in a command of its own, and then they are asked for', () => {
    let outputs = switched(newOutputs([0, 2]), 2, true, 0);
    const said: (Command | null)[] = [];
    for (let n = 0; n < 4; n++) {
      const command = outputCommand(outputs, 0);
      said.push(command);
      outputs = outputsAfter(outputs, command ?? { type: 'poll', value: {} }, ack, false, 0).outputs;
    }
    expect(said).toEqual([out(0, false), out(2, true), ostat, null]);
  });

  test('one that is on is told again before its timer is over, one that is off is not', () => {
    const proved = (outputs: Outputs, how: boolean) =>
      answered(outputs, [out(0, how), ack], [ostat, ostatr(how ? 1 : 0)], [poll, ack]).outputs;
    expect(outputCommand(proved(on(), true), 2_000)).toBeNull();
    expect(outputCommand(proved(on(), true), 3_000)).toEqual(out(0, true));
    expect(outputCommand(proved(off(), false), 9_000)).toBeNull();
    expect(outputCommand(proved(off(), false), 11_000)).toEqual(ostat);
  });

  test('nothing of an output that was refused, until the reader has said anew what it can', () => {
    const { outputs } = answered(on(), [out(0, true), nak(9)], [poll, ack]);
    expect(outputCommand(outputs, 100_000)).toBeNull();
    const anew = answered(outputs, [cap, able(4, 1)]).outputs;
    expect(outputCommand(anew, 100_000)).toEqual(out(0, true));
  });

  test('a refusal of one output does not touch another; a reader that does not know the command has none', () => {
    const two = () => switched(switched(newOutputs([0, 1]), 0, true, 0), 1, true, 0);
    expect(outputCommand(answered(two(), [out(0, true), nak(9)], [poll, ack]).outputs, 0)).toEqual(
      out(1, true),
    );
    expect(outputCommand(answered(two(), [out(0, true), nak(3)], [poll, ack]).outputs, 0)).toBeNull();
  });

  test('one that does not obey is not told sooner because another is looked at', () => {
    const two = switched(newOutputs([0, 1]), 1, true, 0);
    const shown = [ostat, ostatr(1, 1)] as const;
    const { outputs, told } = answered(two, [out(0, false), ack], shown, [out(1, true), ack], shown);
    expect(told).toContainEqual(['on', 'it was switched off, and shows on']);
    expect(outputCommand(outputs, 1_000)).toBeNull();
    expect(outputCommand(outputs, 10_200)).toEqual(out(0, false));
  });

  test('an output switched while an answer was awaited is told anew', () => {
    const changed = switched(on(), 0, false, 10);
    expect(outputCommand(answered(changed, [out(0, true), ack], [poll, ack]).outputs, 100)).toEqual(
      out(0, false),
    );
  });
});

test('OUT and OSTAT are those of a reference implementation', () => {
  const recorded = vectors.find(({ code, dir, scs }) => code === 0x68 && dir === 'cp' && scs === null);
  const command = decodeCommand(0x68, Uint8Array.from(Buffer.from(recorded?.data ?? '', 'hex')));
  expect(command).toEqual({ type: 'out', value: [{ output: 0, control: 5, timer: 50 }] });
  const asked = { address: 1, reply: false, sequence: 2, check: 'crc', security: null } as const;
  expect(toHex(encodeFrame({ ...asked, ...encodeCommand({ type: 'ostat', value: {} }) }))).toBe(
    'ff5301080006661e06',
  );
});

/** A reader with two outputs, the first of them used, online and told that it is off. */
function wired(secure: boolean, outputs: readonly number[] = [0]) {
  const at = wiredReaders([1], { secure, outputs, baud: 9600 });
  const reader = at.reader(1);
  reader.addOutputs(2);
  at.clock.advance(3_000);
  const told = () => at.of(1, 'output').map(({ output, state, fault }) => [output, state, fault]);
  return { ...at, reader, told, turn: (on: boolean) => at.bus.switchOutput?.('r1', 0, on) };
}

describe.each([
  ['in plain', false],
  ['secured', true],
])('over the whole bus, %s', (_, secure) => {
  test('an output goes on within a second, stays on, and goes off when it is told', () => {
    const { clock, reader, told, turn } = wired(secure);
    turn(true);
    clock.advance(400);
    expect(reader.outputs()).toEqual([true, false]);
    for (let second = 0; second < 60; second++) {
      clock.advance(1_000);
      expect(reader.outputs()).toEqual([true, false]);
    }
    turn(false);
    clock.advance(400);
    expect(reader.outputs()).toEqual([false, false]);
    expect(told()).toEqual([
      [0, 'off', null],
      [0, 'on', null],
      [0, 'off', null],
    ]);
  });

  test('it goes out by itself when the controller is gone', async () => {
    const { clock, reader, bus, turn } = wired(secure);
    turn(true);
    clock.advance(5_000);
    expect(reader.outputs()[0]).toBe(true);
    await bus.close();
    clock.advance(10_000);
    expect(reader.outputs()[0]).toBe(false);
  });

  test('it goes out by itself when the wire is cut, and on again when that is mended', () => {
    const { clock, reader, told, turn } = wired(secure);
    turn(true);
    clock.advance(5_000);
    reader.fault('unplugged', true);
    clock.advance(10_000);
    expect(reader.outputs()[0]).toBe(false);
    reader.fault('unplugged', false);
    clock.advance(10_000);
    expect(reader.outputs()[0]).toBe(true);
    expect(told().at(-1)).toEqual([0, 'on', null]);
  });

  test('what was switched in an outage is told when the reader is back', () => {
    const { clock, reader, turn } = wired(secure);
    turn(true);
    clock.advance(1_000);
    reader.fault('unplugged', true);
    clock.advance(9_000);
    turn(false);
    reader.fault('unplugged', false);
    clock.advance(10_000);
    expect(reader.outputs()[0]).toBe(false);
  });

  test('a reader that lost its power for a moment is told again', () => {
    const { clock, reader, turn } = wired(secure);
    turn(true);
    clock.advance(1_000);
    reader.restart();
    expect(reader.outputs()[0]).toBe(false);
    clock.advance(4_000);
    expect(reader.outputs()[0]).toBe(true);
  });

  test('one that has gone on by itself is found, and switched off', () => {
    const { clock, reader, told } = wired(secure);
    clock.advance(60_000);
    const before = told().length;
    reader.switchByHand(0, true);
    clock.advance(11_000);
    expect(reader.outputs()[0]).toBe(false);
    expect(told().slice(before)).toEqual([
      [0, 'on', null],
      [0, 'off', null],
    ]);
  });

  test.each(['drop_reply', 'corrupt_reply', 'half_reply', 'delay_250', 'shows_outputs'] as const)(
    'through %s it is on, and nothing false is told',
    (fault) => {
      for (let phase = 0; phase < 50; phase += 17) {
        const { clock, reader, told, turn, of } = wired(secure);
        clock.advance(phase);
        turn(true);
        reader.fault(fault, true);
        clock.advance(2_000);
        reader.fault(fault, false);
        clock.advance(6_000);
        expect(reader.outputs()[0]).toBe(true);
        expect(told().map(([, , why]) => why)).toEqual(told().map(() => null));
        expect(told().at(-1)).toEqual([0, 'on', null]);
        expect(of(1, 'offline')).toEqual([]);
      }
    },
  );

  test('one that does not do what it is told is reported once, and again when it does', () => {
    const { clock, reader, told, turn } = wired(secure);
    const before = told().length;
    reader.fault('stuck_outputs', true);
    turn(true);
    clock.advance(120_000);
    expect(told().slice(before)).toEqual([[0, 'off', 'it was switched on, and shows off']]);
    reader.fault('stuck_outputs', false);
    clock.advance(11_000);
    expect(told().slice(before + 1)).toEqual([[0, 'on', null]]);
  });

  test('one that refuses is told once', () => {
    const at = wired(secure);
    at.reader.fault('refuses_outputs', true);
    at.turn(true);
    at.clock.advance(60_000);
    expect(at.told().at(-1)).toEqual([0, 'unknown', 'it refuses to switch it, with NAK 9']);
    expect(at.told().filter(([, , why]) => why !== null)).toHaveLength(1);
    at.reader.fault('refuses_outputs', false);
    at.reader.restart();
    at.clock.advance(5_000);
    expect(at.reader.outputs()[0]).toBe(true);
  });

  test('an output beyond those that a reader says it has is never told to it', () => {
    const { told, far } = wired(secure, [4]);
    expect(told()).toEqual([[4, 'unknown', 'it says that it has outputs 0 to 1 only']]);
    const codes = far.written.map((bytes) => parseFrame(bytes.subarray(1)));
    expect(codes.filter((parsed) => parsed.type === 'frame' && parsed.frame.code === 0x68)).toEqual([]);
  });

  test('an output without a timer is never told to be on', () => {
    const { clock, reader, told, turn } = wired(secure);
    reader.addOutputs(2, undefined, false);
    reader.restart();
    clock.advance(3_000);
    turn(true);
    clock.advance(60_000);
    expect(reader.outputs()).toEqual([false, false]);
    expect(told().at(-1)).toEqual([
      0,
      'unknown',
      'it says that its outputs have no timer: without us one stayed on',
    ]);
  });

  test('a lost answer is asked for with the same bytes', () => {
    const { clock, reader, far, turn } = wired(secure);
    const before = far.written.length;
    const outs = () =>
      far.written.slice(before).filter((bytes) => {
        const parsed = parseFrame(bytes.subarray(1));
        return parsed.type === 'frame' && parsed.frame.code === 0x68;
      });
    turn(true);
    while (outs().length === 0) clock.advance(1);
    reader.fault('drop_reply', true);
    clock.advance(800);
    expect(outs().length).toBeGreaterThan(2);
    expect(new Set(outs().map(toHex)).size).toBe(1);
  });

  test('a card that is shown while outputs are switched waits for one more exchange at most', () => {
    const { clock, reader, reports, bus } = wired(secure, [0, 1]);
    const waits = (busy: boolean): number => {
      let worst = 0;
      for (let phase = 0; phase < 60; phase += 4) {
        clock.advance(500 + phase);
        if (busy) for (const output of [0, 1]) bus.switchOutput?.('r1', output, phase % 8 === 0);
        const at = clock.mono();
        reader.present({ facility: 12, number: phase });
        clock.advance(400);
        const card = reports.findLast(({ report }) => report.type === 'card');
        worst = Math.max(worst, (card?.at ?? Number.POSITIVE_INFINITY) - at);
      }
      return worst;
    };
    const alone = waits(false);
    // One exchange of OUT at 9600 baud: 31 bytes and their answer over a secure channel, with the reader's time to think.
    expect(waits(true)).toBeLessThanOrEqual(alone + 60);
  });
});

test('whatever happens on the wire, an output is on only while it is to be or ten seconds longer, and in the end as it is to be', () => {
  const faults = [
    'unplugged',
    'drop_reply',
    'drop_command',
    'corrupt_reply',
    'delay_250',
    'busy',
    'stuck_outputs',
  ] as const;
  const deed = fc.oneof(
    fc.record({ do: fc.constant('turn' as const), on: fc.boolean() }),
    fc.record({ do: fc.constant('fault' as const), fault: fc.constantFrom(...faults), on: fc.boolean() }),
    fc.record({ do: fc.constant('restart' as const) }),
  );
  const history = fc.array(fc.tuple(fc.integer({ min: 0, max: 12_000 }), deed), { maxLength: 12 });
  fc.assert(
    fc.property(history, fc.boolean(), (deeds, secure) => {
      const { clock, reader, told, turn } = wired(secure);
      let wanted = false;
      let wantedAt = Number.NEGATIVE_INFINITY;
      const pass = (ms: number): void => {
        for (let left = ms; left > 0; left -= 500) {
          clock.advance(Math.min(left, 500));
          if (wanted) wantedAt = clock.mono();
          // What was on its way when it was switched off may arrive a second later.
          else if (reader.outputs()[0]) expect(clock.mono() - wantedAt).toBeLessThanOrEqual(11_000);
        }
      };
      for (const [ms, what] of deeds) {
        pass(ms);
        if (what.do === 'restart') reader.restart();
        else if (what.do === 'fault') reader.fault(what.fault, what.on);
        else {
          wanted = what.on;
          turn(wanted);
        }
      }
      for (const fault of faults) reader.fault(fault, false);
      pass(35_000);
      expect(reader.outputs()[0]).toBe(wanted);
      expect(told().at(-1)).toEqual([0, wanted ? 'on' : 'off', null]);
    }),
    { numRuns: 20 },
  );
});
