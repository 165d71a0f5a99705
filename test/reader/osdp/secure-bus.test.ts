import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseFrame } from '../../../src/reader/osdp/frame.ts';
import { type ReaderFault, readerFaults } from '../../../src/sim/reader-fault.ts';
import { keyFor, wiredReaders } from './wired-readers.ts';

const card = { facility: 12, number: 3456 };
const secured = (addresses: readonly number[] = [1]) => wiredReaders(addresses, { secure: true });
type Wired = ReturnType<typeof wiredReaders>;

const frames = ({ far }: Wired, from = 0) =>
  far.written.slice(from).map((wire) => {
    const parsed = parseFrame(wire.subarray(1));
    if (parsed.type !== 'frame') throw new Error('no frame');
    return parsed.frame;
  });
const alarms = ({ of }: Wired, address = 1) => of(address, 'security').map(({ what }) => what);
/** Whether anything but the handshake ever went to a reader in clear. */
const inClear = (wired: Wired) =>
  frames(wired).filter(({ security, code }) => security === null || (security.type < 0x15 && code < 0x76));
const numbersOf = ({ of }: Wired, address = 1) =>
  of(address, 'card').map(({ bits }) => ((bits[1] ?? 0) << 16) | ((bits[2] ?? 0) << 8) | (bits[3] ?? 0));
const presentAll = 0x06c040;

describe('a reader with a secure channel', () => {
  it('comes online over it, reads cards and keys and shows what it is told, and nothing goes in clear', () => {
    const wired = secured();
    const { clock, bus, reader, of } = wired;
    clock.advance(300);
    expect(of(1, 'online')).toEqual([{ type: 'online', secure: true }]);
    expect(bus.health('r1')).toMatchObject({ online: true, secure: true, timeouts: 0 });
    expect(reader(1).shows().color).toBe('red');
    reader(1).present(card);
    reader(1).type('12#');
    clock.advance(500);
    expect(numbersOf(wired)).toEqual([presentAll]);
    expect(
      of(1, 'keys')
        .flatMap(({ keys }) => keys)
        .join(''),
    ).toBe('12#');
    bus.signal('r1', 'granted');
    clock.advance(100);
    expect(reader(1).shows().color).toBe('green');
    expect(inClear(wired)).toEqual([]);
    expect(alarms(wired)).toEqual([]);
  });

  it('of which no key is kept is offline, says what to do, and is sent nothing at all', () => {
    const wired = wiredReaders([1], { secure: true, keyed: false });
    wired.clock.advance(60_000);
    expect(wired.reports.map(({ report }) => report)).toEqual([
      { type: 'offline', reason: 'not paired: postern reader pair r1' },
    ]);
    expect(wired.far.written).toEqual([]);
  });

  it('of which no key is kept takes no time from the others of its line', () => {
    const wired = secured([1, 2]);
    wired.secrets.delete('r2');
    wired.clock.advance(1000);
    wired.reader(1).present(card);
    wired.clock.advance(10_000);
    expect(numbersOf(wired)).toEqual([presentAll]);
    expect(frames(wired).filter(({ address }) => address === 2)).toEqual([]);
    expect(wired.far.written.length).toBeGreaterThan(200);
  });

  it('that is another device stays out until somebody accepts it, and its cards with it', () => {
    const wired = secured();
    const { clock, reader, of } = wired;
    wired.secrets.set('r1', { current: keyFor(1), pending: null, identity: 'somebody else' });
    reader(1).present(card);
    clock.advance(30_000);
    expect(alarms(wired)[0]).toBe('identity_changed');
    expect(of(1, 'offline')).toEqual([
      { type: 'offline', reason: 'it is not the device that was paired: postern reader accept r1' },
    ]);
    expect(of(1, 'card')).toEqual([]);
    wired.secrets.set('r1', { current: keyFor(1), pending: null, identity: null });
    wired.bus.pairing?.changed('r1');
    clock.advance(2000);
    expect(of(1, 'online')).toHaveLength(1);
    expect(of(1, 'identified')).toHaveLength(1);
    // It was read while nobody listened.
    expect(of(1, 'card').map(({ after_outage }) => after_outage)).toEqual([true]);
  });

  it('has its session made anew after 2^16 replies, without an outage or a lost card', () => {
    const wired = secured();
    const { clock, reader, of } = wired;
    clock.advance(300);
    for (let number = 0; number < 4; number++) {
      // At a poll each 40 ms that is after some 44 minutes.
      clock.advance(900_000);
      reader(1).present({ facility: 1, number });
    }
    clock.advance(500);
    expect(of(1, 'card').map(({ after_outage }) => after_outage)).toEqual([false, false, false, false]);
    expect(of(1, 'online')).toHaveLength(1);
    expect(of(1, 'offline')).toEqual([]);
    expect(frames(wired).filter(({ code }) => code === 0x76)).toHaveLength(2);
    expect(alarms(wired)).toEqual([]);
  }, 120_000);
});

