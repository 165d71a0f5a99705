import { describe, expect, it } from 'vitest';
import { Secret } from '../../../src/core/secret.ts';
import { parseFrame } from '../../../src/panel/nx-584/frame.ts';
import { wiredPanel } from './wired-panel.ts';

type Options = Parameters<typeof wiredPanel>[0];
const always = () => true;
const withoutUserCommands = [0x21, 0x26, 0x27, 0x28, 0x2a, 0x3c];

/** A started panel, read in full. */
async function online(options: Options = {}, master?: string | null) {
  const rig = master === undefined ? wiredPanel(options) : wiredPanel(options, master);
  rig.start();
  await rig.pass(500);
  const write = (slot: number, code: string, partitions = ['main']) =>
    rig.settled(rig.panel.write(slot, new Secret(code), partitions, always));
  return { ...rig, write };
}

describe('reading a panel in full', () => {
  it('goes in the order of the sheet, before anything is said to be disarmed', async () => {
    const { sent, reports, state } = await online();
    expect(sent().slice(0, 5)).toEqual([0x21, 0x28, 0x27, 0x26, 0x26]);
    expect(state('main')).toBe('disarmed');
    expect(reports.at(-1)).toEqual({ type: 'online', firmware: '3.07' });
  });

  it('is done again when the panel restarts, and nothing is known meanwhile (pynx584#64, #65)', async () => {
    const { sim, pass, sent, ofType, state } = await online();
    const before = sent().length;
    sim.powerUp();
    await pass(1000);
    expect(
      sent()
        .slice(before)
        .filter((number) => number === 0x26).length,
    ).toBeGreaterThanOrEqual(2);
    const states = ofType('partition').filter(({ partition }) => partition === 'main');
    expect(states.map((report) => report.state)).toEqual(['disarmed', 'unknown', 'disarmed']);
    expect(state('store')).toBe('disarmed');
    expect(ofType('online')).toHaveLength(1);
  });

  it('works with a panel whose answers ask to be acknowledged, and does not go on for ever', async () => {
    const rig = wiredPanel();
    rig.sim.fault('flagged_answers', true);
    rig.start();
    await rig.pass(100_000, 50);
    expect(rig.ofType('online')).toHaveLength(1);
    expect(rig.ofType('partition')).toHaveLength(2);
    expect(rig.state('main')).toBe('disarmed');
    expect(rig.sent().filter((number) => number === 0x21).length).toBeLessThan(5);
  });

  it('while the panel is read in full, each partition’s own status decides, not the snapshot before it', async () => {
    const rig = wiredPanel();
    rig.sim.fault('no_pushes', true);
    rig.far.onData((bytes) => {
      const parsed = parseFrame(bytes, 'ascii');
      if (parsed.type === 'frame' && parsed.frame.number === 0x26) rig.sim.arm(1);
      rig.sim.receive(bytes);
    });
    rig.start();
    await rig.pass(3000);
    expect(rig.ofType('online')).toHaveLength(1);
    const main = rig.ofType('partition').filter(({ partition }) => partition === 'main');
    expect(main.map(({ state }) => state)).toEqual(['armed']);
  });

  it('after 30 seconds without a word the connection itself is made anew', async () => {
    const rig = wiredPanel();
    rig.start();
    await rig.pass(3000);
    const resets: number[] = [];
    const { reset } = rig.line;
    rig.line.reset = (why) => {
      resets.push(rig.clock.mono());
      reset(why);
    };
    const from = rig.clock.mono();
    rig.sim.fault('silent', true);
    await rig.pass(60_000, 50);
    expect((resets[0] ?? 0) - from).toBeGreaterThanOrEqual(25_000);
    expect((resets[0] ?? 0) - from).toBeLessThan(50_000);
    rig.sim.fault('silent', false);
    await rig.pass(30_000, 50);
    expect(rig.state('main')).toBe('disarmed');
  });

  it.each([
    ['another authority', { authority: 0x78, partitions: 0x01 }],
    ['other partitions', { authority: 0x70, partitions: 0x03 }],
  ])('a code that ends up with %s is taken back, and is no success', async (_, rights) => {
    const rig = wiredPanel();
    rig.start();
    await rig.pass(3000);
    let given = false;
    rig.far.onData((bytes) => {
      rig.sim.receive(bytes);
      const parsed = parseFrame(bytes, 'ascii');
      if (given || parsed.type !== 'frame' || parsed.frame.number !== 0x36) return;
      given = true;
      rig.sim.setCode(5, '4321', rights);
    });
    const outcome = await rig.settled(rig.panel.write(5, new Secret('4321'), ['main'], () => true));
    expect(given).toBe(true);
    expect(outcome).toMatchObject({ ok: false, why: 'rejected', raw: expect.stringMatching(/^12 05 \*\* /) });
    expect(rig.sim.code(5)).toBeNull();
  });

  it('a panel that does not show its log is not asked for it', async () => {
    const rig = wiredPanel({ takes: [0x21, 0x26, 0x27, 0x28, 0x32, 0x34, 0x36] });
    rig.start();
    await rig.pass(5000);
    expect(rig.ofType('online')).toHaveLength(1);
    expect(rig.sent()).not.toContain(0x2a);
  });

  it('names a partition of the site file that the panel does not have, and never calls it disarmed', async () => {
    const { ofType, state } = await online({ named: { main: 1, attic: 7 } });
    expect(ofType('misconfigured')[0]?.detail).toContain('attic (number 7)');
    expect(state('main')).toBe('disarmed');
    expect(state('attic')).toBe('unknown');
  });

  it('a panel set to tell no states is told so, with location and segment, and stays unknown', async () => {
    const { ofType, state, pass } = await online({ takes: [0x21, 0x28] });
    await pass(5000);
    expect(ofType('misconfigured')[0]?.detail).toMatch(/location 3 .* 211/);
    expect(ofType('misconfigured')[0]?.detail).toContain('segment 1 option 8 (27h)');
    expect(state('main')).toBe('unknown');
    expect(ofType('online')).toEqual([]);
  });
});

