import { describe, expect, test } from 'vitest';
import { Secret } from '../../../src/core/secret.ts';
import { elkPanel } from '../../../src/panel/elk-m1/elk-panel.ts';
import { logPlaces } from '../../support/log-place.ts';
import { memoryLine } from '../../support/memory-line.ts';
import { virtualClock } from '../../support/virtual-clock.ts';
import { elkUnderTest, master, sitePanel } from './elk-site.ts';

const code = new Secret('084926');

describe('connection', () => {
  test('everything is read in the order of the sheet, and the firmware is told', () => {
    const { sent, ofType, states } = elkUnderTest();
    expect(sent().slice(0, 5)).toEqual(['06vn0056', '06as0066', '06ss0054', '0Cua0000000037', '06rr0056']);
    expect(ofType('online')).toEqual([{ type: 'online', firmware: '5.1.12' }]);
    expect(states('house')).toEqual(['disarmed']);
  });

  test('the state is polled although the panel pushes nothing', () => {
    const { clock, elk, states } = elkUnderTest();
    elk.fault('no_push', true);
    elk.arm(1);
    clock.advance(31_000);
    expect(states('house').at(-1)).toBe('armed');
  });

  test('a panel that no longer answers is unknown within a minute, and found again', () => {
    const { clock, elk, states, ofType } = elkUnderTest();
    elk.fault('silent', true);
    clock.advance(60_000);
    expect(states('house').at(-1)).toBe('unknown');
    expect(ofType('offline')).toMatchObject([{ detail: 'the panel does not answer' }]);
    elk.fault('silent', false);
    clock.advance(40_000);
    expect(ofType('online')).toHaveLength(2);
    expect(ofType('offline')).toHaveLength(1);
    expect(states('house').at(-1)).toBe('disarmed');
  });

  test('why it is offline is told anew when the reason is another one, and not else', () => {
    const { clock, far, ofType } = elkUnderTest();
    for (const reason of ['no route', 'no route', 'another certificate']) {
      far.unplug(reason);
      clock.advance(1000);
      far.plugIn();
      far.unplug(reason);
      clock.advance(1000);
    }
    expect(ofType('offline').map(({ detail }) => detail)).toEqual(['no route', 'another certificate']);
  });

  test('a line that is up and dead is reset after 120 s, again and again', () => {
    const clock = virtualClock();
    const { line } = memoryLine(clock);
    const reasons: string[] = [];
    const watched = { ...line, reset: (reason: string) => reasons.push(reason) };
    elkPanel(
      sitePanel,
      new Secret(master),
      watched,
      clock,
      () => new Uint8Array(6),
      logPlaces().next(),
    ).start(() => {});
    clock.advance(119_000);
    expect(reasons).toEqual([]);
    clock.advance(130_000);
    expect(reasons).toEqual(['the panel has said nothing for 120 s', 'the panel has said nothing for 120 s']);
  });

  test.each(['byte_by_byte', 'lf_only', 'noise_before', 'double'] as const)(
    'a line with %s works',
    async (fault) => {
      const { elk, panel, settled, yes, states, clock } = elkUnderTest();
      elk.fault(fault, true);
      expect(await settled(panel.write(12, code, ['house'], yes))).toEqual({
        ok: true,
        evidence: 'verified',
      });
      elk.arm(1);
      clock.advance(10);
      expect(states('house').at(-1)).toBe('armed');
    },
  );

  test('damaged answers are no answers', () => {
    const { clock, elk, states, ofType } = elkUnderTest();
    elk.fault('corrupt', true);
    clock.advance(60_000);
    expect(states('house').at(-1)).toBe('unknown');
    expect(ofType('offline')).toHaveLength(1);
  });

  test('ELKRP and installer programming: nothing is written, nothing is believed, everything is read anew', async () => {
    const { clock, elk, panel, settled, yes, states, ofType, sent } = elkUnderTest();
    elk.remote(1);
    clock.advance(5000);
    expect(states('house').at(-1)).toBe('unknown');
    expect(await settled(panel.write(12, code, ['house'], yes))).toMatchObject({ ok: false, why: 'busy' });
    expect(await settled(panel.arm('house', 'away'))).toMatchObject({
      ok: false,
      why: 'refused',
      detail: expect.stringContaining('ordered nothing'),
    });
    expect(sent().filter((line) => /^..a\d/.test(line))).toEqual([]);
    elk.remote(0);
    clock.advance(5000);
    expect(states('house').at(-1)).toBe('disarmed');
    const before = sent().length;
    elk.leaveProgramming();
    clock.advance(5000);
    expect(sent().slice(before)).toContain('06vn0056');
    expect(ofType('changed_by_hand')).toEqual(Array(2).fill({ type: 'changed_by_hand', slot: null }));
  });

  test('what it says while it is programmed counts for nothing, however often; a new connection begins anew', async () => {
    const { clock, elk, far, panel, settled, yes, states } = elkUnderTest();
    elk.remote(1);
    // Two polls that say disarmed.
    clock.advance(70_000);
    expect(states('house').at(-1)).toBe('unknown');
    far.unplug();
    clock.advance(1000);
    far.plugIn();
    clock.advance(5000);
    expect(states('house').at(-1)).toBe('disarmed');
    expect(await settled(panel.write(12, code, ['house'], yes))).toMatchObject({ ok: true });
  });

  test('firmware that cannot write codes is told, and no code is sent to it', async () => {
    const { panel, settled, yes, ofType, elk } = elkUnderTest({ firmware: { major: 4, minor: 3, build: 8 } });
    expect(ofType('misconfigured')).toMatchObject([{ detail: expect.stringContaining('4.3.9 or newer') }]);
    expect(await settled(panel.write(12, code, ['house'], yes))).toMatchObject({ why: 'disabled_in_panel' });
    expect(elk.changes()).toBe(0);
  });
});

