import { describe, expect, it } from 'vitest';
import type { ReaderReport } from '../../../src/core/reader.ts';
import { parseFrame } from '../../../src/reader/osdp/frame.ts';
import { decodeCommand, encodeReply, type Reply } from '../../../src/reader/osdp/layout.ts';
import { step } from '../../../src/reader/osdp/session.ts';
import {
  newSession,
  pollInterval,
  type Session,
  type SessionEvent,
} from '../../../src/reader/osdp/session-state.ts';
import { fromHex, toHex } from './vectors.ts';

const ack: Reply = { type: 'ack', value: {} };
const busy: Reply = { type: 'busy', value: {} };
const nak = (error: number): Reply => ({ type: 'nak', value: { error, detail: new Uint8Array(0) } });
const raw: Reply = {
  type: 'raw',
  value: { reader: 0, format: 1, bit_count: 26, bits: fromHex('0606c040') },
};

/** Drives a session and keeps what it sent and reported. */
function driven(from = step(newSession(1), { type: 'line_up' }, 0).session) {
  let session = from;
  let now = 0;
  const reports: ReaderReport[] = [];
  const sent: string[] = [];
  const give = (event: SessionEvent): void => {
    const stepped = step(session, event, now);
    session = stepped.session;
    for (const effect of stepped.effects) {
      if (effect.type === 'report') reports.push(effect.report);
      else sent.push(toHex(effect.bytes));
    }
  };
  const reply = (told: Reply, sequence = session.sequence): void =>
    give({
      type: 'reply',
      frame: { address: 1, reply: true, sequence, check: 'crc', security: null, ...encodeReply(told) },
    });
  return {
    give,
    reply,
    reports,
    sent,
    /** The line is given to it once it wants it, and what it says is answered. */
    exchange(told: Reply, sequence?: number): void {
      now = Math.max(now, session.due_at);
      give({ type: 'turn' });
      if (sequence === undefined) reply(told);
      else reply(told, sequence);
    },
    silent(damaged = false): void {
      now = Math.max(now, session.due_at);
      give({ type: 'turn' });
      now += 220;
      give({ type: 'silence', damaged });
    },
    pass(ms: number): void {
      now += ms;
    },
    now: () => now,
    session: (): Session => session,
    last: () => commandIn(sent.at(-1)),
  };
}

function commandIn(hex: string | undefined) {
  const parsed = parseFrame(fromHex(hex ?? '').subarray(1));
  if (parsed.type !== 'frame') throw new Error('no frame');
  return {
    sequence: parsed.frame.sequence,
    type: decodeCommand(parsed.frame.code, parsed.frame.data)?.type,
  };
}

/** A session that is online and has shown that it is ready. */
function online() {
  const run = driven();
  for (let n = 0; n < 5; n++) run.exchange(ack);
  expect(run.last().type).toBe('led');
  expect(run.session().link).toEqual({ phase: 'online', outage: false });
  run.reports.length = 0;
  return run;
}

describe('bringing a reader up', () => {
  it('asks ID, CAP and LSTAT, and is online with the first answer to a poll', () => {
    const run = driven();
    const asked = [];
    for (let n = 0; n < 4; n++) {
      expect(run.reports).toEqual([]);
      run.exchange(ack);
      asked.push(run.last());
    }
    expect(asked).toEqual([
      { sequence: 0, type: 'id' },
      { sequence: 1, type: 'cap' },
      { sequence: 2, type: 'lstat' },
      { sequence: 3, type: 'poll' },
    ]);
    expect(run.reports).toEqual([{ type: 'online', secure: false }]);
  });

  it('tries POLL where ID is not answered, each from sequence 0, then asks ID', () => {
    const run = driven();
    run.silent();
    expect(run.last()).toEqual({ sequence: 0, type: 'id' });
    run.exchange(ack);
    expect(run.last()).toEqual({ sequence: 0, type: 'poll' });
    run.exchange(ack);
    expect(run.last()).toEqual({ sequence: 1, type: 'id' });
  });

  it('goes on where a reader refuses to say who it is or what it can', () => {
    const run = driven();
    for (const told of [nak(3), nak(3), nak(9), ack]) run.exchange(told);
    expect(run.reports).toEqual([{ type: 'online', secure: false }]);
  });

  it('sends no light or sound to a reader that says it has none', () => {
    const run = driven();
    run.exchange(ack);
    run.exchange({
      type: 'pdcap',
      value: [4, 5].map((feature) => ({ feature, compliance: 0, count: 0 })),
    });
    run.exchange(ack);
    run.exchange(ack);
    run.give({ type: 'signal', signal: 'granted' });
    run.exchange(ack);
    expect(run.last().type).toBe('poll');
  });

  it('marks every read as old until a poll is answered with nothing', () => {
    const run = driven();
    for (const told of [ack, ack, ack, raw]) run.exchange(told);
    run.exchange(ack);
    run.exchange(raw);
    run.exchange(ack);
    run.exchange(raw);
    const cards = run.reports.flatMap((report) => (report.type === 'card' ? [report.after_outage] : []));
    expect(cards).toEqual([true, true, false]);
    expect(run.reports[0]?.type).toBe('online');
  });
});

