import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { standardFormats } from '../../../src/core/card-format.ts';
import { cardDecoder } from '../../../src/core/wiegand.ts';
import { osdpBus } from '../../../src/reader/osdp/bus.ts';
import { parseFrame } from '../../../src/reader/osdp/frame.ts';
import { decodeCommand } from '../../../src/reader/osdp/layout.ts';
import { osdpReaders } from '../../../src/sim/osdp-reader.ts';
import { type ReaderFault, readerFaults } from '../../../src/sim/reader-fault.ts';
import { memoryLine } from '../../support/memory-line.ts';
import { virtualClock } from '../../support/virtual-clock.ts';
import { fromHex, toHex } from './vectors.ts';
import { siteReader, wiredReaders } from './wired-readers.ts';

const card = { facility: 12, number: 3456 };
const decodeCard = cardDecoder([standardFormats.h10301]);
const numbers = (cards: { bits: Uint8Array; bit_count: number }[]) =>
  cards.map(({ bits, bit_count }) => {
    const decoded = decodeCard(bits, bit_count, null);
    if (!decoded.ok) return decoded.why;
    return 'uid' in decoded.card ? 'a serial number' : decoded.card.number;
  });
const commandOf = (wire: Uint8Array | undefined) => {
  const parsed = parseFrame((wire ?? new Uint8Array(0)).subarray(1));
  if (parsed.type !== 'frame') throw new Error('no frame');
  return {
    to: parsed.frame.address,
    sequence: parsed.frame.sequence,
    type: decodeCommand(parsed.frame.code, parsed.frame.data)?.type,
  };
};