describe('what users report', () => {
  test('gwww/elkm1#70: the state flaps around arming and disarming; disarmed is never told of an armed area', () => {
    const { clock, elk, states } = elkUnderTest();
    elk.fault('flap', true);
    elk.arm(1);
    clock.advance(60_000);
    expect(states('house')).toEqual(['disarmed', 'arming', 'armed']);
    elk.disarm(1);
    clock.advance(60_000);
    expect(states('house')).toEqual(['disarmed', 'arming', 'armed', 'disarmed']);
  });

  test('home-assistant/core#20630: to arm an armed area would disarm it, so nothing is sent', async () => {
    const { clock, elk, panel, settled, sent } = elkUnderTest();
    elk.arm(1);
    clock.advance(10);
    const orders = () => sent().filter((line) => /^0Da/.test(line)).length;
    expect(await settled(panel.arm('house', 'away'))).toEqual({ ok: true, already: true });
    expect(await settled(panel.arm('house', 'stay'))).toMatchObject({ ok: false, why: 'refused' });
    expect(orders()).toBe(0);
    expect(elk.armed(1)).toBe(true);
  });

  test('an area somebody is arming at this moment is not armed over', async () => {
    const { clock, elk, panel, settled } = elkUnderTest();
    elk.log(1173, 4, 1);
    clock.advance(1);
    const order = panel.arm('house', 'away');
    clock.advance(1);
    elk.arm(1);
    expect(await settled(order)).toMatchObject({ ok: true });
    expect(elk.armed(1)).toBe(true);
  });

  test('home-assistant/core#107990, ha-elkm1#23: an order that is silently ignored is told as refused, with the reason', async () => {
    const { elk, panel, settled } = elkUnderTest();
    const user = elk.users.get(1);
    if (user !== undefined) elk.users.set(1, { ...user, access: true });
    expect(await settled(panel.arm('house', 'away'))).toMatchObject({
      ok: false,
      why: 'refused',
      detail: expect.stringContaining('Access'),
    });
    expect(elk.armed(1)).toBe(false);
  });

  test('home-assistant/core#35310: a code is its user’s by the log, whatever keypad was touched last', () => {
    const { clock, elk, ofType } = elkUnderTest();
    elk.enterCode('271828', 7, 1313);
    clock.advance(1);
    expect(ofType('used')).toMatchObject([{ slot: 9 }]);
    expect(ofType('event')).toMatchObject([{ what: 'access', user: 9, recovered: false }]);
  });

  test('a wrong code enters no report', () => {
    const { clock, elk, reports, ofType } = elkUnderTest();
    elk.enterCode('606060', 3);
    clock.advance(1);
    expect(ofType('event')).toMatchObject([{ code: 'IC000' }]);
    expect(JSON.stringify(reports)).not.toMatch(/606060|060006/);
  });

  test('ha-elkm1#13, #26: what happened while the line was dead is read from the log, with the panel’s time made ours', () => {
    const { clock, elk, far, ofType } = elkUnderTest({ clockAheadMs: 2 * 3_600_000 });
    elk.arm(1, 9);
    clock.advance(60_000);
    const heard = ofType('event').length;
    far.unplug();
    clock.advance(60_000);
    elk.disarm(1, 9);
    const disarmed = clock.wall();
    clock.advance(120_000);
    elk.log(1313, 9, 1);
    clock.advance(60_000);
    far.plugIn();
    elk.log(1138, 0, 0);
    clock.advance(5000);
    const after = ofType('event').slice(heard);
    expect(after.map(({ what, recovered }) => `${what} ${recovered}`)).toEqual([
      'trouble false',
      'opened true',
      'access true',
    ]);
    expect(Math.abs((after[1]?.at ?? 0) - disarmed)).toBeLessThanOrEqual(60_000);
    expect(ofType('used')).toMatchObject([{ slot: 9 }, { slot: 9 }]);
  });

  test('what happened while no daemon was running is told when it is back, and nothing that was told before', async () => {
    const { clock, elk, far, panel, driver, ofType, reports } = elkUnderTest();
    for (const user of [3, 4, 5, 6]) elk.log(1173, user, 1);
    clock.advance(60_000);
    await panel.close();
    elk.log(1174, 9, 1);
    clock.advance(60_000);
    elk.log(1313, 9, 1);
    const heard = ofType('event').length;
    far.plugIn();
    driver().start((report) => reports.push(report));
    clock.advance(10_000);
    expect(
      ofType('event')
        .slice(heard)
        .map(({ what, user, recovered }) => [what, user, recovered]),
    ).toEqual([
      ['opened', 9, true],
      ['access', 9, true],
    ]);
  });

  test('news before the log was read does not hide from the next life what came before it', async () => {
    const { clock, elk, far, panel, driver, ofType, reports } = elkUnderTest();
    for (const user of [3, 4, 5, 6]) elk.log(1173, user, 1);
    clock.advance(60_000);
    far.unplug();
    elk.log(1174, 9, 1);
    // The log is never read to its end in this life.
    far.onData((bytes) => {
      if (!Buffer.from(bytes).toString().includes('ld')) elk.receive(bytes);
    });
    far.plugIn();
    clock.advance(1000);
    elk.log(1138, 0, 0);
    clock.advance(1000);
    expect(ofType('event').at(-1)).toMatchObject({ code: '1138', recovered: false });
    const heard = ofType('event').length;
    await panel.close();
    far.onData(elk.receive);
    far.plugIn();
    driver().start((report) => reports.push(report));
    clock.advance(10_000);
    const told = ofType('event').slice(heard);
    expect(told.map(({ code, recovered }) => [code, recovered])).toEqual([
      ['1174', true],
      ['1138', true],
    ]);
  });

  test('what is logged while the log is being read is told once, live', () => {
    const { clock, elk, far, ofType } = elkUnderTest();
    for (const user of [3, 4, 5, 6]) elk.log(1173, user, 1);
    clock.advance(1000);
    far.unplug();
    clock.advance(1000);
    for (const user of [7, 8, 9]) elk.log(1174, user, 1);
    far.plugIn();
    let told = false;
    far.onData((bytes) => {
      elk.receive(bytes);
      if (told || !Buffer.from(bytes).toString().includes('ld002')) return;
      told = true;
      elk.log(1138, 0, 0);
    });
    clock.advance(5000);
    const after = ofType('event').slice(4);
    expect(after.map((event) => [event.code, event.user, event.recovered])).toEqual([
      ['1138', null, false],
      ['1174', 7, true],
      ['1174', 8, true],
      ['1174', 9, true],
    ]);
  });

  test('an outage while the log is read after another one hides nothing, and repeats nothing', () => {
    const { clock, elk, far, ofType } = elkUnderTest();
    for (const user of [3, 4, 5, 6]) elk.log(1173, user, 1);
    clock.advance(1000);
    far.unplug();
    for (const user of [7, 8]) elk.log(1174, user, 1);
    far.plugIn();
    let cut = false;
    far.onData((bytes) => {
      elk.receive(bytes);
      if (cut || !Buffer.from(bytes).toString().includes('ld001')) return;
      cut = true;
      elk.log(1138, 0, 0);
      clock.after(0, far.unplug);
    });
    clock.advance(10);
    elk.log(1313, 9, 1);
    far.plugIn();
    clock.advance(5000);
    expect(
      ofType('event')
        .slice(4)
        .map(({ code, user, recovered }) => [code, user, recovered]),
    ).toEqual([
      ['1138', null, false],
      ['1174', 7, true],
      ['1174', 8, true],
      ['1313', 9, true],
    ]);
  });

  test('gwww/elkm1: end of a connection is noticed at once, and every state is unknown until it is read anew', () => {
    const { clock, elk, far, states } = elkUnderTest();
    far.unplug();
    clock.advance(1);
    expect(states('house').at(-1)).toBe('unknown');
    elk.arm(1);
    far.plugIn();
    clock.advance(100);
    expect(states('house').at(-1)).toBe('armed');
  });
});

