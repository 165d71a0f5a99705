import { describe, expect, it } from 'vitest';
import { usualFeedback } from '../../../src/core/feedback.ts';
import type { Reply } from '../../../src/reader/osdp/layout.ts';
import { fromHex } from './vectors.ts';
import { wiredReaders } from './wired-readers.ts';

/** One reader, online, with nothing of its start on the wire any more. */
function online(options: Parameters<typeof wiredReaders>[1] = {}) {
  const wired = wiredReaders([1], options);
  wired.clock.advance(400);
  return wired;
}

describe('the inputs of a reader', () => {
  it('are told once at first, and then when they change', () => {
    const { clock, reader, of } = online({ inputs: true });
    expect(of(1, 'inputs')).toEqual([{ type: 'inputs', states: ['open', 'open'], first: true }]);
    reader(1).setInput(1, true);
    clock.advance(100);
    reader(1).setInput(1, false);
    clock.advance(20_000);
    expect(of(1, 'inputs').slice(1)).toEqual([
      { type: 'inputs', states: ['open', 'closed'], first: false },
      { type: 'inputs', states: ['open', 'open'], first: false },
    ]);
  });

  it('are asked for often enough where the reader says nothing by itself', () => {
    const { clock, reader, of } = online({ inputs: true });
    reader(1).setInput(0, true, false);
    clock.advance(320);
    expect(of(1, 'inputs').at(-1)).toMatchObject({ states: ['closed', 'open'] });
  });

  it('are told anew after an outage, and nothing that was queued in it', () => {
    const { clock, reader, of } = online({ inputs: true });
    reader(1).fault('unplugged', true);
    clock.advance(20_000);
    reader(1).setInput(1, true);
    reader(1).setInput(1, false);
    reader(1).fault('unplugged', false);
    clock.advance(6_000);
    expect(of(1, 'inputs').slice(1)).toEqual([{ type: 'inputs', states: ['open', 'open'], first: true }]);
  });

  it('of supervised circuits may be at fault', () => {
    const { clock, reader, of } = online({ inputs: true });
    reader(1).say({ type: 'istatr', value: { states: Uint8Array.of(1, 3) } });
    clock.advance(100);
    expect(of(1, 'inputs').at(-1)?.states).toEqual(['closed', 'fault']);
  });

  it('are not asked for where they serve no door, and a reader that refuses to tell stays online', () => {
    const plain = online();
    plain.clock.advance(5_000);
    expect(plain.of(1, 'inputs')).toEqual([]);
    const refusing = online({ inputs: true });
    refusing.reader(1).fault('nak_unknown_command', true);
    refusing.clock.advance(20_000);
    expect(refusing.of(1, 'offline')).toEqual([]);
  });

  it.each([false, true])('are told over a secure channel too (%s)', (secure) => {
    const { clock, reader, of } = wiredReaders([1], { inputs: true, secure });
    clock.advance(1_000);
    reader(1).setInput(0, true);
    clock.advance(100);
    expect(of(1, 'inputs').at(-1)?.states).toEqual(['closed', 'open']);
  });
});

describe('a display', () => {
  it('shows what signals say, and what stays when a passing text is over', () => {
    const { bus, clock, reader } = wiredReaders([1]);
    reader(1).addDisplay();
    clock.advance(400);
    expect(reader(1).text()).toBe('');
    bus.signal('r1', 'enter_pin');
    clock.advance(100);
    expect(reader(1).text()).toBe(usualFeedback.enter_pin.text);
    bus.signal('r1', 'granted');
    clock.advance(200);
    expect(reader(1).text()).toBe(usualFeedback.granted.text);
    clock.advance(3_000);
    expect(reader(1).text()).toBe('');
  });

  it('that a reader does not say to have is sent nothing', () => {
    const { bus, clock, reader } = online();
    bus.signal('r1', 'granted');
    clock.advance(200);
    expect(bus.health('r1').recent).toMatchObject({ refusals: 0 });
    expect(reader(1).text()).toBe('');
  });
});