describe('a reader on the bus', () => {
  it('is brought up with the frames of the recorded bring-up, byte for byte', () => {
    const { far, clock, of } = wiredReaders([1]);
    clock.advance(150);
    expect(far.written.slice(0, 2).map(toHex)).toEqual(['ff530109000461006023', 'ff530109000562000341']);
    expect(far.written.slice(0, 7).map(commandOf)).toEqual([
      { to: 1, sequence: 0, type: 'id' },
      { to: 1, sequence: 1, type: 'cap' },
      { to: 1, sequence: 2, type: 'lstat' },
      { to: 1, sequence: 3, type: 'poll' },
      { to: 1, sequence: 1, type: 'led' },
      { to: 1, sequence: 2, type: 'poll' },
      { to: 1, sequence: 3, type: 'poll' },
    ]);
    expect(of(1, 'online')).toEqual([{ type: 'online', secure: false }]);
  });

  it('says who it is', () => {
    const { bus, clock } = wiredReaders([1]);
    expect(bus.health('r1')).toMatchObject({ online: false, identity: null });
    clock.advance(100);
    expect(bus.health('r1')).toMatchObject({
      online: true,
      secure: false,
      identity: 'vendor 50-53-54, model 1.1, serial 1001, firmware 1.0.0',
      timeouts: 0,
      damaged: 0,
    });
  });

  it('has its card reported in the very call that brought the last byte, before anything else is sent', () => {
    const clock = virtualClock();
    const { line, far } = memoryLine(clock);
    let inData = false;
    const seen: unknown[] = [];
    const bus = osdpBus(
      [siteReader(1)],
      {
        ...line,
        open: (owner) =>
          line.open({
            ...owner,
            data(bytes) {
              inData = true;
              owner.data(bytes);
              inData = false;
            },
          }),
      },
      clock,
    );
    // Answers recorded from a reference reader: identity, capabilities, status, nothing, nothing (to LED), the card.
    const answers = [
      'ff538114000445ba0c009901040302010a0b0c1cc8',
      'ff5381290005460101020204020301000404010502010601010801000901000a00010d00011002003ad8',
      'ff53810a0006480000cb8f',
      'ff5381080007405b53',
      'ff5381080005403935',
      'ff5381080006406a60',
      'ff5381080007405b53',
      'ff53811000055000011a000606c0406bec',
    ];
    answers[2] = toHex(withCrc('53810a0006480000'));
    far.onData(() => {
      const answer = answers.shift();
      if (answer !== undefined) far.send(fromHex(answer), 4);
    });
    bus.start((_, report) => {
      if (report.type !== 'card') return;
      bus.signal('r1', 'granted');
      seen.push({ inData, answers: answers.length, sent: far.written.length, report });
    });
    clock.advance(400);
    expect(seen).toEqual([
      {
        inData: true,
        answers: 0,
        sent: 8,
        report: { type: 'card', bits: fromHex('0606c040'), bit_count: 26, after_outage: false },
      },
    ]);
    expect(commandOf(far.written[8]).type).toBe('led');
  });

  it('shows what it is told: light, sound, and red again', () => {
    const { bus, clock, reader } = wiredReaders([1]);
    clock.advance(100);
    expect(reader(1).shows()).toEqual({ color: 'red', blinking: false, beeps: 0 });
    bus.signal('r1', 'granted');
    clock.advance(50);
    expect(reader(1).shows()).toEqual({ color: 'green', blinking: false, beeps: 1 });
    clock.advance(3000);
    expect(reader(1).shows()).toEqual({ color: 'red', blinking: false, beeps: 1 });
    bus.signal('r1', 'refused');
    clock.advance(50);
    expect(reader(1).shows()).toEqual({ color: 'red', blinking: true, beeps: 4 });
    clock.advance(2000);
    bus.signal('r1', 'enter_pin');
    clock.advance(60_000);
    expect(reader(1).shows()).toEqual({ color: 'amber', blinking: true, beeps: 4 });
    bus.signal('r1', 'ready');
    clock.advance(50);
    expect(reader(1).shows()).toEqual({ color: 'red', blinking: false, beeps: 4 });
  });

  it('is shown the newest of several signals only', () => {
    const { bus, clock, reader, far } = wiredReaders([1]);
    clock.advance(200);
    const before = far.written.length;
    bus.signal('r1', 'refused');
    bus.signal('r1', 'enter_pin');
    bus.signal('r1', 'granted');
    clock.advance(100);
    expect(reader(1).shows()).toEqual({ color: 'green', blinking: false, beeps: 1 });
    const kinds = far.written.slice(before).map((wire) => commandOf(wire).type);
    expect(kinds.filter((kind) => kind !== 'poll')).toEqual(['led', 'buz']);
  });

  it.each(['one_by_one', 'whole'] as const)('reports keys typed %s', (manner) => {
    const { clock, reader, of } = wiredReaders([1]);
    clock.advance(200);
    reader(1).type('0123456789*#ABH', manner);
    clock.advance(2000);
    expect(
      of(1, 'keys')
        .flatMap(({ keys }) => keys)
        .join(''),
    ).toBe('0123456789*#ABH');
    expect(of(1, 'keys')).toHaveLength(manner === 'whole' ? 1 : 15);
  });

  it('reports tamper and power once each way', () => {
    const { clock, reader, of } = wiredReaders([1]);
    clock.advance(200);
    reader(1).tamper(true);
    reader(1).power(true);
    reader(1).tamper(true);
    clock.advance(500);
    reader(1).tamper(false);
    clock.advance(500);
    expect(of(1, 'tamper').map(({ active }) => active)).toEqual([true, false]);
    expect(of(1, 'power').map(({ fault }) => fault)).toEqual([true]);
  });

  it('with a secure channel wanted is sent nothing at all where there are no keys', () => {
    const clock = virtualClock();
    const { line, far } = memoryLine(clock);
    const told: unknown[] = [];
    const bus = osdpBus([siteReader(1, { secure: true })], line, clock);
    bus.start((_, report) => told.push(report));
    clock.advance(60_000);
    expect(far.written).toEqual([]);
    expect(told).toEqual([{ type: 'offline', reason: 'not paired: postern reader pair r1' }]);
  });

  it('that answers polls only over a secure channel never comes online, and says why', () => {
    const { clock, reader, reports } = wiredReaders([1]);
    reader(1).fault('wants_secure_channel', true);
    clock.advance(30_000);
    expect(reports.map(({ report }) => report)).toEqual([
      { type: 'offline', reason: 'it answers only over a secure channel' },
    ]);
  });
});