describe('arming', () => {
  test('with exit delay it is arming, then armed; disarming is seen twice before it is told', async () => {
    const { clock, panel, settled, states } = elkUnderTest({ exitSeconds: 45 });
    expect(await settled(panel.arm('garage', 'stay'))).toEqual({ ok: true, already: false });
    expect(states('garage').at(-1)).toBe('arming');
    clock.advance(46_000);
    expect(states('garage').at(-1)).toBe('armed');
    expect(await settled(panel.disarm('garage'))).toEqual({ ok: true, already: false });
    expect(states('garage').at(-1)).toBe('disarmed');
    expect(states('house')).toEqual(['disarmed']);
  });

  test('with a zone open the panel arms by force, which is armed like any other', async () => {
    const { elk, panel, settled, states } = elkUnderTest({ exitSeconds: 0 });
    elk.zone(1, true);
    expect(await settled(panel.arm('house', 'away'))).toEqual({ ok: true, already: false });
    expect(states('house').at(-1)).toBe('armed');
    elk.zone(1, false);
    expect(await settled(panel.arm('house', 'away'))).toEqual({ ok: true, already: true });
  });

  test('a partition that is not there is refused with those that are', async () => {
    const { panel, settled } = elkUnderTest();
    expect(await settled(panel.arm('attic', 'away'))).toMatchObject({
      why: 'refused',
      detail: 'no partition "attic"; known: house, garage',
    });
  });
});