describe('sequence numbers', () => {
  it('go 0, 1, 2, 3, 1, 2, 3', () => {
    const run = driven();
    for (let n = 0; n < 9; n++) run.exchange(ack);
    expect(run.sent.map((hex) => commandIn(hex).sequence)).toEqual([0, 1, 2, 3, 1, 2, 3, 1, 2]);
  });

  const answered = [
    ['a valid answer', (run: ReturnType<typeof online>) => run.exchange(ack), 'next'],
    [
      'an answer nobody knows',
      (run) =>
        run.exchange({ type: 'mfgrep', value: { vendor: new Uint8Array(3), data: new Uint8Array(0) } }),
      'next',
    ],
    ['a refusal of the command', (run) => run.exchange(nak(3)), 'next'],
    ['a refusal nobody knows', (run) => run.exchange(nak(0xff)), 'next'],
    ['no answer', (run) => run.silent(), 'same'],
    ['a damaged answer', (run) => run.silent(true), 'same'],
    ['BUSY', (run) => run.exchange(busy, 0), 'same'],
    ['"the check was bad"', (run) => run.exchange(nak(1)), 'same'],
    ['"another number was due"', (run) => run.exchange(nak(4), 2), 'restart'],
    ['an answer numbered 0', (run) => run.exchange(ack, 0), 'restart'],
  ] as const satisfies readonly (readonly [string, (run: ReturnType<typeof online>) => void, string])[];

  it.each(answered)('after %s', (_, happen, then) => {
    const run = online();
    run.exchange(ack);
    happen(run);
    const before = run.sent.at(-1);
    run.pass(1000);
    run.give({ type: 'turn' });
    const { sequence } = commandIn(before);
    if (then === 'same') expect(run.sent.at(-1)).toBe(before);
    if (then === 'next') expect(run.last()).toEqual({ sequence: (sequence % 3) + 1, type: 'poll' });
    if (then === 'restart') expect(run.last()).toEqual({ sequence: 0, type: 'id' });
    expect(run.reports.filter(({ type }) => type !== 'unexpected')).toEqual([]);
  });

  it('of an earlier answer are passed over in silence, and the wait goes on', () => {
    const run = online();
    run.exchange(ack);
    run.pass(50);
    run.give({ type: 'turn' });
    const { sequence } = run.session();
    run.reply(raw, ((sequence + 1) % 3) + 1);
    expect(run.reports).toEqual([]);
    expect(run.session().exchange?.waiting).toBe(true);
  });

  it('left unanswered are not used again while that answer may still come', () => {
    const run = online();
    run.silent();
    const { sequence } = run.last();
    run.exchange(ack);
    const resent = run.now();
    run.exchange(ack);
    run.exchange(ack);
    run.exchange(ack);
    expect(run.last().sequence).toBe(sequence);
    expect(run.now() - resent).toBeGreaterThanOrEqual(800);
  });

  it('are used again at once after an answer that was merely damaged', () => {
    const run = online();
    run.silent(true);
    run.exchange(ack);
    const resent = run.now();
    for (let n = 0; n < 3; n++) run.exchange(ack);
    expect(run.now() - resent).toBe(3 * pollInterval);
  });
});

