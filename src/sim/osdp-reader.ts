import type { Cancel, Clock } from '../core/clock.ts';
import { encodeH10301 } from '../core/wiegand.ts';
import { encodeFrame, type Frame, parseFrame } from '../reader/osdp/frame.ts';
import type { Command, Reply } from '../reader/osdp/layout.ts';
import { type SecurityFault, securedSide } from './osdp-secured.ts';
import { type Display, readerDisplay } from './reader-display.ts';
import {
  delayOf,
  type ReaderFault,
  refusal,
  refusedFor,
  replyWire,
  saidInstead,
  spoken,
} from './reader-fault.ts';
import { readerOutputs } from './reader-outputs.ts';

/** One simulated OSDP reader with a keypad, a light and a buzzer, and perhaps outputs. */
export interface SimulatedReader {
  /** Presents a 26-bit card. */
  present(card: { facility: number; number: number }): void;
  presentBits(bits: Uint8Array, bitCount: number): void;
  /** Types digits, `*`, `#` and `A` to `H`: one report per key, or one for all. */
  type(keys: string, manner?: 'one_by_one' | 'whole'): void;
  tamper(active: boolean): void;
  power(fault: boolean): void;
  /** Closes or opens the circuit of one of its two inputs. `told` false: it says so only when asked, as some do. */
  setInput(input: number, closed: boolean, told?: boolean): void;
  /** Reports this, whatever it is. */
  say(reply: Reply): void;
  /** Gives it a display of one line. */
  addDisplay(): void;
  /** Gives it so many outputs. `moved` is told when one has gone on or off. `timed` false: it says that they have no timer. */
  addOutputs(count: number, moved?: (output: number, on: boolean) => void, timed?: boolean): void;
  /** Switches an output for good, as a button at the reader would. */
  switchByHand(output: number, on: boolean): void;
  /** Which of its outputs are on. */
  outputs(): boolean[];
  fault(fault: ReaderFault | SecurityFault, on: boolean): void;
  /** Gives it a key for its secure channel (16 bytes), or with null puts it into install mode, as it is at first. */
  setKey(key: Uint8Array | null): void;
  key(): Uint8Array | null;
  /** Loses all state, as by a power cut; what was read and not fetched is lost. */
  restart(): void;
  shows(): Display;
  /** What its display shows. */
  text(): string;
}

/** All readers of one line. `reader` plugs one in at an address (0 to 126) when asked for it first. */
export interface SimulatedReaders {
  /** Bytes from the controller, in any chunking. `baud`: the rate they come at, where it matters. */
  receive(bytes: Uint8Array, baud?: number): void;
  /** `baud`: the only rate it hears, until COMSET changes it; left out: any. */
  reader(address: number, baud?: number): SimulatedReader;
}

/** Simulated readers (SIA OSDP 2.2) on one line; `send` puts bytes on it. */
export function osdpReaders(clock: Clock, send: (bytes: Uint8Array) => void): SimulatedReaders {
  const readers = new Map<number, ReturnType<typeof simulatedReader>>();
  let held = new Uint8Array(0);
  let lastAt = 0;
  return {
    receive(bytes, baud) {
      // A pause ends whatever frame was begun.
      if (clock.mono() - lastAt > 100) held = new Uint8Array(0);
      lastAt = clock.mono();
      held = Uint8Array.from([...held, ...bytes]);
      for (;;) {
        const parsed = parseFrame(held);
        if (parsed.type === 'need_more') return;
        held = held.slice(parsed.type === 'frame' ? parsed.size : parsed.count);
        if (parsed.type !== 'frame' || parsed.frame.reply) continue;
        for (const reader of readers.values()) {
          if (reader.isAt(parsed.frame.address, baud)) reader.hear(parsed.frame);
        }
      }
    },
    reader(address, baud) {
      const reader = readers.get(address) ?? simulatedReader(address, baud, clock, send);
      readers.set(address, reader);
      return reader.controls;
    },
  };
}

