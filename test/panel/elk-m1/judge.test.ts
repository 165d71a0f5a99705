import elk from 'elk-message';
import { describe, expect, test } from 'vitest';
import { Secret } from '../../../src/core/secret.ts';
import { elkPanel } from '../../../src/panel/elk-m1/elk-panel.ts';
import { encodeFrame } from '../../../src/panel/elk-m1/frame.ts';
import { encodeReport, encodeRequest, type Report, type Request } from '../../../src/panel/elk-m1/layout.ts';
import { logPlaces } from '../../support/log-place.ts';
import { memoryLine } from '../../support/memory-line.ts';
import { virtualClock } from '../../support/virtual-clock.ts';
import { sitePanel } from './elk-site.ts';

/** `elk-message` is a complete codec of this protocol by somebody else: our frames against its, and our driver against a panel of it. */
const line = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1').trimEnd();
const asked = (request: Request): string => line(encodeFrame(encodeRequest(request)));
const told = (report: Report): string => `${line(encodeFrame(encodeReport(report)))}\r\n`;
const change = (flag: number) => ({
  user: 5,
  authority: '003456',
  code: '009876',
  areas: 0x21,
  flag,
  zero: 0,
});

describe('what we ask is what elk-message asks', () => {
  test.each<[Request, { raw: string }]>([
    [{ type: 'arming', value: {} }, new elk.ArmingStatusRequest()],
    [{ type: 'troubles', value: {} }, new elk.SystemTroubleStatusRequest()],
    [{ type: 'version', value: {} }, new elk.VersionNumberRequest()],
    [{ type: 'clock', value: {} }, new elk.RealTimeClockDataRequest()],
    [{ type: 'keepalive', value: {} }, new elk.EthernetModuleTestAcknowledge()],
    [{ type: 'log', value: { index: 511 } }, new elk.SystemLogDataReadRequest(511)],
    [{ type: 'code_areas', value: { code: '001234' } }, new elk.UserCodeAreasRequest('1234')],
    [
      { type: 'name', value: { type: 2, number: 17 } },
      new elk.TextDescriptionRequest(elk.TextDescriptionType.UserName, 17),
    ],
    [{ type: 'disarm', value: { area: 8, code: '1234' } }, new elk.Arm(elk.ArmingLevel.Disarm, 8, '1234')],
    [
      { type: 'arm_away', value: { area: 1, code: '1234' } },
      new elk.Arm(elk.ArmingLevel.ArmedAway, 1, '1234'),
    ],
    [
      { type: 'arm_stay', value: { area: 2, code: '123456' } },
      new elk.Arm(elk.ArmingLevel.ArmedStay, 2, '123456'),
    ],
    [{ type: 'change_code', value: change(0) }, new elk.UserCodeChangeRequest(5, '3456', '9876', [1, 6])],
    [
      { type: 'change_code', value: change(1) },
      new elk.UserCodeChangeRequest(5, '3456', '9876', [1, 6], elk.UserCodeChangeType.SetRestriction),
    ],
    [
      { type: 'change_code', value: change(2) },
      new elk.UserCodeChangeRequest(5, '3456', '9876', [1, 6], elk.UserCodeChangeType.ClearRestriction),
    ],
  ])('%j', (request, theirs) => {
    expect(asked(request)).toBe(theirs.raw.trimEnd());
  });
});