/** Faults a reader may have for a while without a card being lost, doubled or out of order. */
const survivable = readerFaults.filter((fault) => fault !== 'wants_secure_channel');
/** Faults after which a reader is told to start anew, and throws away an answer it could not deliver. */
const forgetful: readonly ReaderFault[] = ['nak_wrong_sequence', 'asks_restart'];

describe('exactly one report per card', () => {
  it.each(survivable)('through %s', (fault) => {
    for (let phase = 0; phase < 50; phase += 7) {
      const { clock, reader, of } = wiredReaders([1, 2]);
      clock.advance(300 + phase);
      reader(1).fault(fault, true);
      reader(1).present(card);
      clock.advance(2500);
      reader(1).fault(fault, false);
      clock.advance(3000);
      reader(1).present({ facility: 12, number: 77 });
      clock.advance(1000);
      expect(numbers(of(1, 'card'))).toEqual([3456, 77]);
      expect(of(1, 'card').some((report) => report.after_outage)).toBe(false);
      expect(of(1, 'offline')).toEqual([]);
      expect(of(1, 'online')).toHaveLength(1);
    }
  });

  it.each(survivable)('with %s beginning in the middle of the exchange that brings it', (fault) => {
    for (let phase = 0; phase < 10; phase += 0.5) {
      const { clock, reader, of } = wiredReaders([1]);
      clock.advance(300);
      reader(1).present(card);
      clock.advance(45 + phase);
      reader(1).fault(fault, true);
      clock.advance(1500);
      reader(1).fault(fault, false);
      clock.advance(3000);
      const seen = numbers(of(1, 'card'));
      // A reader that throws its unacknowledged answer away takes the card with it; twice it is never reported.
      if (forgetful.includes(fault)) expect(seen.length).toBeLessThanOrEqual(1);
      else expect(seen).toEqual([3456]);
    }
  });

  it('through any mixture of faults that leaves the reader its memory', () => {
    const lasting = survivable.filter((fault) => !forgetful.includes(fault));
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            fault: fc.constantFrom(...lasting),
            lasts: fc.integer({ min: 1, max: 3000 }),
            pause: fc.integer({ min: 1, max: 400 }),
          }),
          { minLength: 1, maxLength: 8 },
        ),
        (trouble) => {
          const { clock, reader, of } = wiredReaders([1]);
          clock.advance(300);
          trouble.forEach(({ fault, lasts, pause }, number) => {
            reader(1).fault(fault, true);
            reader(1).present({ facility: 1, number });
            clock.advance(lasts);
            reader(1).fault(fault, false);
            // Long enough that it is not offline for 8 s over several faults.
            clock.advance(2000 + pause);
          });
          clock.advance(4000);
          expect(numbers(of(1, 'card'))).toEqual(trouble.map((_, number) => number));
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('an outage', () => {
  it('is told after 8 s, and what was read in it is marked', () => {
    const { clock, reader, of, bus } = wiredReaders([1]);
    clock.advance(300);
    reader(1).fault('unplugged', true);
    clock.advance(7500);
    expect(of(1, 'offline')).toEqual([]);
    clock.advance(1000);
    expect(of(1, 'offline')).toEqual([{ type: 'offline', reason: 'no valid answer for 8 s' }]);
    expect(bus.health('r1').online).toBe(false);
    reader(1).present(card);
    reader(1).type('12', 'whole');
    clock.advance(60_000);
    reader(1).fault('unplugged', false);
    clock.advance(3000);
    expect(of(1, 'online')).toHaveLength(2);
    expect(of(1, 'card').map(({ after_outage }) => after_outage)).toEqual([true]);
    expect(of(1, 'keys').map(({ after_outage }) => after_outage)).toEqual([true]);
    reader(1).present(card);
    clock.advance(200);
    expect(of(1, 'card').map(({ after_outage }) => after_outage)).toEqual([true, false]);
    expect(reader(1).shows().color).toBe('red');
  });

  it('before the daemon came counts as one', () => {
    const { clock, reader, of } = wiredReaders([1]);
    reader(1).present(card);
    clock.advance(500);
    expect(of(1, 'card').map(({ after_outage }) => after_outage)).toEqual([true]);
  });

  it('of the line is told at once, and ends when the line is back', () => {
    const { clock, reader, far, of } = wiredReaders([1]);
    clock.advance(300);
    far.unplug('cable pulled');
    clock.advance(1);
    expect(of(1, 'offline')).toEqual([{ type: 'offline', reason: 'line readers: cable pulled' }]);
    reader(1).present(card);
    clock.advance(60_000);
    far.plugIn();
    clock.advance(300);
    expect(of(1, 'online')).toHaveLength(2);
    expect(of(1, 'card').map(({ after_outage }) => after_outage)).toEqual([true]);
  });

  it('for another reason than before is told anew, and not else', () => {
    const { clock, far, reader, reports, of } = wiredReaders([1, 2]);
    clock.advance(300);
    for (const reason of ['held by another program', 'held by another program', 'it does not exist']) {
      far.unplug(reason);
      clock.advance(100);
      far.plugIn();
      far.unplug(reason);
      clock.advance(100);
    }
    const told = reports.flatMap(({ reader, report }) =>
      report.type === 'offline' ? [`${reader} ${report.reason}`] : [],
    );
    expect(told).toEqual([
      'r1 line readers: held by another program',
      'r2 line readers: held by another program',
      'r1 line readers: it does not exist',
      'r2 line readers: it does not exist',
    ]);
    reader(1).fault('unplugged', true);
    far.plugIn();
    clock.advance(120_000);
    expect(of(1, 'offline').slice(2)).toEqual([{ type: 'offline', reason: 'no answer' }]);
    expect(of(2, 'online')).toHaveLength(2);
  });

  it('of a reader that takes its time to answer ends too', () => {
    const { clock, reader, of } = wiredReaders([1]);
    clock.advance(300);
    reader(1).fault('unplugged', true);
    clock.advance(20_000);
    reader(1).fault('delay_150', true);
    reader(1).fault('unplugged', false);
    clock.advance(10_000);
    expect(of(1, 'online')).toHaveLength(2);
  });

  it('of a reader that was never there is told once', () => {
    const { clock, reader, reports } = wiredReaders([1]);
    reader(1).fault('unplugged', true);
    clock.advance(120_000);
    expect(reports.map(({ report }) => report)).toEqual([{ type: 'offline', reason: 'no answer' }]);
    reader(1).fault('unplugged', false);
    clock.advance(3000);
    expect(reports.at(-1)?.report.type).toBe('online');
  });

  it('too short to notice is none: a reader that restarts is asked anew and shows red again', () => {
    const { clock, reader, of } = wiredReaders([1]);
    clock.advance(300);
    reader(1).restart();
    clock.advance(500);
    expect(reader(1).shows().color).toBe('red');
    reader(1).present(card);
    clock.advance(200);
    expect(of(1, 'card').map(({ after_outage }) => after_outage)).toEqual([false]);
    expect(of(1, 'offline')).toEqual([]);
  });

  it('never ends in silence while a reader keeps answering BUSY', () => {
    const { clock, reader, of } = wiredReaders([1]);
    clock.advance(300);
    reader(1).fault('busy', true);
    clock.advance(9000);
    expect(of(1, 'offline')).toHaveLength(1);
  });

  it('is declared of a reader that keeps starting anew', () => {
    const { clock, reader, of } = wiredReaders([1]);
    clock.advance(300);
    reader(1).fault('asks_restart', true);
    clock.advance(9000);
    expect(of(1, 'offline')).toHaveLength(1);
  });

  it('of everything makes the line anew now and then', () => {
    const { clock, reader, far, of } = wiredReaders([1]);
    let connections = 0;
    clock.advance(300);
    reader(1).fault('unplugged', true);
    const before = far.written.length;
    clock.advance(100_000);
    for (const wire of far.written.slice(before)) if (commandOf(wire).type === 'id') connections += 1;
    expect(connections).toBeGreaterThanOrEqual(3);
    expect(of(1, 'offline')).toHaveLength(1);
  });
});

describe('a line on which nobody is asked', () => {
  it('is not made anew for its silence', () => {
    const { clock, reader, far, bus, of, secrets } = wiredReaders([1], { secure: true, keyed: false });
    clock.advance(3_600_000);
    expect(far.written).toEqual([]);
    const key = Uint8Array.from({ length: 16 }, (_, at) => at * 7 + 1);
    reader(1).setKey(key);
    secrets.set('r1', { current: key, pending: null, identity: null });
    bus.pairing?.changed('r1');
    clock.advance(100);
    expect(of(1, 'online')).toEqual([{ type: 'online', secure: true }]);
    expect(of(1, 'offline')).toHaveLength(1);
  });
});

describe('several readers on one line', () => {
  it('have only one exchange at a time between them', () => {
    const clock = virtualClock();
    const { line, far } = memoryLine(clock);
    const bus = osdpBus(
      [1, 2, 3].map((address) => siteReader(address)),
      line,
      clock,
    );
    bus.start(() => {});
    let last = -1000;
    far.onData(() => {
      // Nobody ever answers: the next command must wait for the end of this one's time.
      expect(clock.mono() - last).toBeGreaterThanOrEqual(60);
      last = clock.mono();
    });
    clock.advance(20_000);
    expect(last).toBeGreaterThan(0);
  });

  it('are addressed after two characters of silence only', () => {
    const clock = virtualClock();
    const { line, far } = memoryLine(clock, 'readers', 9600);
    let answeredAt = Number.NEGATIVE_INFINITY;
    let heard = 0;
    const readers = osdpReaders(clock, (bytes) => {
      answeredAt = clock.mono() + 5;
      far.send(bytes, 5);
    });
    far.onData((bytes) => {
      heard += 1;
      // Sheet 1: 2.08 ms at 9600 baud.
      expect(clock.mono() - answeredAt).toBeGreaterThanOrEqual(2.08);
      readers.receive(bytes);
    });
    const bus = osdpBus([siteReader(1), siteReader(2)], line, clock);
    for (const address of [1, 2]) readers.reader(address);
    bus.start(() => {});
    clock.advance(1_000);
    expect(heard).toBeGreaterThan(40);
  });

  it('are polled every 40 ms each where the line allows', () => {
    const { far, clock, bus } = wiredReaders([1, 2, 3, 4]);
    clock.advance(1000);
    const before = far.written.length;
    clock.advance(10_000);
    const perReader = (far.written.length - before) / 4;
    expect(perReader).toBeGreaterThan(243);
    expect(perReader).toBeLessThan(252);
    expect(bus.health('r4').timeouts).toBe(0);
  });

  it('are polled as fast as a slow line allows', () => {
    // Sheet 9: at 9600 baud an exchange in plain takes 25.8 ms with 2 ms of the host's, so eight readers take some 200 ms.
    const { far, clock } = wiredReaders([0, 1, 2, 3, 4, 5, 6, 7], { baud: 9600 });
    clock.advance(2000);
    const before = far.written.length;
    clock.advance(10_000);
    expect(10_000 / (far.written.length - before)).toBeLessThan(25.8);
  });

  it('keep each its cards', () => {
    const { clock, reader, of } = wiredReaders([0, 1, 2, 126]);
    clock.advance(500);
    for (const address of [0, 1, 2, 126]) reader(address).present({ facility: 1, number: address });
    clock.advance(500);
    for (const address of [0, 1, 2, 126]) expect(numbers(of(address, 'card'))).toEqual([address]);
  });

  it('keep their rhythm beside a dead one', () => {
    const { clock, reader, of, far } = wiredReaders([1, 2, 3]);
    clock.advance(300);
    reader(3).fault('unplugged', true);
    clock.advance(20_000);
    expect(of(3, 'offline')).toHaveLength(1);
    const before = far.written.length;
    clock.advance(60_000);
    const sent = far.written.slice(before).map(commandOf);
    expect(sent.filter(({ to }) => to === 3).length).toBeLessThanOrEqual(60);
    // 1200 polls in a minute without the dead one; each of its probes may cost one or two.
    for (const address of [1, 2]) {
      expect(sent.filter(({ to }) => to === address).length).toBeGreaterThan(1050);
    }
    expect(of(1, 'offline')).toEqual([]);
  });

  it('are never kept waiting by two probes in a row, however many are dead', () => {
    const dead = [3, 4, 5, 6, 7];
    const { clock, reader, far, of } = wiredReaders([1, 2, ...dead]);
    for (const address of dead) reader(address).fault('unplugged', true);
    clock.advance(20_000);
    const before = far.written.length;
    clock.advance(60_000);
    const sent = far.written.slice(before).map(commandOf);
    expect(sent.some(({ to }, at) => dead.includes(to) && dead.includes(sent[at + 1]?.to ?? 0))).toBe(false);
    for (const address of dead) expect(sent.filter(({ to }) => to === address).length).toBeGreaterThan(5);
    for (const address of dead) reader(address).fault('unplugged', false);
    clock.advance(20_000);
    for (const address of dead) expect(of(address, 'online')).toHaveLength(1);
  });

  it('are not disturbed by one that talks out of turn', () => {
    const { clock, reader, of } = wiredReaders([1, 2]);
    clock.advance(300);
    reader(2).fault('out_of_turn', true);
    for (let number = 0; number < 20; number++) {
      reader(1).present({ facility: 1, number });
      reader(2).present({ facility: 2, number });
      clock.advance(333);
    }
    const all = Array.from({ length: 20 }, (_, number) => number);
    expect(numbers(of(1, 'card'))).toEqual(all);
    expect(numbers(of(2, 'card'))).toEqual(all);
  });

  it('do not hear their own commands as answers where the wire echoes', () => {
    const { clock, reader, of, bus } = wiredReaders([1, 2]);
    reader(1).fault('echo', true);
    reader(2).fault('echo', true);
    clock.advance(500);
    reader(1).present(card);
    clock.advance(500);
    expect(numbers(of(1, 'card'))).toEqual([3456]);
    expect(bus.health('r1')).toMatchObject({ timeouts: 0, damaged: 0 });
  });

  it('show in their counters which wire is bad', () => {
    const { clock, reader, bus } = wiredReaders([1, 2]);
    clock.advance(300);
    reader(1).fault('corrupt_reply', true);
    clock.advance(2000);
    expect(bus.health('r1').damaged).toBeGreaterThan(2);
    expect(bus.health('r2')).toMatchObject({ damaged: 0, timeouts: 0 });
  });

  it('and a name that is on no wire is a mistake of the caller', () => {
    const { bus } = wiredReaders([1]);
    expect(() => bus.signal('r9', 'ready')).toThrow('no reader r9 on line readers');
  });
});

describe('latency', () => {
  it.each([
    { baud: 9600, count: 1, worst: 68 },
    { baud: 9600, count: 8, worst: 215 },
    { baud: 115_200, count: 8, worst: 60 },
  ])(
    'at $baud baud with $count readers stays within the arithmetic of the sheet',
    ({ baud, count, worst }) => {
      const addresses = Array.from({ length: count }, (_, address) => address);
      const { clock, reader, reports } = wiredReaders(addresses, { baud });
      clock.advance(3000);
      let longest = 0;
      for (let round = 0; round < 100; round++) {
        const address = round % count;
        const at = clock.mono();
        const before = reports.length;
        reader(address).present({ facility: 1, number: round });
        clock.advance(400 + ((round * 37) % 101));
        expect(reports.length).toBe(before + 1);
        longest = Math.max(longest, (reports[before]?.at ?? Number.POSITIVE_INFINITY) - at);
      }
      expect(longest).toBeLessThanOrEqual(worst);
    },
  );
});

describe('a bus that is closed', () => {
  it('sends nothing more and reports nothing more', async () => {
    const { bus, clock, far, reader, reports } = wiredReaders([1]);
    clock.advance(300);
    await bus.close();
    const sent = far.written.length;
    const told = reports.length;
    reader(1).present(card);
    clock.advance(20_000);
    expect([far.written.length, reports.length]).toEqual([sent, told]);
    expect(clock.untilNext()).toBeNull();
  });
});

/** Completes a packet of hex with mark and CRC. */
function withCrc(hex: string): Uint8Array {
  const bytes = fromHex(hex);
  let crc = 0x1d0f;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++)
      crc = crc & 0x8000 ? ((crc << 1) ^ 0x1021) & 0xffff : (crc << 1) & 0xffff;
  }
  return Uint8Array.of(0xff, ...bytes, crc & 0xff, crc >> 8);
}