describe('what a reader should not say', () => {
  it.each([
    ['fewer bytes than bits', 26, '0606c0', '26 bits, which are 4 bytes, and sends 3 bytes'],
    ['more bytes than bits', 26, '0606c04000', 'and sends 5 bytes'],
    ['more bits than any card has', 1025, '00'.repeat(129), 'no card has more than 1024'],
  ])('a card with %s is told as unreadable, with sizes and no bits', (_, bit_count, hex, says) => {
    const { clock, reader, of } = online();
    reader(1).say({ type: 'raw', value: { reader: 0, format: 1, bit_count, bits: fromHex(hex) } });
    clock.advance(200);
    expect(of(1, 'card')).toEqual([]);
    expect(of(1, 'unreadable_card')).toEqual([
      { type: 'unreadable_card', bit_count, why: expect.stringContaining(says) },
    ]);
  });

  it.each<[string, Reply, string]>([
    ['a refusal with a code nobody knows', nak(0x42, '0711'), '41420711'],
    [
      'a message of its vendor',
      { type: 'mfgrep', value: { vendor: fromHex('aabbcc'), data: fromHex('0606c040') } },
      '90aabbcc',
    ],
    [
      'the state of a file transfer',
      { type: 'ftstat', value: { action: 0, delay_ms: 0, status: 1, max_message: 0 } },
      '7a',
    ],
    ['a reader head that is gone', { type: 'rstatr', value: { states: fromHex('0001') } }, '4b0001'],
    ['a reader head that somebody opened', { type: 'rstatr', value: { states: fromHex('02') } }, '4b02'],
  ])('%s is told with its bytes, without data of the vendor, and the reader stays', (_, reply, raw) => {
    const { clock, reader, of } = online();
    reader(1).say(reply);
    clock.advance(1_000);
    expect(of(1, 'unexpected').map((report) => report.raw)).toEqual([raw]);
    expect(of(1, 'offline')).toEqual([]);
    reader(1).present({ facility: 1, number: 2 });
    clock.advance(200);
    expect(of(1, 'card')).toHaveLength(1);
  });

  it('a refusal that the standard knows is no news, nor is a reader head in order', () => {
    const { clock, reader, of } = online();
    reader(1).say(nak(9, ''));
    reader(1).say({ type: 'rstatr', value: { states: fromHex('0000') } });
    clock.advance(200);
    expect(of(1, 'unexpected')).toEqual([]);
  });
});

function nak(error: number, detail: string): Reply {
  return { type: 'nak', value: { error, detail: fromHex(detail) } };
}

describe('the traffic of the last minutes', () => {
  it('tells apart what can go wrong on a wire', () => {
    const { bus, clock, reader } = online();
    const during = (fault: Parameters<ReturnType<typeof reader>['fault']>[0], ms: number) => {
      reader(1).fault(fault, true);
      clock.advance(ms);
      reader(1).fault(fault, false);
      clock.advance(2_000);
      return bus.health('r1').recent;
    };
    expect(bus.health('r1').recent).toMatchObject({
      resends: 0,
      timeouts: 0,
      damaged: 0,
      refusals: 0,
      busy: 0,
    });
    expect(during('drop_reply', 400)?.timeouts).toBeGreaterThan(0);
    expect(during('corrupt_reply', 400)?.damaged).toBeGreaterThan(0);
    expect(during('busy', 400)?.busy).toBeGreaterThan(0);
    expect(during('nak_unknown_command', 400)?.refusals).toBeGreaterThan(0);
    const recent = bus.health('r1').recent;
    expect(recent?.resends).toBeGreaterThanOrEqual((recent?.timeouts ?? 0) + (recent?.damaged ?? 0));
  });

  it('forgets in five to six minutes, and counts on since the start', () => {
    const { bus, clock, reader } = online();
    reader(1).fault('corrupt_reply', true);
    clock.advance(1_000);
    reader(1).fault('corrupt_reply', false);
    clock.advance(240_000);
    expect(bus.health('r1').recent?.damaged).toBeGreaterThan(0);
    clock.advance(130_000);
    const { recent, damaged } = bus.health('r1');
    expect(recent).toMatchObject({ damaged: 0, resends: 0 });
    expect(recent?.span_ms).toBeGreaterThanOrEqual(300_000);
    expect(recent?.span_ms).toBeLessThan(361_000);
    expect(recent?.exchanges).toBeGreaterThan(5_000);
    expect(damaged).toBeGreaterThan(0);
  });
});