const survivable = readerFaults.filter((fault) => fault !== 'wants_secure_channel');
/** Faults after which a reader is told to start anew, and throws away an answer it could not deliver. */
const forgetful: readonly ReaderFault[] = ['nak_wrong_sequence', 'asks_restart'];

describe('exactly one report per card over a secure channel', () => {
  it.each(survivable)('through %s, and without an alarm but that of a reader long busy', (fault) => {
    for (let phase = 0; phase < 50; phase += 13) {
      const wired = secured([1, 2]);
      const { clock, reader, of } = wired;
      clock.advance(300 + phase);
      reader(1).fault(fault, true);
      reader(1).present(card);
      clock.advance(2500);
      reader(1).fault(fault, false);
      clock.advance(3500);
      reader(1).present({ facility: 12, number: 77 });
      clock.advance(1000);
      expect(of(1, 'card')).toHaveLength(2);
      expect(numbersOf(wired)[0]).toBe(presentAll);
      // Handshakes that fail wait longer each time: a read after more than 3 s of that is not taken for fresh.
      const stale = of(1, 'card').map(({ after_outage }) => after_outage);
      expect(stale).toEqual([forgetful.includes(fault) && stale[0], false]);
      expect(of(1, 'offline')).toEqual([]);
      expect(alarms(wired)).toEqual(fault === 'busy' ? ['held_busy'] : []);
    }
  });

  it.each(survivable)('with %s beginning in the middle of the exchange that brings it', (fault) => {
    for (let phase = 0; phase < 10; phase += 1.5) {
      const wired = secured();
      const { clock, reader, of } = wired;
      clock.advance(300);
      reader(1).present(card);
      clock.advance(45 + phase);
      reader(1).fault(fault, true);
      clock.advance(1500);
      reader(1).fault(fault, false);
      clock.advance(3500);
      if (forgetful.includes(fault)) expect(of(1, 'card').length).toBeLessThanOrEqual(1);
      else expect(numbersOf(wired)).toEqual([presentAll]);
    }
  });

  it('through any mixture of faults that leaves the reader its memory', () => {
    const lasting = survivable.filter((fault) => !forgetful.includes(fault));
    const trouble = fc.record({
      fault: fc.constantFrom(...lasting),
      lasts: fc.integer({ min: 1, max: 3000 }),
      pause: fc.integer({ min: 1, max: 400 }),
    });
    fc.assert(
      fc.property(fc.array(trouble, { minLength: 1, maxLength: 6 }), (troubles) => {
        const wired = secured();
        const { clock, reader, of } = wired;
        clock.advance(300);
        troubles.forEach(({ fault, lasts, pause }, number) => {
          reader(1).fault(fault, true);
          reader(1).present({ facility: 1, number });
          clock.advance(lasts);
          reader(1).fault(fault, false);
          clock.advance(2000 + pause);
        });
        clock.advance(4000);
        expect(of(1, 'card')).toHaveLength(troubles.length);
        const busy = troubles.some(({ fault, lasts }) => fault === 'busy' && lasts >= 500);
        expect(alarms(wired).filter((what) => !(busy && what === 'held_busy'))).toEqual([]);
      }),
      { numRuns: 30 },
    );
  });
});

it('a reader that loses its session again and again loses no card, and that is no attack', () => {
  const wired = secured();
  const { clock, reader, of } = wired;
  clock.advance(300);
  reader(1).fault('session_lost', true);
  reader(1).present(card);
  clock.advance(1000);
  expect(of(1, 'card')).toEqual([]);
  reader(1).fault('session_lost', false);
  clock.advance(2000);
  expect(numbersOf(wired)).toEqual([presentAll]);
  expect(of(1, 'offline')).toEqual([]);
  expect(alarms(wired)).toEqual([]);
  expect(inClear(wired)).toEqual([]);
});

