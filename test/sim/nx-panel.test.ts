import { expect, test } from 'vitest';
import { encodeFrame } from '../../src/panel/nx-584/frame.ts';
import { type NxOptions, nxPanel } from '../../src/sim/nx-panel.ts';
import { vector } from '../panel/nx-584/vectors.ts';
import { virtualClock } from '../support/virtual-clock.ts';

/** A simulated panel spoken to in bytes of the document and of pynx584; what it says is kept as hex. */
function spokenTo(options: NxOptions = {}) {
  const clock = virtualClock();
  const said: string[] = [];
  const panel = nxPanel(clock, (bytes) => said.push(Buffer.from(bytes).toString('latin1').trim()), options);
  return {
    clock,
    panel,
    said,
    /** What it says within `ms` of being sent this vector. */
    answer(hex: string, ms = 0): string[] {
      const before = said.length;
      panel.receive(vector(hex).ascii);
      clock.advance(ms);
      return said.slice(before);
    },
  };
}

const acknowledge = '011D1E1F';
const failed = '011C1D1E';
const malformed = '011E1F20';
const rejected = '011F2021';

test('users are read and written as the document says, with either padding and either style of flags', () => {
  const { answer, panel } = spokenTo();
  expect(answer('053221430005A06C')).toEqual(['071205FFFFFF00001ED4']);
  for (const write of ['08B4214300053412006C3E', '08342143FF053412FFEB3A']) {
    expect(answer(write)).toHaveLength(1);
    expect(panel.code(5)).toBe('4321');
  }
  expect(answer('07B62143000570039A41')).toEqual([acknowledge]);
  expect(panel.rights(5)).toMatchObject({ authority: 0x70, partitions: 3 });
  panel.setCode(5, '4321', { authority: 0x70, partitions: 1 });
  expect(answer('0233053A71')).toEqual(['0712053412007001D504']);
  expect(answer('08342143FF05FFFFFFA579')).toHaveLength(1);
  expect(panel.code(5)).toBeNull();
});

test('a wrong master, a duplicate and an armed partition are refused alike, after two seconds and more', () => {
  const { answer, panel, clock } = spokenTo({ master: '9999' });
  const write = '08B4214300053412006C3E';
  expect(answer(write, 2000)).toEqual([]);
  expect(answer('0128292A')).toEqual([malformed]);
  clock.advance(3000);
  panel.setCode(1, '1234', { authority: 0x78, partitions: 0xff });
  panel.setCode(7, '4321');
  expect(answer(write, 3000)).toEqual([failed]);
  panel.setCode(7, null);
  panel.arm(1);
  panel.receive(vector(acknowledge).ascii);
  panel.receive(vector(acknowledge).ascii);
  expect(answer(write, 3000)).toEqual([failed]);
});

test('what is switched off is rejected', () => {
  const { answer } = spokenTo({ takes: [0x21] });
  expect(answer('0128292A')).toEqual([rejected]);
  expect(answer('08B4214300053412006C3E')).toEqual([rejected]);
});

test('a push is repeated until it is acknowledged; anything else said to it makes the panel deaf', () => {
  const { answer, panel, said, clock } = spokenTo();
  panel.fault('mains_failure', true);
  clock.advance(5000);
  expect(said).toHaveLength(3);
  expect(new Set(said).size).toBe(1);
  expect(answer('01272829')).toEqual([]);
  expect(answer(acknowledge)).toEqual([]);
  clock.advance(2500);
  expect(said).toHaveLength(4);
  expect(answer(acknowledge, 10_000)).toEqual([]);
  expect(answer('01272829')).toHaveLength(1);
});

test('arms and disarms by mask, and tells it', () => {
  const { answer, said } = spokenTo();
  expect(answer('06BC21430002012A4E')).toContain(acknowledge);
  answer(acknowledge);
  expect(said.some((each) => each.startsWith('09860040'))).toBe(true);
  answer(acknowledge);
  expect(answer('0226002852')).toEqual([expect.stringMatching(/^09060040/)]);
  answer('06BC2143000101294C');
  answer(acknowledge);
  answer(acknowledge);
  expect(answer('0226002852')).toEqual([expect.stringMatching(/^09060000/)]);
});

test('one button arms without a code and disarms again, and other buttons move nothing (3Eh)', () => {
  const { answer, panel, clock, said } = spokenTo();
  const press = (button: number) => {
    const frame = encodeFrame({ number: 0x3e, data: Uint8Array.of(button, 0x02), ack: true }, 'ascii');
    const before = said.length;
    panel.receive(frame);
    clock.advance(1);
    const heard = said.slice(before);
    for (let n = 0; n < 4; n++) answer(acknowledge);
    return heard;
  };
  for (const button of [0x00, 0x02]) {
    expect(press(button)).toContain(acknowledge);
    expect([panel.armed(1), panel.armed(2)]).toEqual([false, true]);
    press(button);
    expect(panel.armed(2)).toBe(false);
  }
  expect(press(0x01)).toEqual([acknowledge]);
  expect(panel.armed(2)).toBe(false);
  panel.enable([0x3e], false);
  answer(acknowledge);
  expect(press(0x02)).toEqual([rejected]);
});
