import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AsciiRules } from '../../../src/core/ascii-rules.ts';
import type { ReaderReport } from '../../../src/core/reader.ts';
import type { SiteReader } from '../../../src/core/site.ts';
import { readerBusFor } from '../../../src/reader/reader-bus-for.ts';
import { asciiReader } from '../../../src/sim/ascii-reader.ts';
import { memoryLine } from '../../support/memory-line.ts';
import { virtualClock } from '../../support/virtual-clock.ts';

const rules: AsciiRules = {
  frame: { kind: 'stx_etx', checksum: 'xor', content: { is: 'uid_hex' } },
  repeat_ms: 1_000,
  heard_within_ms: null,
};
const reader = (name: string, ascii = rules): SiteReader => ({
  id: name,
  name,
  protocol: 'serial_ascii',
  port: 'gate',
  address: 0,
  secure: false,
  uid: 'as_sent',
  keypad: { fixed_length: null, inter_digit_timeout_ms: 5_000 },
  ascii,
});

const noSecrets = {
  keys: { of: () => ({ current: null, pending: null, identity: null }) },
  random: (size: number) => new Uint8Array(size),
};

/** A reader on a line that is up, and long enough so for what it sends to be fresh. */
function wired(its = rules) {
  const clock = virtualClock();
  const { line, far } = memoryLine(clock, 'gate');
  const bus = readerBusFor([reader('gate', its)], line, clock, noSecrets);
  const reports: ReaderReport[] = [];
  bus.start((_, report) => reports.push(report));
  clock.advance(1_000);
  const wireOf = (uid: number): Uint8Array => {
    const bytes: Uint8Array[] = [];
    const bits = Uint8Array.of(uid >>> 24, uid >>> 16, uid >>> 8, uid);
    asciiReader(rules, (wire) => bytes.push(wire)).present({ uid: bits }, { bits, bit_count: 32 });
    return Uint8Array.from(bytes.flatMap((wire) => [...wire]));
  };
  const send = (...wires: Uint8Array[]): void => {
    for (const wire of wires) far.send(wire);
    clock.advance(1);
  };
  const shown = () =>
    reports.flatMap((report) =>
      report.type === 'card' ? [new DataView(report.bits.buffer).getUint32(0)] : [],
    );
  return { clock, far, bus, reports, wireOf, send, shown };
}

describe('a reader that writes text', () => {
  test('is online while its line is, and loses what was half read', () => {
    const { clock, far, bus, reports, wireOf, send, shown } = wired();
    expect(reports).toEqual([{ type: 'online', secure: false }]);
    send(wireOf(7).subarray(0, 5));
    far.unplug();
    clock.advance(10);
    expect(reports[1]).toMatchObject({ type: 'offline' });
    expect(bus.health('gate')).toMatchObject({ online: false });
    far.plugIn();
    clock.advance(1_000);
    send(wireOf(7).subarray(5));
    expect(shown()).toEqual([]);
  });

  test('whose line does not come up is told with the reason', () => {
    const clock = virtualClock();
    const { line, far } = memoryLine(clock, 'desk');
    far.unplug('it is not there');
    const bus = readerBusFor([reader('gate')], line, clock, noSecrets);
    const reports: ReaderReport[] = [];
    bus.start((_, report) => reports.push(report));
    clock.advance(10);
    expect(reports).toEqual([{ type: 'offline', reason: 'line desk: it is not there' }]);
  });

  test('that is offline for another reason than before is told of anew, and not else', () => {
    const { clock, far, reports } = wired();
    for (const reason of ['held by another program', 'held by another program', 'it is not there']) {
      far.unplug(reason);
      clock.advance(1_000);
      far.plugIn();
      far.unplug(reason);
      clock.advance(1_000);
    }
    expect(reports.slice(1)).toEqual([
      { type: 'offline', reason: 'line gate: held by another program' },
      { type: 'offline', reason: 'line gate: it is not there' },
    ]);
  });

  test('is not believed about what it held back while the line was down', () => {
    const { clock, far, reports, wireOf, send } = wired();
    far.unplug();
    far.plugIn();
    clock.advance(10);
    send(wireOf(7));
    expect(reports.at(-1)).toMatchObject({ type: 'card', after_outage: true });
    clock.advance(2_000);
    send(wireOf(8));
    expect(reports.at(-1)).toMatchObject({ type: 'card', after_outage: false });
  });

  test('is not believed about a card that lies there when the line is back, until it is shown anew', () => {
    const { clock, far, reports, wireOf, send } = wired();
    far.unplug();
    far.plugIn();
    clock.advance(10);
    for (let read = 0; read < 12; read++) {
      send(wireOf(7));
      clock.advance(100);
    }
    const cards = () => reports.flatMap((report) => (report.type === 'card' ? [report.after_outage] : []));
    expect(cards()).toEqual([true]);
    clock.advance(1_000);
    send(wireOf(7));
    expect(cards()).toEqual([true, false]);
  });

  test('shows a card once for as long as it is held there, and again after a second without it', () => {
    const { clock, wireOf, send, shown } = wired();
    for (let read = 0; read < 50; read++) {
      send(wireOf(7));
      clock.advance(100);
    }
    expect(shown()).toEqual([7]);
    send(wireOf(8), wireOf(7));
    clock.advance(1_000);
    send(wireOf(7));
    expect(shown()).toEqual([7, 8, 7, 7]);
  });

  test('that stops in the middle of a frame does not spoil the next one', () => {
    const { clock, bus, wireOf, send, shown } = wired();
    send(wireOf(7).subarray(0, 9));
    clock.advance(600);
    send(wireOf(7).subarray(9), wireOf(8));
    expect(shown()).toEqual([8]);
    expect(bus.health('gate').damaged).toBeGreaterThan(0);
  });

  test('tells of a text that is no card, and nothing of what was in it', () => {
    const { reports, wireOf, send, shown } = wired();
    const wrong = wireOf(0x0a0b0c0d);
    wrong[3] = 0x46;
    send(wrong);
    expect(shown()).toEqual([]);
    expect(reports.slice(1)).toEqual([
      { type: 'unexpected', detail: expect.stringMatching(/checksum is wrong/), raw: '' },
    ]);
  });

  test('is alone on its line', () => {
    const clock = virtualClock();
    const { line } = memoryLine(clock);
    expect(() => readerBusFor([reader('a'), reader('b')], line, clock, noSecrets)).toThrow(/port of its own/);
  });
});