describe('pairing', () => {
  const pair = (wired: Wired, pending = keyFor(9)): void => {
    const kept = wired.secrets.get('r1') ?? { current: null, identity: null };
    wired.secrets.set('r1', { ...kept, pending });
    wired.bus.pairing?.open('r1', 300_000);
  };

  it.each([null, 'plain_key_answer', 'keeps_old_session', 'status_in_clear'] as const)(
    'gives a reader in install mode its own key, the reader being of the kind %s',
    (fault) => {
      const wired = wiredReaders([1], { secure: true, keyed: false });
      const { clock, reader, of } = wired;
      if (fault !== null) reader(1).fault(fault, true);
      clock.advance(1000);
      pair(wired);
      clock.advance(1000);
      expect(reader(1).key()).toEqual(keyFor(9));
      expect(of(1, 'paired')).toHaveLength(1);
      expect(of(1, 'identified')).toHaveLength(1);
      expect(of(1, 'online')).toEqual([{ type: 'online', secure: true }]);
      expect(of(1, 'pairing_failed')).toEqual([]);
      expect(alarms(wired)).toEqual(fault === 'status_in_clear' ? ['sent_in_clear'] : []);
      expect(inClear(wired)).toEqual([]);
    },
  );

  it('of a reader that has a key gives it the new one under the old', () => {
    const wired = secured();
    const { clock, reader, of } = wired;
    clock.advance(500);
    pair(wired);
    clock.advance(1000);
    expect(reader(1).key()).toEqual(keyFor(9));
    expect(of(1, 'paired')).toHaveLength(1);
    expect(of(1, 'offline')).toEqual([]);
    expect(frames(wired).filter(({ security }) => security?.type === 0x11 && security.data[0] === 0)).toEqual(
      [],
    );
  });

  it('ends by itself after its time, and no key is sent afterwards', () => {
    const wired = wiredReaders([1], { secure: true, keyed: false });
    const { clock, reader, of } = wired;
    reader(1).fault('unplugged', true);
    clock.advance(1000);
    pair(wired);
    clock.advance(301_000);
    expect(of(1, 'pairing_failed')).toEqual([
      { type: 'pairing_failed', reason: 'nobody took a key in time', key_sent: false },
    ]);
    wired.secrets.set('r1', { current: null, pending: null, identity: null });
    reader(1).fault('unplugged', false);
    clock.advance(60_000);
    expect(reader(1).key()).toBeNull();
    expect(of(1, 'online')).toEqual([]);
  });

  it('whose answer was lost with the power is ended by the next session', () => {
    const wired = secured();
    wired.secrets.set('r1', { current: keyFor(5), pending: keyFor(1), identity: null });
    wired.clock.advance(1000);
    expect(wired.of(1, 'paired')).toHaveLength(1);
    expect(alarms(wired)).toEqual([]);
  });
});