describe('polling', () => {
  it('asks for partitions every 5 to 10 s and for the system every 30 to 60 s', async () => {
    const { pass, sent } = await online();
    const before = sent().length;
    await pass(120_000, 50);
    const count = (number: number) =>
      sent()
        .slice(before)
        .filter((each) => each === number).length;
    expect(count(0x27)).toBeGreaterThanOrEqual(12);
    expect(count(0x27)).toBeLessThanOrEqual(24);
    expect(count(0x28)).toBeGreaterThanOrEqual(2);
    expect(count(0x28)).toBeLessThanOrEqual(4);
  });

  it('sees arming without a single push', async () => {
    const { sim, pass, state } = await online();
    sim.fault('no_pushes', true);
    sim.arm(2);
    await pass(10_000, 50);
    expect(state('store')).toBe('armed');
  });

  it('silence makes everything unknown within 30 s, and the connection is made anew', async () => {
    const { sim, far, pass, state, ofType } = await online();
    let connections = 0;
    const { length } = far.written;
    sim.fault('silent', true);
    await pass(30_000, 50);
    expect(state('main')).toBe('unknown');
    expect(ofType('offline')).toHaveLength(1);
    await pass(60_000, 50);
    connections = far.written.length - length;
    expect(connections).toBeGreaterThan(3);
    sim.fault('silent', false);
    await pass(30_000, 50);
    expect(state('main')).toBe('disarmed');
  });

  it('nothing but damaged frames is silence', async () => {
    const { sim, pass, state } = await online();
    sim.fault('garbled', true);
    await pass(30_000, 50);
    expect(state('main')).toBe('unknown');
    sim.fault('garbled', false);
    sim.fault('noise_before', true);
    await pass(60_000, 50);
    expect(state('main')).toBe('disarmed');
  });
});

