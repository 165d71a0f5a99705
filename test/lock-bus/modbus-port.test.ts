import { expect, test } from 'vitest';
import { coilOff, encodeReply, type Reply } from '../../src/lock-bus/frame.ts';
import { modbusPort, type PortRequest, type Verdict } from '../../src/lock-bus/modbus-port.ts';
import { overdueAnswers } from '../../src/lock-bus/overdue.ts';
import { virtualClock } from '../support/virtual-clock.ts';

const switchOff: PortRequest = { unit: 1, fn: 'write_coil', body: { address: 3, value: coilOff } };
const setTime: PortRequest = { unit: 1, fn: 'write_register', body: { address: 3, value: 50 } };
const setTwo: PortRequest = {
  unit: 1,
  fn: 'write_registers',
  body: { address: 3, count: 2, values: Uint8Array.of(0, 1, 0, 2) },
};
const echoOfTwo = (address: number, count: number): Reply => ({
  unit: 1,
  fn: 'write_registers',
  body: { address, count },
});

test.each<[string, PortRequest, Reply, Reply]>([
  ['a refusal of another unit', switchOff, { unit: 2, fn: 'write_coil', exception: 2 }, switchOff],
  [
    'a coil value that does not exist',
    switchOff,
    { ...switchOff, body: { address: 3, value: 0x1234 } },
    switchOff,
  ],
  ['the echo of another coil', switchOff, { ...switchOff, body: { address: 4, value: coilOff } }, switchOff],
  ['the echo of another state', switchOff, { ...switchOff, body: { address: 3, value: 0xff00 } }, switchOff],
  ['the echo of another value', setTime, { ...setTime, body: { address: 3, value: 51 } }, setTime],
  ['the echo of another register', setTime, { ...setTime, body: { address: 4, value: 50 } }, setTime],
  ['an echo of fewer registers', setTwo, echoOfTwo(3, 1), echoOfTwo(3, 2)],
  ['an echo of other registers', setTwo, echoOfTwo(4, 2), echoOfTwo(3, 2)],
] as const)('%s answers nothing, and what is in flight stays so', (_, request, foreign, own) => {
  const port = modbusPort(() => {});
  port.request(request);
  const judged = (reply: Reply): Verdict['type'] => port.judge(encodeReply(reply)).type;
  expect(judged(foreign)).toBe('foreign');
  expect(judged(own)).toBe('written');
  expect(judged(own)).toBe('foreign');
});

test('a refusal that comes late is the late answer too, and one of another function is not', () => {
  let freed = 0;
  const overdue = overdueAnswers(virtualClock(), () => {
    freed += 1;
  });
  overdue.add({ unit: 1, code: 3, probed: false }, 100);
  expect(overdue.take(1, 4)).toBe(false);
  expect(overdue.take(2, 0x83)).toBe(false);
  expect(overdue.mayAsk(2)).toBe(false);
  expect(overdue.take(1, 0x83)).toBe(true);
  expect([freed, overdue.mayAsk(1), overdue.mayAsk(2)]).toEqual([1, true, true]);
});