/** Numbered as in the protocol sheet, section 8. Each ends without a card of the attacker's, and most with an alarm at once. */
describe('attack', () => {
  const up = (): Wired => {
    const wired = secured();
    wired.clock.advance(500);
    return wired;
  };

  it('1, listening: what is typed and shown is not on the wire', () => {
    const wired = up();
    const seen: Uint8Array[] = [];
    wired.reader(1).type('27182818#', 'whole');
    wired.clock.advance(200);
    seen.push(...wired.far.written);
    const wire = Buffer.concat(seen).toString('latin1');
    expect(wire).not.toContain('27182818');
    expect(wired.of(1, 'keys')).toHaveLength(1);
    expect(inClear(wired)).toEqual([]);
  });

  it.each(['other_capabilities', 'refuses_handshake'] as const)(
    '2, downgrade by %s: never in plain',
    (fault) => {
      const wired = secured();
      wired.secrets.set('r1', { current: keyFor(1), pending: null, identity: 'who it was' });
      wired.reader(1).fault(fault, true);
      wired.reader(1).present(card);
      wired.clock.advance(60_000);
      expect(wired.of(1, 'card')).toEqual([]);
      expect(wired.of(1, 'online')).toEqual([]);
      expect(inClear(wired)).toEqual([]);
      expect(alarms(wired)[0]).toBe(fault === 'refuses_handshake' ? 'handshake_refused' : 'identity_changed');
    },
  );

  it('3 and 5, install mode: a reader that lost its key is not given one, and is told of', () => {
    const wired = up();
    wired.reader(1).setKey(null);
    wired.reader(1).present(card);
    wired.clock.advance(1000);
    expect(alarms(wired)[0]).toBe('install_mode');
    wired.clock.advance(60_000);
    expect(wired.of(1, 'card')).toEqual([]);
    expect(wired.reader(1).key()).toBeNull();
    expect(frames(wired).some(({ code }) => code === 0x75)).toBe(false);
    expect(wired.of(1, 'offline')[0]?.reason).toContain('install mode');
  });

  it('6, a replayed RMAC_I: is dropped and told, and the session goes on', () => {
    const wired = up();
    wired.reader(1).fault('replayed_initial_mac', true);
    wired.clock.advance(1000);
    expect(alarms(wired)).toContain('unexpected_handshake');
    expect(wired.of(1, 'card')).toEqual([]);
    expect(frames(wired).filter(({ code }) => code === 0x76)).toHaveLength(1);
  });

  it('7, an answer in plain in place of the secured one: ends the session, and the card is read after it', () => {
    const wired = up();
    const { clock, reader } = wired;
    reader(1).fault('plain_answer', true);
    reader(1).present(card);
    clock.advance(300);
    expect(wired.of(1, 'card')).toEqual([]);
    expect(alarms(wired)[0]).toBe('plain_answer');
    reader(1).fault('plain_answer', false);
    clock.advance(2000);
    expect(wired.of(1, 'card')).toHaveLength(1);
  });

  it('7, replay: the very bytes of a card read, sent again in its place, are no card', () => {
    const wired = up();
    const { clock, far, reader, of } = wired;
    const heard: Uint8Array[] = [];
    reader(1).present(card);
    for (let ms = 0; of(1, 'card').length === 0 && ms < 200; ms++) clock.advance(1);
    heard.push(...wired.spoken.slice(-1));
    expect(heard).toHaveLength(1);
    // Sequence numbers come round: the recorded answer is sent to a later poll of the same number.
    const number = frames(wired).at(-1)?.sequence;
    const recordedAt = far.written.length;
    const asked = () => far.written.length > recordedAt && frames(wired).at(-1)?.sequence === number;
    for (let tenths = 0; !asked() && tenths < 5000; tenths++) clock.advance(0.1);
    reader(1).fault('unplugged', true);
    for (const bytes of heard) far.send(bytes, 1);
    clock.advance(1000);
    expect(of(1, 'card')).toHaveLength(1);
    expect(alarms(wired)).toEqual(['mac_failure']);
  });

  it('8, guessed MACs: each guess costs a session, and the next waits longer', () => {
    const wired = up();
    const before = wired.far.written.length;
    wired.reader(1).fault('wrong_mac', true);
    wired.reader(1).present(card);
    wired.clock.advance(1000);
    expect(alarms(wired)[0]).toBe('mac_failure');
    wired.clock.advance(59_000);
    expect(frames(wired, before).filter(({ code }) => code === 0x76).length).toBeLessThan(40);
    expect(wired.of(1, 'card')).toEqual([]);
    expect(wired.of(1, 'offline')).toHaveLength(1);
  });

  it('9, forged BUSY: is told within a second, once, and keeps no reader online for ever', () => {
    const wired = up();
    wired.reader(1).fault('busy', true);
    wired.clock.advance(1000);
    expect(alarms(wired)).toEqual(['held_busy']);
    wired.clock.advance(8000);
    expect(wired.of(1, 'offline')).toHaveLength(1);
    expect(alarms(wired)).toEqual(['held_busy']);
  });

  it('a reader that is busy for half a second is not told of', () => {
    const wired = up();
    wired.reader(1).fault('busy', true);
    wired.clock.advance(500);
    wired.reader(1).fault('busy', false);
    wired.clock.advance(2000);
    expect(alarms(wired)).toEqual([]);
  });

  it('10, a rogue device at the address: it has not the key', () => {
    const wired = up();
    wired.reader(1).setKey(keyFor(7));
    wired.reader(1).present(card);
    wired.clock.advance(1000);
    expect(alarms(wired)[0]).toBe('wrong_key');
    wired.clock.advance(30_000);
    expect(wired.of(1, 'card')).toEqual([]);
  });

  it('11, malformed frames: never throw, and nothing comes of them', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 8 }), (noise) => {
        const wired = up();
        for (const bytes of noise) {
          wired.far.send(bytes);
          wired.clock.advance(7);
        }
        wired.clock.advance(1500);
        expect(wired.of(1, 'card')).toEqual([]);
        expect(wired.of(1, 'offline')).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });

  it('4 and 12, keys: none is in what is reported or in what health says', () => {
    const wired = up();
    wired.reader(1).setKey(keyFor(7));
    wired.clock.advance(2000);
    const told = JSON.stringify([wired.reports, wired.bus.health('r1')]);
    expect(told).not.toContain(Buffer.from(keyFor(1)).toString('hex'));
    expect(told).not.toContain(JSON.stringify(Array.from(keyFor(1))).slice(1, -1));
  });
});