describe('pushes', () => {
  it('one that is repeated because the panel hears no acknowledgement is one (pynx584#25)', async () => {
    const { sim, pass, ofType } = await online();
    sim.fault('deaf_to_acknowledgements', true);
    sim.log(40, 4);
    await pass(12_000, 50);
    expect(ofType('event')).toHaveLength(1);
    sim.fault('deaf_to_acknowledgements', false);
    await pass(30_000, 50);
    expect(ofType('event')).toHaveLength(1);
  });

  it('in the middle of a write it is acknowledged first, and the write is not lost', async () => {
    const { sim, panel, settled, clock, sent } = await online();
    const before = sent().length;
    const order = panel.write(5, new Secret('0123'), ['main'], always);
    sim.log(0, 2);
    clock.advance(1);
    expect(await settled(order)).toEqual({ ok: true, evidence: 'read_back' });
    expect(sim.code(5)).toBe('0123');
    expect(sent().slice(before, before + 2)).toContain(0x1d);
  });

  it('disarmed is asked for at once, not taken on trust', async () => {
    const { sim, pass, sent, state } = await online();
    sim.arm(1);
    await pass(3000);
    expect(state('main')).toBe('armed');
    const before = sent().length;
    sim.disarm(1);
    await pass(1500);
    expect(sent().slice(before)).toContain(0x26);
    expect(state('main')).toBe('disarmed');
  });
});

describe('set-up faults', () => {
  it('user commands that are off name location, segment and option (pynx584#12)', async () => {
    const { ofType, write, sim } = await online({ takes: withoutUserCommands });
    const told = 'enable segment 3 option 3 (32h), segment 3 option 5 (34h), segment 3 option 7 (36h)';
    expect(ofType('misconfigured')[0]?.detail).toContain(told);
    expect(ofType('misconfigured')[0]?.detail).toContain(
      'location 3 of the NX-584, or location 211 of the NX-8E',
    );
    expect(await write(5, '0123')).toMatchObject({ ok: false, why: 'disabled_in_panel' });
    expect(sim.userCommands()).toEqual([]);
    sim.enable([0x32, 0x34, 0x36], true);
    expect(ofType('configured')).toEqual([]);
  });

  it('their end is told as soon as the panel says it was programmed', async () => {
    const { ofType, write, sim, pass } = await online({ takes: withoutUserCommands });
    sim.enable([0x32, 0x34, 0x36], true);
    await pass(2000);
    expect(ofType('configured')).toHaveLength(1);
    expect(await write(5, '0123')).toMatchObject({ ok: true });
  });

  it('their end is found out where the panel does not say so', async () => {
    const { ofType, sim, pass } = await online({ takes: withoutUserCommands });
    sim.fault('no_pushes', true);
    sim.enable([0x32, 0x34, 0x36], true);
    await pass(60_000, 50);
    expect(ofType('configured')).toHaveLength(1);
  });

  it('a fault that has nothing to do with a code is not ended by a code that could be written', async () => {
    const { ofType, write, pass } = await online({ named: { main: 1, attic: 7 } });
    expect(await write(5, '0123')).toMatchObject({ ok: true });
    await pass(60_000, 50);
    expect(ofType('misconfigured')).toHaveLength(1);
    expect(ofType('configured')).toEqual([]);
  });

  it('a wrong master code is found out before anything is written, and not tried again and again', async () => {
    const { ofType, pass, sent, far } = await online({ master: '7777' });
    expect(sent().filter((number) => number === 0x32)).toHaveLength(1);
    await pass(3000);
    expect(ofType('misconfigured')[0]?.detail).toContain('refuses the master code');
    for (let n = 0; n < 5; n++) {
      far.unplug();
      await pass(100);
      far.plugIn();
      await pass(5000, 50);
    }
    expect(ofType('misconfigured')).toHaveLength(1);
    expect(sent().filter((number) => number === 0x32)).toHaveLength(1);
  });

  it('a wrong master code on a write is told as such', async () => {
    const { sim, write } = await online();
    sim.setCode(1, '7777', { authority: 0x78, partitions: 0xff });
    expect(await write(5, '0123')).toMatchObject({ ok: false, why: 'bad_master', raw: '1c' });
  });

  it('a master that does not reach all partitions of the site is told with the partition', async () => {
    const rig = wiredPanel();
    rig.sim.setCode(1, '1234', { authority: 0x78, partitions: 0x01 });
    rig.start();
    await rig.pass(1000);
    expect(rig.ofType('misconfigured')[0]?.detail).toContain('partition 2');
    const order = rig.panel.write(5, new Secret('0123'), ['store'], always);
    expect(await rig.settled(order)).toMatchObject({ ok: false, why: 'no_authority' });
    expect(rig.sim.code(5)).toBeNull();
  });

  it('without a master code the commands that need none are used, if the panel takes them', async () => {
    const { write, sim, sent, panel, settled } = await online({}, null);
    expect(await write(5, '0123')).toMatchObject({ ok: true });
    expect(sim.rights(5)).toMatchObject({ authority: 0x70, partitions: 1 });
    expect(await settled(panel.arm('main', 'away'))).toMatchObject({ ok: true });
    for (const number of [0x32, 0x34, 0x36, 0x3c]) expect(sent()).not.toContain(number);
  });

  it('without a master code, and none of those: both ways out are told', async () => {
    const { ofType } = await online({ takes: withoutUserCommands }, null);
    expect(ofType('misconfigured')[0]?.detail).toMatch(/code_file .* or enable segment 3 option 4 \(33h\)/);
  });

  it('a master code of another length than the panel is set to is told, and never sent', async () => {
    const { ofType, sent } = await online({ length: 6, master: '123456' });
    expect(ofType('misconfigured')[0]?.detail).toContain('codes of 6 digits');
    expect(sent()).not.toContain(0x32);
  });
});