describe('a reader with a heartbeat', () => {
  const beating = () => {
    const frame = { kind: 'line', prefix: '', suffix: '', keys: false, heartbeat: 'ALIVE' } as const;
    const at = wired({ ...rules, frame: { ...frame, content: { is: 'uid_hex' } }, heard_within_ms: 30_000 });
    const line = (text: string): void => at.send(new TextEncoder().encode(`${text}\r\n`));
    return { ...at, line };
  };

  test('is online from when it is heard, for as long as it is', () => {
    const { reports, line, clock, bus } = beating();
    expect(reports).toEqual([]);
    for (let n = 0; n < 10; n++) {
      line('ALIVE');
      clock.advance(29_000);
    }
    expect(reports).toEqual([{ type: 'online', secure: false }]);
    clock.advance(2_000);
    expect(reports.slice(1)).toEqual([{ type: 'offline', reason: 'nothing heard for 30 s' }]);
    expect(bus.health('gate')).toMatchObject({ online: false });
    clock.advance(300_000);
    expect(reports).toHaveLength(2);
    line('ALIVE');
    expect(reports.slice(2)).toEqual([{ type: 'online', secure: false }]);
  });

  test('that was not heard is not believed about the card that it says first', () => {
    const { reports, line, clock } = beating();
    line('ALIVE');
    clock.advance(40_000);
    line('0A0B0C0D');
    expect(reports.at(-1)).toMatchObject({ type: 'card', after_outage: true });
    clock.advance(2_000);
    line('0A0B0C0E');
    expect(reports.at(-1)).toMatchObject({ type: 'card', after_outage: false });
  });

  test('is not held to be there by noise', () => {
    const { reports, line, clock } = beating();
    line('ALIVE');
    for (let n = 0; n < 4; n++) {
      clock.advance(10_000);
      line('ALIVE?');
    }
    expect(reports.map(({ type }) => type)).toContain('offline');
  });
});

/** Cards with what a wire does to them: noise before, the end cut off, the whole sent twice. */
const fates = fc.array(
  fc.record({
    uid: fc.integer({ min: 1, max: 0xffff_ffff }),
    noise: fc.uint8Array({ maxLength: 20 }).map((bytes) => bytes.filter((byte) => byte !== 2)),
    cut: fc.option(fc.integer({ min: 1, max: 11 })),
    twice: fc.boolean(),
  }),
  { maxLength: 20 },
);

describe('on a bad wire', () => {
  test('every whole frame is reported once and in order, however it is split, and nothing else is', () => {
    fc.assert(
      fc.property(fates, fc.infiniteStream(fc.integer({ min: 1, max: 30 })), (cards, sizes) => {
        const { clock, wireOf, send, shown } = wired();
        const expected: number[] = [];
        const wire: number[] = [];
        for (const { uid, noise, cut, twice } of cards) {
          const frame = wireOf(uid);
          const whole = cut === null;
          wire.push(...noise, ...(whole ? frame : frame.subarray(0, cut)));
          if (whole && twice) wire.push(...frame);
          if (whole && expected.at(-1) !== uid) expected.push(uid);
          // A cut frame must not find its end in the noise after it.
          if (!whole) wire.push(2);
        }
        for (let at = 0; at < wire.length; ) {
          const size = sizes.next().value ?? 1;
          send(Uint8Array.from(wire.slice(at, at + size)));
          at += size;
        }
        clock.advance(10);
        expect(shown()).toEqual(expected);
      }),
      { numRuns: 50 },
    );
  });
});
