import { beforeEach, describe, expect, test } from 'vitest';
import { type SiteUnderTest, siteUnderTest } from './site-under-test.ts';

/** A siren and a lamp at the reader of the back door. */
let at: SiteUnderTest;
const outputs = `
[readers.back.outputs.siren]
output = 0
follows = "alarm"
for = "20s"

[readers.back.outputs.lamp]
output = 1
follows = "disabled"
`;
beforeEach(async () => {
  at = await siteUnderTest({
    adapt: (text) =>
      `${text.replace('lock = "back"\nreaders', 'lock = "back"\nheld_open = "2s"\nreaders')}${outputs}`,
  });
  await at.run(1_000);
});
const reader = () => at.devices.reader('back');
const back = () => at.site.readers.find(({ name }) => name === 'back');
const shown = () =>
  at.composed.door.doors
    .status()
    .readers.find(({ id }) => id === back()?.id)
    ?.outputs.map(({ name, state, fault }) => [name, state, fault]);
const order = (name: string, how: Parameters<typeof at.composed.door.doors.outputs.order>[2]) =>
  at.done(at.composed.door.doors.outputs.order(back()?.id ?? '', name, how, 'local:ada'));
const told = async () =>
  (await at.feed()).flatMap(({ type, data }) => (type.startsWith('reader.output') ? [[type, data]] : []));

test('both are off, and known to be', () => {
  expect(reader().outputs()).toEqual([false, false]);
  expect(shown()).toEqual([
    ['siren', 'off', null],
    ['lamp', 'off', null],
  ]);
});

describe('a siren that follows the alarms of the door', () => {
  test('sounds within a second of the door being forced, until it is closed', async () => {
    at.devices.door('back').open(true);
    await at.run(1_000);
    expect(reader().outputs()).toEqual([true, false]);
    expect(shown()?.[0]).toEqual(['siren', 'on', null]);
    at.devices.door('back').close();
    await at.run(1_000);
    expect(reader().outputs()).toEqual([false, false]);
  });

  test('sounds for a door that is held open, and not before', async () => {
    await at.person('Ada', [{ kind: 'card', value: '12:3456' }]);
    at.devices.present('back', { format: 'h10301', facility: 12, number: 3456 });
    await at.until('the lock is released', () => at.devices.state().doors['back']?.lock === 'released');
    at.devices.door('back').open(false);
    await at.run(1_500);
    expect(reader().outputs()[0]).toBe(false);
    await at.run(1_500);
    expect(reader().outputs()[0]).toBe(true);
  });

  test('sounds no longer than it may, and anew when the door is forced anew', async () => {
    at.devices.door('back').open(true);
    await at.run(19_000);
    expect(reader().outputs()[0]).toBe(true);
    await at.run(2_000);
    expect(reader().outputs()[0]).toBe(false);
    await at.run(30_000);
    expect(reader().outputs()[0]).toBe(false);
    at.devices.door('back').close();
    await at.run(1_000);
    at.devices.door('back').open(true);
    await at.run(1_000);
    expect(reader().outputs()[0]).toBe(true);
  });

  test('goes out by itself when nobody is there any more', async () => {
    at.devices.door('back').open(true);
    await at.run(1_000);
    expect(reader().outputs()[0]).toBe(true);
    at.lines.get('readers')?.unplug('the controller is dead');
    await at.run(10_000);
    expect(reader().outputs()[0]).toBe(false);
  });

  test('sounds when its reader comes back to a door that was forced meanwhile', async () => {
    reader().fault('unplugged', true);
    await at.run(9_000);
    expect(shown()?.[0]).toEqual(['siren', 'unknown', null]);
    at.devices.door('back').open(true);
    await at.run(1_000);
    reader().fault('unplugged', false);
    await at.run(8_000);
    expect(reader().outputs()[0]).toBe(true);
  });

  test('is silenced by an order, and sounds for the next alarm', async () => {
    at.devices.door('back').open(true);
    await at.run(1_000);
    expect(await order('siren', { on: false })).toEqual({ ok: true, state: 'off', fault: null });
    await at.run(5_000);
    expect(reader().outputs()[0]).toBe(false);
    at.devices.door('back').close();
    await at.run(500);
    at.devices.door('back').open(true);
    await at.run(1_000);
    expect(reader().outputs()[0]).toBe(true);
  });

  test('is off after a stop in order', async () => {
    at.devices.door('back').open(true);
    await at.run(1_000);
    await at.restart('in order');
    await at.run(1_000);
    expect(reader().outputs()[0]).toBe(false);
  });
});

test('a lamp shows that the door opens for nobody, as long as it does', async () => {
  const door = at.site.doors.find(({ name }) => name === 'back')?.id ?? '';
  const until = null;
  await at.done(at.composed.door.doors.setMode(door, { mode: 'disabled', until }, 'ada'));
  await at.run(1_000);
  expect(reader().outputs()).toEqual([false, true]);
  await at.run(300_000);
  expect(reader().outputs()).toEqual([false, true]);
  await at.restart('power cut', 'settled');
  await at.run(1_000);
  expect(reader().outputs()).toEqual([false, true]);
  await at.done(at.composed.door.doors.setMode(door, null, 'ada'));
  await at.run(1_000);
  expect(reader().outputs()).toEqual([false, false]);
});

describe('an installer', () => {
  test('tries an output for a time, and is told what the reader shows', async () => {
    expect(await order('lamp', { on: true, ms: 5_000 })).toEqual({ ok: true, state: 'on', fault: null });
    await at.run(4_000);
    expect(reader().outputs()).toEqual([false, true]);
    await at.run(2_000);
    expect(reader().outputs()).toEqual([false, false]);
    expect(await told()).toEqual([
      ['reader.output_ordered', { output: 'lamp', on: true, for_ms: 5_000, operator: 'local:ada' }],
    ]);
  });

  test('is told of one that does not obey, and the feed says so once', async () => {
    reader().fault('stuck_outputs', true);
    const fault = 'it was switched on, and shows off';
    expect(await order('siren', { on: true, ms: 60_000 })).toEqual({ ok: true, state: 'off', fault });
    await at.run(40_000);
    reader().fault('stuck_outputs', false);
    await at.run(11_000);
    expect((await told()).slice(1)).toEqual([
      ['reader.output_fault', { output: 'siren', active: true, detail: fault }],
      ['reader.output_fault', { output: 'siren', active: false, detail: null }],
    ]);
  });

  test('of a reader that is away is told that nothing is known', async () => {
    reader().fault('unplugged', true);
    await at.run(9_000);
    expect(await order('siren', { on: true, ms: 1_000 })).toEqual({
      ok: true,
      state: 'unknown',
      fault: null,
    });
  });

  test('can switch nothing that the site file does not name', async () => {
    expect(await order('strike', { on: true, ms: 1_000 })).toMatchObject({
      ok: false,
      code: 'not_found',
      detail: expect.stringContaining('there are: siren, lamp'),
    });
    expect(await told()).toEqual([]);
  });
});