describe('writing a code', () => {
  it('gives it its partitions and no more, though a new user may start out with all', async () => {
    const { write, sim, sent } = await online();
    const before = sent().length;
    expect(await write(5, '0123', ['store'])).toEqual({ ok: true, evidence: 'read_back' });
    expect(sim.rights(5)).toMatchObject({ authority: 0x70, partitions: 0x02 });
    expect(sent().slice(before)).toEqual([0x34, 0x36, 0x32]);
  });

  it.each([
    ['four digits, padded with F by the panel', { length: 4 as const }, '0120', true],
    ['four digits', { length: 4 as const }, '0000', false],
    ['six digits', { length: 6 as const, master: '001234' }, '012300', false],
  ])('%s: compared exactly, no zero is dropped', async (_, options, code, padded) => {
    const { write, sim, panel, settled } = await online(options, options.length === 6 ? '001234' : '1234');
    sim.fault('padded_with_f', padded);
    expect(await write(5, code)).toMatchObject({ ok: true });
    expect(sim.code(5)).toBe(code);
    const reading = await settled(panel.read(5));
    expect(reading.ok && reading.content === 'code' ? reading.digits.reveal() : null).toBe(code);
  });

  it('a refused authority takes the code back', async () => {
    const { write, sim } = await online();
    sim.fault('refuses_authority', true);
    expect(await write(5, '0123')).toMatchObject({ ok: false, why: 'rejected', raw: '1c' });
    expect(sim.code(5)).toBeNull();
  });

  it('said to be done and not done is a failure, with the answer kept and the code masked (pynx584 setuserpin)', async () => {
    const { write, sim } = await online();
    sim.fault('forgets_codes', true);
    const outcome = await write(5, '0123');
    expect(outcome).toMatchObject({ ok: false, why: 'rejected', raw: '12 05 ** ** ** 70 01' });
  });

  it('a panel that was armed meanwhile is armed, not a failure', async () => {
    const { write, sim, pass, panel, settled } = await online();
    await write(6, '4321');
    sim.fault('no_pushes', true);
    sim.arm(1);
    expect(await write(5, '0123')).toMatchObject({ ok: false, why: 'armed' });
    expect(await write(5, '0123', ['store'])).toMatchObject({ ok: false, why: 'armed' });
    expect(await settled(panel.clear(6, null, always))).toMatchObject({ ok: false, why: 'armed' });
    sim.disarm(1);
    await pass(10_000, 50);
    expect(await write(5, '0123')).toMatchObject({ ok: true });
  });

  it('a duplicate names the slot that has the code', async () => {
    const { write, sim } = await online();
    sim.setCode(42, '0123');
    expect(await write(5, '0123')).toMatchObject({ ok: false, why: 'duplicate', slot: 42, raw: '1c' });
    expect(await write(5, '1234')).toMatchObject({ ok: false, why: 'duplicate', slot: 1 });
  });

  it('armed between code and authority: nothing more is sent, and the code does not pass for a good one', async () => {
    const { panel, sim, settled, sent } = await online();
    let asked = 0;
    const before = sent().length;
    const once = () => ++asked === 1;
    const outcome = await settled(panel.write(5, new Secret('0123'), ['main'], once));
    expect(outcome).toMatchObject({ ok: false, why: 'unknown_result' });
    expect(sent().slice(before)).toEqual([0x34]);
    expect(asked).toBe(2);
    expect(await settled(panel.read(5))).toMatchObject({ ok: true, content: 'unreadable' });
    expect(await settled(panel.write(5, new Secret('0123'), ['main'], always))).toMatchObject({ ok: true });
    expect(sim.rights(5)?.partitions).toBe(1);
    expect(await settled(panel.read(5))).toMatchObject({ ok: true, content: 'code' });
  });

  it.each(['in_programming', 'in_download'] as const)('%s: busy, and not a byte is sent', async (fault) => {
    const { write, sim, pass } = await online();
    sim.fault(fault, true);
    await pass(1000);
    expect(await write(5, '0123')).toMatchObject({ ok: false, why: 'busy' });
    expect(sim.userCommands()).toEqual([]);
    sim.fault(fault, false);
    await pass(1000);
    expect(await write(5, '0123')).toMatchObject({ ok: true });
  });

  it('busy is found out from a refusal where the panel does not push it', async () => {
    const { write, sim } = await online();
    sim.fault('no_pushes', true);
    sim.fault('in_programming', true);
    sim.fault('refuses_authority', true);
    expect(await write(5, '0123')).toMatchObject({ ok: false, why: 'busy' });
    expect(sim.code(5)).toBeNull();
  });

  it('an answer that is lost is looked for in the slot before the code is sent again', async () => {
    const { write, sim, sent } = await online();
    const before = sent().length;
    sim.loseAnswers(1);
    expect(await write(5, '0123')).toMatchObject({ ok: true });
    expect(sent().slice(before)).toEqual([0x34, 0x32, 0x36, 0x32]);
  });

  it.each([
    ['a reserved slot', 1, 'main'],
    ['a slot beyond the last', 100, 'main'],
    ['a partition nobody knows', 5, 'attic'],
  ])('%s is refused, and not a byte is sent', async (_, slot, partition) => {
    const { write, sim } = await online();
    expect(await write(slot, '0123', [partition])).toMatchObject({ ok: false, why: 'rejected' });
    expect(sim.userCommands()).toEqual([]);
  });

  it('a code without digits in its slot is unreadable, not empty', async () => {
    const { sim, panel, settled } = await online();
    sim.setCode(5, 'A0B0');
    expect(await settled(panel.read(5))).toMatchObject({ ok: true, content: 'unreadable' });
  });

  it('an empty slot is not cleared again', async () => {
    const { sim, panel, settled } = await online();
    expect(await settled(panel.clear(5, null, always))).toEqual({ ok: true, evidence: 'read_back' });
    expect(sim.userCommands()).toEqual([]);
  });

  it('a cleared slot keeps no authority', async () => {
    const { write, sim, panel, settled } = await online();
    await write(5, '0123');
    await settled(panel.clear(5, null, always));
    expect(sim.rights(5)).toEqual({ code: null, authority: 0, partitions: 0 });
  });
});