describe('what our simulated panel tells is what elk-message reads', () => {
  const time = { second: 5, minute: 26, hour: 11, weekday: 2, day: 3, month: 4, year: 26, modes: '110' };

  test('state of the areas; its timer is hexadecimal, and elk-message takes it for decimal', () => {
    const arming: Report = {
      type: 'arming',
      value: { armed: '12000000', ready: '34111111', alarm: '00000030', timer: 0x3b },
    };
    const read = elk.parse(told(arming)) as InstanceType<typeof elk.ArmingStatusReport>;
    expect(
      read.areas
        .map((area) => area.armingLevel)
        .slice(0, 3)
        .map(Number),
    ).toEqual([0x31, 0x32, 0x30]);
    expect(Number(read.getAreaStatus(1).armUpState)).toBe(0x33);
    expect(Number(read.getAreaStatus(7).alarmState)).toBe(0x33);
    expect(read.exitTime).toBe(3);
  });

  test('areas of a code; elk-message lists them from the wrong end', () => {
    const value = { code: '001234', areas: 0xc1, diagnostic: '00000000', length: 4, type: 2, scale: 'F' };
    const read = elk.parse(told({ type: 'code_areas', value })) as InstanceType<
      typeof elk.UserCodeAreasReply
    >;
    expect(read).toMatchObject({ userCode: '001234', userCodeLength: 4 });
    expect([...read.areas].reverse()).toEqual([true, false, false, false, false, false, true, true]);
  });

  test.each<[Report, object]>([
    [
      { type: 'code_changed', value: { user: 5, flag: 0, zero: 0 } },
      { userCode: 5, isSuccessful: true },
    ],
    [
      { type: 'clock', value: time },
      { seconds: 5, minutes: 26, hour: 11, dayOfMonth: 3, monthOfYear: 4, year: 2026 },
    ],
    [
      { type: 'keepalive', value: time },
      { seconds: 5, minutes: 26, hour: 11 },
    ],
    [
      {
        type: 'log',
        value: {
          event: 1174,
          number: 9,
          area: 2,
          hour: 8,
          minute: 1,
          month: 3,
          day: 2,
          index: 4,
          weekday: 2,
          year: 26,
        },
      },
      { event: 1174, eventNumberData: 9, areaNumber: 2, hour: 8, minutes: 1, month: 3, day: 2, logIndex: 4 },
    ],
    [
      { type: 'name', value: { type: 2, number: 17, name: 'Ada' } },
      { textType: 2, address: 17, text: 'Ada' },
    ],
  ])('%j', (report, read) => {
    expect(elk.parse(told(report))).toMatchObject(read);
  });
});

/** An answer of the panel, put together by elk-message. */
class Answer extends elk.ElkCommand {
  readonly #end: string;
  constructor(kind: string, data: string, end = '00') {
    super(kind.slice(0, 1), kind.slice(1), data);
    this.#end = end;
  }
  override get reserved(): string {
    return this.#end;
  }
}

test('our driver synchronises with and writes to a panel made of elk-message', async () => {
  const clock = virtualClock();
  const { line: wire, far } = memoryLine(clock);
  const answers = new Map<string, () => string>();
  const answer = (request: { raw: string }, answer: () => elk.ElkCommand) =>
    answers.set(request.raw.trimEnd(), () => answer().raw);
  let live = false;
  const allDisarmed = '0'.repeat(8) + '1'.repeat(8) + '0'.repeat(8);
  answer(new elk.VersionNumberRequest(), () => new Answer('VN', `050314${'0'.repeat(42)}`));
  answer(new elk.ArmingStatusRequest(), () => new Answer('AS', allDisarmed));
  answer(new elk.SystemTroubleStatusRequest(), () => new Answer('SS', '0'.repeat(34)));
  answer(new elk.UserCodeAreasRequest('0000'), () => new Answer('UA', '00000000000000004' + '1F'));
  answer(new elk.RealTimeClockDataRequest(), () => new Answer('RR', '0500092020326110'));
  answer(new elk.SystemLogDataReadRequest(1), () => new Answer('LD', '117300110800030200122' + '6'));
  answer(
    new elk.UserCodeAreasRequest('0849'),
    () => new Answer('UA', `000849${live ? '03' : '00'}0000000041F`),
  );
  answer(new elk.UserCodeChangeRequest(12, '3141', '0849', [1, 2]), () => {
    live = true;
    return new Answer('CU', '012');
  });
  const unknown: string[] = [];
  far.onData((bytes) => {
    const asked = line(bytes);
    const found = answers.get(asked);
    if (found === undefined) unknown.push(asked);
    else far.send(Buffer.from(`${found().trimEnd()}\r\n`, 'latin1'));
  });
  const panel = elkPanel(
    sitePanel,
    new Secret('3141'),
    wire,
    clock,
    () => new Uint8Array(6),
    logPlaces().next(),
  );
  const reports: unknown[] = [];
  panel.start((report) => reports.push(report));
  clock.advance(3000);
  expect(reports).toContainEqual({ type: 'online', firmware: '5.3.20' });
  expect(reports).toContainEqual(expect.objectContaining({ partition: 'garage', state: 'disarmed' }));
  const order = panel.write(12, new Secret('0849'), ['house', 'garage'], () => true);
  clock.advance(1000);
  expect(await order).toEqual({ ok: true, evidence: 'verified' });
  expect(unknown).toEqual([]);
});