/** A reader forgets who talked to it after this long (sheet 1). */
const forgetsAfter = 8_000;
const keyBytes = new Map([...'0123456789'].map((key) => [key, key.charCodeAt(0)]));
keyBytes.set('*', 0x7f).set('#', 0x0d);
for (const key of 'ABCDEFGH') keyBytes.set(key, key.charCodeAt(0));

interface Place {
  address: number;
  baud: number | undefined;
}

function simulatedReader(
  address: number,
  baud: number | undefined,
  clock: Clock,
  send: (bytes: Uint8Array) => void,
) {
  let place: Place = { address, baud };
  /** Where it is to be when it has said so. */
  let next: Place | null = null;
  const faults = new Set<ReaderFault | SecurityFault>();
  const secured = securedSide(address, faults);
  const waiting: Reply[] = [];
  const display = readerDisplay(clock);
  const status = { tamper: 0, power: 0 };
  const inputs = Uint8Array.of(0, 0);
  let hasDisplay = false;
  let outputs = readerOutputs(0, clock, () => {});
  let outputCompliance = 4;
  let last: { sequence: number; wire: Uint8Array } | null = null;
  let heardAt = 0;
  let babble: Cancel = () => {};

  const report = (reply: Reply): void => {
    // A real one has a bounded buffer too.
    if (waiting.length < 32) waiting.push(reply);
  };
  const keypad = (keys: number[]): void =>
    report({ type: 'keypad', value: { reader: 0, count: keys.length, keys: Uint8Array.from(keys) } });

  const shownOutputs = (): Reply => ({ type: 'ostatr', value: { states: outputs.states() } });
  const extras = () => {
    const count = outputs.states().length;
    return [
      ...(hasDisplay ? [textDisplay] : []),
      ...(count === 0 ? [] : [{ feature: 2, compliance: outputCompliance, count }]),
    ];
  };

  const answer = (command: Command | null): Reply => {
    if (command === null) return refusal(3);
    const refused = refusedFor(faults, command);
    if (refused !== null) return refused;
    switch (command.type) {
      case 'poll':
        return waiting.shift() ?? { type: 'ack', value: {} };
      case 'id':
        return { type: 'pdid', value: identity(address) };
      case 'cap':
        return { type: 'pdcap', value: [...capabilities, ...extras()] };
      case 'lstat':
        return { type: 'lstatr', value: { ...status } };
      case 'out':
        if (outputs.states().length === 0) return refusal(3);
        if (faults.has('stuck_outputs')) return { type: 'ack', value: {} };
        if (!outputs.obey(command.value)) return refusal(9);
        return faults.has('shows_outputs') ? shownOutputs() : { type: 'ack', value: {} };
      case 'ostat':
        return outputs.states().length === 0 ? refusal(3) : shownOutputs();
      case 'istat':
        return { type: 'istatr', value: { states: inputs.slice() } };
      case 'comset':
        next = { address: command.value.address, baud: place.baud && command.value.baud };
        return { type: 'com', value: command.value };
      case 'text':
        if (!hasDisplay) return refusal(3);
        display.write(command.value);
        return { type: 'ack', value: {} };
      case 'led':
        return display.light(command.value) ? { type: 'ack', value: {} } : refusal(9);
      case 'buz':
        return display.sound(command.value) ? { type: 'ack', value: {} } : refusal(9);
      default:
        return refusal(3);
    }
  };

  /** What there is to say to a frame. */
  const obey = (frame: Frame): Uint8Array => {
    if (frame.sequence === 0 || clock.mono() - heardAt >= forgetsAfter) {
      last = null;
      secured.forget();
    }
    heardAt = clock.mono();
    const fault = saidInstead(faults, frame);
    if (fault !== null) return fault;
    // Told again: the same answer, and nothing is done twice. Like many readers it compares the number only.
    if (last !== null && last.sequence === frame.sequence) return last.wire;
    const expected = last === null ? 0 : (last.sequence % 3) + 1;
    if (frame.sequence !== expected) return replyWire(frame.address, expected, refusal(4));
    last = { sequence: frame.sequence, wire: secured.reply(frame, answer) };
    return last.wire;
  };

  const utter = (wire: Uint8Array): void => {
    if (faults.has('unplugged') || faults.has('drop_reply')) return;
    for (const piece of spoken(faults, wire)) send(piece);
    if (!faults.has('out_of_turn')) return;
    babble();
    babble = clock.after(7, () => send(wire));
  };

  const controls: SimulatedReader = {
    present(card) {
      const { bits, bit_count } = encodeH10301(card);
      controls.presentBits(bits, bit_count);
    },
    presentBits(bits, bitCount) {
      report({ type: 'raw', value: { reader: 0, format: 1, bit_count: bitCount, bits } });
    },
    type(keys, manner = 'one_by_one') {
      const known = [...keys].flatMap((key) => keyBytes.get(key) ?? []);
      if (manner === 'whole') keypad(known);
      else for (const key of known) keypad([key]);
    },
    tamper(active) {
      status.tamper = active ? 1 : 0;
      report({ type: 'lstatr', value: { ...status } });
    },
    power(fault) {
      status.power = fault ? 1 : 0;
      report({ type: 'lstatr', value: { ...status } });
    },
    setInput(input, closed, told = true) {
      inputs[input] = closed ? 1 : 0;
      if (told) report({ type: 'istatr', value: { states: inputs.slice() } });
    },
    say: report,
    addDisplay() {
      hasDisplay = true;
    },
    addOutputs(count, moved = () => {}, timed = true) {
      outputs = readerOutputs(count, clock, moved);
      outputCompliance = timed ? 4 : 1;
    },
    switchByHand: (output, on) => void outputs.obey([{ output, control: on ? 2 : 1, timer: 0 }]),
    outputs: () => Array.from(outputs.states(), (state) => state === 1),
    fault(fault, on) {
      if (on) faults.add(fault);
      else faults.delete(fault);
    },
    restart() {
      waiting.length = 0;
      last = null;
      secured.forget();
      display.clear();
      outputs.clear();
    },
    setKey: secured.setKey,
    key: secured.key,
    shows: () => display.shows(),
    text: () => display.text(),
  };

  return {
    controls,
    isAt: (at: number, rate: number | undefined): boolean =>
      at === place.address && (rate === undefined || place.baud === undefined || rate === place.baud),
    hear(frame: Frame): void {
      if (faults.has('unplugged') || faults.has('drop_command')) return;
      if (faults.has('echo')) send(encodeFrame(frame));
      const wire = obey(frame);
      place = next ?? place;
      next = null;
      const delay = delayOf(faults);
      if (delay === 0) utter(wire);
      else clock.after(delay, () => utter(wire));
    },
  };
}

const identity = (address: number) => ({
  vendor: Uint8Array.of(0x50, 0x53, 0x54),
  model: 1,
  version: 1,
  serial: 1000 + address,
  firmware_major: 1,
  firmware_minor: 0,
  firmware_build: 0,
});

/** Sheet 5, PDCAP: two inputs, bits of cards, one three-colour light, a timed buzzer, CRC, AES-128, one reader, SIA 2.2. */
const capabilities = [
  { feature: 1, compliance: 1, count: 2 },
  { feature: 3, compliance: 1, count: 0 },
  { feature: 4, compliance: 4, count: 1 },
  { feature: 5, compliance: 2, count: 1 },
  { feature: 8, compliance: 1, count: 0 },
  { feature: 9, compliance: 1, count: 0 },
  { feature: 13, compliance: 0, count: 1 },
  { feature: 16, compliance: 2, count: 0 },
];
/** One line of sixteen characters. */
const textDisplay = { feature: 6, compliance: 1, count: 1 };
