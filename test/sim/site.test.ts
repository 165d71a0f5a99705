import { beforeEach, describe, expect, test } from 'vitest';
import type { Site } from '../../src/core/site.ts';
import { encodeFrame, parseFrame } from '../../src/reader/osdp/frame.ts';
import { obey } from '../../src/sim/control.ts';
import type { SimulatedEvent } from '../../src/sim/simulated-event.ts';
import { type SimulatedSite, simulatedSite } from '../../src/sim/site.ts';
import { loadSite } from '../../src/site-file/load-site.ts';
import { type VirtualClock, virtualClock } from '../support/virtual-clock.ts';

const demo = new URL('../../config/demo.toml', import.meta.url).pathname;
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const bytes = (text: string) => Uint8Array.from(Buffer.from(text, 'hex'));

// Frames of the Modbus sheet (test/fixtures/modbus-locks.json): release and secure relay 0, read 8 inputs.
const release = bytes('01050000ff008c3a');
const secure = bytes('010500000000cdca');
const readInputs = bytes('01020000000879cc');

let clock: VirtualClock;
let site: SimulatedSite;
let sent: { port: string; hex: string }[];
let events: SimulatedEvent[];
const noWires = { plug: () => {}, state: () => ({}) };
const order = (request: unknown) => obey(site, noWires, request, () => 7);

const loaded = await loadSite(demo);

beforeEach(() => {
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const model: Site = loaded.site;
  clock = virtualClock();
  sent = [];
  events = [];
  site = simulatedSite(
    model,
    clock,
    (port, data) => sent.push({ port, hex: hex(data) }),
    (event) => events.push(event),
  );
});

/** Data bytes of the FC2 reply: inputs 0 to 7 of unit 1. */
function inputs(): number {
  sent.length = 0;
  site.receive('locks', readInputs);
  return Number.parseInt(sent[0]?.hex.slice(6, 8) ?? '', 16);
}

describe('a simulated door', () => {
  test('is locked until its relay is told otherwise, and opens only then', () => {
    expect(order({ do: 'door', door: 'front', open: true })).toMatchObject({ ok: false, code: 'forbidden' });
    site.receive('locks', release);
    expect(sent).toEqual([{ port: 'locks', hex: hex(release) }]);
    expect(events).toEqual([
      { event: 'lock_written', lock: 'front', state: 'released' },
      { event: 'lock_moved', lock: 'front', state: 'released' },
    ]);
    expect(order({ do: 'door', door: 'front', open: true })).toEqual({ ok: true, at_us: 7 });
    site.receive('locks', secure);
    expect(site.state().doors).toEqual({
      front: { open: true, lock: 'secured' },
      back: { open: false, lock: 'secured' },
    });
  });

  test('can be broken open while locked', () => {
    expect(order({ do: 'door', door: 'front', open: true, force: true })).toMatchObject({ ok: true });
    expect(events).toEqual([{ event: 'door_moved', door: 'front', open: true }]);
  });

  test('shows its contact and its exit button at the inputs of the site file', () => {
    // Both doors closed: the contacts (inputs 0 and 2) are closed circuits, the buttons (1 and 3) open ones.
    expect(inputs()).toBe(0b0101);
    site.door('front').open(true);
    site.door('back').pressExit();
    expect(inputs()).toBe(0b1100);
    site.door('front').close();
    clock.advance(1000);
    expect(inputs()).toBe(0b0101);
  });
});

describe('a simulated reader', () => {
  const poll = (address: number, sequence: number) => {
    const frame = encodeFrame({
      address,
      reply: false,
      sequence,
      check: 'crc',
      security: null,
      code: 0x60,
      data: new Uint8Array(0),
    });
    sent.length = 0;
    site.receive('readers', frame);
    const wire = bytes(sent.map((one) => one.hex).join(''));
    const parsed = parseFrame(wire.subarray(1));
    return parsed.type === 'frame' ? parsed.frame : null;
  };

  test('reports a card at the next poll of its own address, and the event says when and nothing of the card', () => {
    expect(order({ do: 'card', reader: 'back', card: '12:3456' })).toMatchObject({ ok: true });
    expect(poll(0, 0)?.code).toBe(0x40);
    expect(events).toEqual([]);
    const report = poll(1, 0);
    // OSDP sheet, RAW: facility 12, number 3456.
    expect(report?.code).toBe(0x50);
    expect(hex(report?.data ?? new Uint8Array(0))).toBe('00011a000606c040');
    expect(events).toEqual([{ event: 'card_reported', reader: 'back' }]);
  });

  test('unplugged, it is silent', () => {
    expect(order({ do: 'plug', reader: 'front', plugged: false })).toMatchObject({ ok: true });
    expect(poll(0, 0)).toBeNull();
    expect(order({ do: 'plug', reader: 'front', plugged: true })).toMatchObject({ ok: true });
    expect(poll(0, 0)?.code).toBe(0x40);
  });
});

test('an output of a reader is shown, and told when it moves, by its timer too', () => {
  // POLL and OUT 0 on for 5 s, of the OSDP sheet (test/fixtures/osdp.json).
  site.receive('readers', bytes('ff530108000460ba00'));
  site.receive('readers', bytes('ff53010c00056800053200d9f9'));
  expect(site.state().readers).toMatchObject({ back: { outputs: [true] } });
  expect(site.state().readers['front']).not.toHaveProperty('outputs');
  clock.advance(5_000);
  expect(site.state().readers).toMatchObject({ back: { outputs: [false] } });
  expect(events).toEqual([
    { event: 'output_moved', reader: 'back', output: 0, on: true },
    { event: 'output_moved', reader: 'back', output: 0, on: false },
  ]);
});

describe('a control request', () => {
  test.each([
    [null, /JSON object/],
    [{}, /needs "do"/],
    [{ do: 'crad' }, /did you mean "card"\?/],
    [{ do: 'card', reader: 'frnt', card: '1:1' }, /no reader is called "frnt"; did you mean "front"\?/],
    [{ do: 'card', reader: 'front', card: '256:1' }, /facility code of h10301 is 0 to 255/],
    [{ do: 'keys', reader: 'front', keys: '12 34' }, /keys are/],
    [{ do: 'door', door: 'front', open: 'yes' }, /"open", true or false/],
    [{ do: 'fault', reader: 'front', fault: 'corupt_reply', on: true }, /did you mean "corrupt_reply"\?/],
    [{ do: 'fault', lock: 'front', fault: 'loud', on: true }, /no fault of a board/],
    [{ do: 'arm', partition: 'constructor', armed: true }, /no partition/],
  ])('that is wrong is answered with what would be right: %j', (request, says) => {
    const answer = order(request);
    expect(answer.ok).toBe(false);
    if (!answer.ok) expect(answer.error).toMatch(says);
  });

  test('never repeats a PIN or a card that it refuses', () => {
    const answers = [
      order({ do: 'keys', reader: 'front', keys: '4711 0815' }),
      order({ do: 'card', reader: 'front', card: '4711:0815' }),
    ];
    expect(JSON.stringify(answers)).not.toMatch(/4711|0815/);
  });
});
