import { describe, expect, test } from 'vitest';
import { encodeFrame, parseFrame } from '../../../src/panel/elk-m1/frame.ts';
import {
  decodeReport,
  decodeRequest,
  encodeReport,
  encodeRequest,
  maskedHex,
  type Report,
  type Request,
} from '../../../src/panel/elk-m1/layout.ts';
import { vectors, wire } from './vectors.ts';

const frameOf = (line: string) => {
  const parsed = parseFrame(wire(line));
  if (parsed.type !== 'frame') throw new Error(parsed.type);
  return parsed.frame;
};
const meant = (line: string): Request | Report | null => {
  const frame = frameOf(line);
  return decodeRequest(frame) ?? decodeReport(frame);
};

describe('the vectors', () => {
  test.each(vectors)('are messages, and are written as they were read: $frame', ({ frame: line }) => {
    const frame = frameOf(line);
    const request = decodeRequest(frame);
    const report = decodeReport(frame);
    const again = request !== null ? encodeRequest(request) : report !== null ? encodeReport(report) : null;
    expect(again === null ? null : Buffer.from(encodeFrame(again)).toString('latin1').trimEnd()).toBe(line);
  });

  test.each([
    ['1EAS1000000031111111000000003BF6', 'arming', { armed: '10000000', ready: '31111111', timer: 59 }],
    ['0FEE21030254200DD', 'timers', { area: 2, type: 1, timer1: 30, timer2: 254, armed: '2' }],
    ['0Da11001234003F', 'arm_away', { area: 1, code: '001234' }],
    ['0Da:10012340036', 'force_stay', { area: 1, code: '001234' }],
    ['0Da010034560038', 'disarm', { area: 1, code: '003456' }],
    ['17IC000000000000004070071', 'code_entered', { user: 4, keypad: 7 }],
    [
      '1CLD13190041142001240004240051',
      'log',
      { event: 1319, number: 4, area: 1, hour: 14, minute: 20, month: 1, day: 24, index: 0, year: 24 },
    ],
    [
      '1CLD1193102119450607001505003F',
      'log',
      { event: 1193, number: 102, area: 1, index: 1, month: 6, day: 7, year: 5 },
    ],
    [
      '23cu0050000030405060000090807062100BB',
      'change_code',
      { user: 5, authority: '003456', code: '009876', areas: 0x21, flag: 0 },
    ],
    ['23cu0050000030405060000080807062110BB', 'change_code', { flag: 1 }],
    ['23cu0050000030405060000080807062120BA', 'change_code', { flag: 2 }],
    ['09CU0051009', 'code_changed', { user: 5, flag: 1 }],
    ['09CU2550003', 'code_changed', { user: 255, flag: 0 }],
    [
      '19UA123456C30000000041F00CA',
      'code_areas',
      { code: '123456', areas: 0xc3, length: 4, type: 1, scale: 'F' },
    ],
    [
      '16XK2636115020605110006F',
      'keepalive',
      { second: 26, minute: 36, hour: 11, weekday: 5, day: 2, month: 6, year: 5 },
    ],
    ['08RP010035', 'remote', { state: 1 }],
    ['28SS1000000000000000000000000000000000002F', 'troubles', { states: `1${'0'.repeat(33)}` }],
    [
      '36VN05010C0103020000000000000000000000000000000000000074',
      'version',
      { major: 5, minor: 1, build: 12 },
    ],
    ['1BSD05001Garage Door     0005', 'name', { type: 5, number: 1, name: 'Garage Door     ' }],
  ])('%s is %s', (line, type, value) => {
    expect(meant(line)).toMatchObject({ type, value });
  });
});

test('characters that cannot be are no message', () => {
  const bad = (kind: string, data: string) => decodeReport({ kind, data: wire(data, '') });
  expect(bad('CU', '005X0')).toBe(null);
  expect(bad('CU', '0050')).toBe(null);
  expect(bad('AS', '00000000111111110000000003b')).toBe(null);
  expect(bad('UA', '12345 C30000000041F00')).toBe(null);
  expect(bad('QQ', '00')).toBe(null);
  expect(
    decodeRequest({ kind: 'cu', data: wire(`005${'000003040506'}${'100009080706'}2100`, '') }),
    'a card code',
  ).toBe(null);
});

test('no code is readable in what is kept for diagnosis, in any encoding of the wire', () => {
  const lines = vectors.map(({ frame }) => frame).filter((line) => /^..(cu|ua|UA|IC|a[0-9:])/.test(line));
  expect(lines.length).toBeGreaterThan(10);
  for (const line of [...lines, '17IC12345678901200001004B']) {
    const shown = Buffer.from(maskedHex(frameOf(line)), 'hex').toString('latin1');
    expect(shown).not.toMatch(/1234|3456|5678|9854|9876|9080706|3040506/);
    expect(shown).toContain('******');
  }
  expect(Buffer.from(maskedHex({ kind: 'qq', data: wire('123456', '') }), 'hex').toString()).toBe('qq******');
});