describe('arming', () => {
  it('sends the mask of the partition, not its number', async () => {
    const { panel, settled, sim, state, pass } = await online({
      partitions: 3,
      named: { one: 1, two: 2, three: 3 },
    });
    expect(await settled(panel.arm('three', 'stay'))).toEqual({ ok: true, already: false });
    await pass(3000);
    expect([state('one'), state('two'), state('three')]).toEqual(['disarmed', 'disarmed', 'armed']);
    sim.disarm(3);
  });

  it('reads the state first: what is armed is left alone (home-assistant/core#20630)', async () => {
    const { panel, settled, sim, sent } = await online();
    sim.arm(1, 'stay');
    expect(await settled(panel.arm('main', 'stay'))).toEqual({ ok: true, already: true });
    expect(await settled(panel.arm('main', 'away'))).toMatchObject({ ok: false, why: 'refused' });
    expect(sent()).not.toContain(0x3c);
  });

  it('an exit delay is arming, and ends in armed', async () => {
    const { panel, settled, state, pass } = await online({ exitDelayMs: 30_000 });
    expect(await settled(panel.arm('main', 'away'))).toEqual({ ok: true, already: false });
    expect(state('main')).toBe('arming');
    await pass(35_000, 50);
    expect(state('main')).toBe('armed');
  });

  it('a partition with an open zone is not ready, and nothing is sent', async () => {
    const { panel, settled, sim, sent } = await online();
    sim.ready(1, false);
    expect(await settled(panel.arm('main', 'away'))).toMatchObject({ ok: false, why: 'not_ready' });
    expect(sent()).not.toContain(0x3c);
  });

  it('acknowledged and ignored is told as such (home-assistant/core#107990)', async () => {
    const { panel, settled, sim } = await online();
    sim.fault('ignores_keypad', true);
    expect(await settled(panel.arm('main', 'away'))).toMatchObject({ ok: false, why: 'unknown_result' });
  });

  it('a lost acknowledgement does not hide that it worked', async () => {
    const { panel, settled, sim } = await online();
    sim.loseAnswers(1);
    expect(await settled(panel.arm('main', 'away'))).toEqual({ ok: true, already: false });
    expect(sim.userCommands()).toEqual([]);
  });

  it('commands that are off in the panel name what to enable; without a code, the code as well', async () => {
    const takes = [0x21, 0x26, 0x27, 0x28];
    const coded = await online({ takes });
    expect(await coded.settled(coded.panel.arm('main', 'away'))).toMatchObject({
      why: 'no_code',
      detail: expect.stringContaining('segment 4 option 5 (3ch)'),
    });
    const uncoded = await online({ takes }, null);
    expect(await uncoded.settled(uncoded.panel.disarm('main'))).toMatchObject({ ok: true, already: true });
    expect(await uncoded.settled(uncoded.panel.arm('main', 'away'))).toMatchObject({
      why: 'no_code',
      detail: expect.stringContaining('code_file'),
    });
  });
});

describe('troubles', () => {
  it('are told by name when they begin and when they end', async () => {
    const { sim, pass, ofType } = await online();
    sim.fault('mains_failure', true);
    sim.fault('box_tamper', true);
    sim.alarm(2, true);
    await pass(3000);
    sim.fault('box_tamper', false);
    sim.alarm(2, false);
    await pass(3000);
    expect(ofType('trouble').map(({ what, active, detail }) => [what, active, detail])).toEqual([
      ['trouble', true, 'mains failure'],
      ['tamper', true, 'box tamper'],
      ['alarm', true, 'partition store'],
      ['tamper', false, 'no tamper any more'],
      ['alarm', false, 'partition store'],
    ]);
  });
});