describe('what a session passes over', () => {
  it.each([
    ['an answer when nothing was asked', (run: ReturnType<typeof online>) => run.reply(raw)],
    ['silence when nothing was asked', (run) => run.give({ type: 'silence', damaged: false })],
    [
      'a frame of a secure channel',
      (run) => {
        run.pass(100);
        run.give({ type: 'turn' });
        run.give({
          type: 'reply',
          frame: {
            address: 1,
            reply: true,
            sequence: run.session().sequence,
            check: 'crc',
            security: { type: 0x18, data: new Uint8Array(0) },
            ...encodeReply(raw),
          },
        });
      },
    ],
  ] as const satisfies readonly (readonly [string, (run: ReturnType<typeof online>) => void])[])(
    '%s',
    (_, happen) => {
      const run = online();
      happen(run);
      expect(run.reports).toEqual([]);
    },
  );
});

describe('losing a reader', () => {
  it('takes 8 s without a valid answer, and is told once', () => {
    const run = online();
    const lost = run.now();
    while (run.reports.length === 0) run.silent();
    expect(run.now() - lost).toBeGreaterThanOrEqual(8000);
    expect(run.now() - lost).toBeLessThan(8600);
    expect(run.reports).toEqual([{ type: 'offline', reason: 'no valid answer for 8 s' }]);
    for (let n = 0; n < 10; n++) run.silent();
    expect(run.reports).toHaveLength(1);
  });

  it('is not put off by BUSY or by answers that ask for a start anew', () => {
    for (const [told, sequence] of [
      [busy, 0],
      [nak(4), 1],
    ] as const) {
      const run = online();
      for (let n = 0; n < 200 && run.reports.length === 0; n++) run.exchange(told, sequence);
      expect(run.reports[0]?.type).toBe('offline');
    }
  });

  it('happens at once where it answers a poll with "only over a secure channel"', () => {
    for (const error of [5, 6]) {
      const run = online();
      run.exchange(nak(error));
      expect(run.reports).toEqual([{ type: 'offline', reason: 'it answers only over a secure channel' }]);
    }
  });

  it('happens at once with the line', () => {
    const run = online();
    run.give({ type: 'line_down', reason: 'unplugged' });
    run.give({ type: 'line_down', reason: 'unplugged' });
    expect(run.reports).toEqual([{ type: 'offline', reason: 'unplugged' }]);
  });

  it('forgets signals that wait: they would be shown to somebody else', () => {
    const run = online();
    run.give({ type: 'signal', signal: 'granted' });
    run.give({ type: 'line_down', reason: 'unplugged' });
    run.give({ type: 'signal', signal: 'refused' });
    expect(run.session().commands).toEqual([]);
  });

  it('for 3 s makes what it then reports old, although it never counted as offline', () => {
    const run = online();
    const lost = run.now();
    while (run.now() - lost < 3000) run.silent();
    run.exchange(raw);
    expect(run.reports).toMatchObject([{ type: 'card', after_outage: true }]);
  });
});

describe('signals', () => {
  it.each([
    ['ready', ['led']],
    ['enter_pin', ['led']],
    ['granted', ['led', 'buz']],
    ['refused', ['led', 'buz']],
  ] as const)('%s goes out before the next poll', (signal, expected) => {
    const run = online();
    run.give({ type: 'signal', signal });
    expect(run.session().due_at).toBe(run.now());
    const kinds = [];
    for (let n = 0; n < 3; n++) {
      run.exchange(ack);
      kinds.push(run.last().type);
    }
    expect(kinds.slice(0, expected.length)).toEqual(expected);
    expect(kinds[expected.length]).toBe('poll');
  });

  it('are not repeated when a reader refuses them', () => {
    const run = online();
    run.give({ type: 'signal', signal: 'ready' });
    run.exchange(nak(9));
    run.exchange(ack);
    expect(run.last().type).toBe('poll');
    expect(run.reports).toEqual([]);
  });
});