describe('troubles', () => {
  test('alarms are told when they begin and end, by kind', () => {
    const { clock, elk, ofType } = elkUnderTest();
    elk.alarm(1, '6');
    clock.advance(1);
    elk.alarm(1, '0');
    clock.advance(1);
    expect(ofType('trouble')).toEqual([
      { type: 'trouble', what: 'alarm', active: true, detail: 'partition house: burglar alarm' },
      { type: 'trouble', what: 'alarm', active: false, detail: 'partition house: burglar alarm' },
    ]);
  });

  test('those of SS are told when they come and go, with their zone', () => {
    const { clock, elk, ofType } = elkUnderTest();
    elk.trouble(0, '1');
    elk.trouble(1, '5');
    clock.advance(1);
    elk.trouble(1, '6');
    elk.trouble(0, '0');
    clock.advance(1);
    expect(ofType('trouble').map(({ what, active, detail }) => [what, active, detail])).toEqual([
      ['trouble', true, 'no mains power'],
      ['tamper', true, 'box tamper, zone 5'],
      ['tamper', false, 'box tamper, zone 5'],
      ['tamper', true, 'box tamper, zone 6'],
      ['trouble', false, 'no mains power'],
    ]);
  });
});

test('without a master code it says what to set, reads the state, and neither writes nor arms', async () => {
  const clock = virtualClock();
  const { line, far } = memoryLine(clock);
  const { elkPanel: simulated } = await import('../../../src/sim/elk-panel.ts');
  const elk = simulated(clock, far.send, { users: [] });
  far.onData(elk.receive);
  const panel = elkPanel(sitePanel, null, line, clock, () => new Uint8Array(6), logPlaces().next());
  const reports: { type: string }[] = [];
  panel.start((report) => reports.push(report));
  clock.advance(3000);
  expect(reports).toContainEqual(
    expect.objectContaining({ type: 'misconfigured', detail: expect.stringContaining('code_file') }),
  );
  expect(reports).toContainEqual(expect.objectContaining({ type: 'partition', state: 'disarmed' }));
  expect(await panel.write(12, new Secret('0849'), ['house'], () => true)).toMatchObject({
    why: 'bad_master',
  });
  expect(await panel.arm('house', 'away')).toMatchObject({ why: 'no_code' });
});
