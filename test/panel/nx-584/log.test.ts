import { describe, expect, it } from 'vitest';
import { parseFrame } from '../../../src/panel/nx-584/frame.ts';
import { decodePanelMessage } from '../../../src/panel/nx-584/layout.ts';
import { type LogEntry, panelEvent } from '../../../src/panel/nx-584/log-event.ts';
import { vector } from './vectors.ts';
import { wiredPanel } from './wired-panel.ts';

const names = (number: number) => (number === 1 ? 'main' : null);

function entryOf(hex: string): LogEntry {
  const parsed = parseFrame(vector(hex).ascii, 'ascii');
  const message = parsed.type === 'frame' ? decodePanelMessage(parsed.frame) : null;
  if (message?.type !== 'log_event') throw new Error('no log entry');
  return message.value;
}

describe('an entry of the log', () => {
  it.each([
    ['0A8A2AB4A900000C190A3B8767', 'closed', 1, '41'],
    ['0A8A2BB4A804000C1912015957', 'opened', 5, '40'],
  ] as const)('%s', (hex, what, user, code) => {
    expect(panelEvent(entryOf(hex), names, 7, false)).toEqual({
      type: 'event',
      what,
      partition: 'main',
      user,
      zone: null,
      code,
      at: 7,
      recovered: false,
    });
  });

  const entry = (kind: number, subject: number, partition = 0): LogEntry => ({
    ...entryOf('0A8A2AB4A900000C190A3B8767'),
    kind,
    subject,
    partition,
  });

  it.each([
    [0, 2, { what: 'alarm', zone: 3, user: null, partition: 'main' }],
    [0x85, 2, { what: 'tamper_restored', zone: 3, user: null, code: '5' }],
    [18, 4, { what: 'duress', user: null, zone: null }],
    [26, 192, { what: 'trouble', user: null, zone: null, partition: null }],
    [41, 96, { what: 'closed', user: null }],
    [48, 0, { what: 'programming', partition: null }],
    [122, 9, { what: 'access', user: 10 }],
    [99, 9, { what: 'other', code: '99', user: null, zone: null }],
  ])('type %i of %i', (kind, subject, expected) => {
    expect(panelEvent(entry(kind, subject), names, 7, true)).toMatchObject({ ...expected, recovered: true });
  });

  it('of a partition the site does not name belongs to none', () => {
    expect(panelEvent(entry(40, 1, 3), names, 7, false).partition).toBeNull();
  });
});

describe('the log of a panel', () => {
  const minute = 60_000;

  /** A started panel with `before` entries in its log from before we came, one a minute. */
  async function logging(before: number, logSize = 20, logPlace: string | null = null) {
    const rig = wiredPanel({ logSize, logPlace });
    for (let n = 0; n < before; n++) {
      rig.sim.log(40, n);
      rig.clock.advance(minute);
    }
    rig.sim.powerUp();
    rig.start();
    await rig.pass(5000);
    const users = () => rig.ofType('event').flatMap(({ user }) => user ?? []);
    const recovered = () => rig.ofType('event').flatMap((each) => (each.recovered ? [each.user] : []));
    return Object.assign(rig, { users, recovered });
  }

  it('tells who opened and closed, and that a code was used there', async () => {
    const { sim, pass, ofType, clock } = await logging(0);
    sim.arm(1, 'away', 5);
    const at = clock.wall();
    await pass(1000);
    expect(ofType('event').at(-1)).toMatchObject({
      what: 'closed',
      user: 5,
      partition: 'main',
      recovered: false,
    });
    const [used] = ofType('used');
    expect(used).toMatchObject({ slot: 5 });
    expect((used?.at ?? 0) - at).toBeLessThan(1000);
  });

  it('quick arming is no use of a code (pynx584#12)', async () => {
    const { sim, pass, ofType } = await logging(0);
    sim.arm(1, 'away', 97);
    await pass(1000);
    expect(ofType('event').at(-1)).toMatchObject({ what: 'closed', user: null });
    expect(ofType('used')).toEqual([]);
  });

  it('what was there before the first start is not told', async () => {
    const { users } = await logging(12);
    expect(users()).toEqual([]);
  });

  it.each([
    ['some way from its end', 3],
    ['over its end', 15],
    ['after it went round', 47],
  ])('what happened while the line was down is told in order, with its own time: %s', async (_, before) => {
    const { sim, far, clock, pass, users, recovered, ofType } = await logging(before);
    far.unplug();
    // This panel does not keep its pushes for later.
    sim.fault('no_pushes', true);
    await pass(100);
    const times: number[] = [];
    for (const user of [30, 31, 32, 33, 34, 35, 36]) {
      times.push(Math.floor(clock.wall() / minute) * minute);
      sim.log(40, user - 1);
      clock.advance(10 * minute);
    }
    sim.fault('no_pushes', false);
    far.plugIn();
    await pass(60_000, 50);
    expect(recovered()).toEqual([30, 31, 32, 33, 34, 35, 36]);
    expect(users()).toEqual([30, 31, 32, 33, 34, 35, 36]);
    expect(ofType('event').flatMap((each) => (each.recovered ? [each.at] : []))).toEqual(times);
    sim.log(40, 8);
    await pass(1000);
    expect(users().at(-1)).toBe(9);
  });

  it.each([
    ['a few', 3],
    ['more than the panel keeps', 25],
  ])('what happened while no daemon was running is told when it is back: %s', async (_, missed) => {
    const { sim, clock, pass, users, recovered, stop } = await logging(5);
    sim.log(40, 8);
    await pass(1000);
    expect(users()).toEqual([9]);
    const start = await stop();
    sim.fault('no_pushes', true);
    for (let n = 0; n < missed; n++) {
      clock.advance(minute);
      sim.log(40, 20 + n);
    }
    sim.fault('no_pushes', false);
    start();
    await pass(60_000, 50);
    const all = Array.from({ length: missed }, (_, n) => 21 + n);
    // A ring of 20 places has lost the older ones.
    expect(recovered()).toEqual(all.slice(-20));
    expect(users()[0]).toBe(9);
  });

  it('what the panel pushes at once when the daemon is back does not hide what came before it', async () => {
    const { sim, clock, pass, users, recovered, stop } = await logging(5);
    sim.log(40, 8);
    await pass(1000);
    const start = await stop();
    sim.fault('no_pushes', true);
    for (const user of [21, 22, 23]) {
      clock.advance(minute);
      sim.log(40, user - 1);
    }
    clock.advance(minute);
    sim.fault('no_pushes', false);
    // It waits for somebody to acknowledge it.
    sim.log(40, 23);
    start();
    await pass(60_000, 50);
    expect(users().toSorted((a, b) => a - b)).toEqual([9, 21, 22, 23, 24]);
    expect(recovered()).toEqual([21, 22, 23]);
  });

  it('what comes while the end of an unknown log is looked for is told once, and nothing that was there before', async () => {
    const rig = wiredPanel({ logSize: 180 });
    rig.sim.fault('no_pushes', true);
    for (let n = 0; n < 100; n++) {
      rig.sim.log(40, n);
      rig.clock.advance(minute);
    }
    rig.sim.fault('no_pushes', false);
    rig.start();
    for (let n = 0; n < 2000 && !rig.sent().includes(0x2a); n++) await rig.pass(5);
    const before = rig.ofType('event').length;
    for (const user of [120, 121]) {
      rig.sim.log(40, user - 1);
      await rig.pass(400);
    }
    await rig.pass(60_000, 50);
    expect(
      rig
        .ofType('event')
        .slice(before)
        .map(({ user, recovered }) => [user, recovered]),
    ).toEqual([
      [120, false],
      [121, false],
    ]);
  });

  it('of a panel whose answers ask to be acknowledged: what is read is not taken for news', async () => {
    const { sim, far, clock, pass, users, recovered } = await logging(12);
    sim.fault('flagged_answers', true);
    far.unplug();
    sim.fault('no_pushes', true);
    await pass(100);
    for (const user of [30, 31, 32]) {
      clock.advance(minute);
      sim.log(40, user - 1);
    }
    far.plugIn();
    await pass(60_000, 50);
    expect(users()).toEqual([30, 31, 32]);
    expect(recovered()).toEqual([30, 31, 32]);
  });

  it.each(['', '{', 'null', '{"entry":1}', '[1,2]'])('a place nobody can read is none: %s', async (place) => {
    const { users, sim, pass } = await logging(12, 20, place);
    sim.log(40, 30);
    await pass(5000);
    expect(users()).toEqual([31]);
  });

  it('of another panel in its place, nothing is told that was there before', async () => {
    const told = JSON.parse((await logging(12)).logPlace() ?? '') as LogEntry;
    const months = { ...told, month: ((told.month + 2) % 12) + 1 };
    const { users, sim, pass } = await logging(15, 20, JSON.stringify(months));
    sim.log(40, 30);
    await pass(60_000, 50);
    expect(users()).toEqual([31]);
  });

  it('pushes that the panel did keep are told once all the same', async () => {
    const { sim, far, pass, users } = await logging(3);
    far.unplug();
    for (const user of [30, 31, 32]) sim.log(40, user - 1);
    await pass(5000, 50);
    far.plugIn();
    await pass(60_000, 50);
    expect([...users()].sort((a, b) => a - b)).toEqual([30, 31, 32]);
  });

  it('a gap between pushes is filled', async () => {
    const { sim, pass, users, recovered } = await logging(5);
    sim.log(40, 9);
    await pass(1000);
    sim.fault('no_pushes', true);
    for (const user of [11, 12, 13]) sim.log(40, user - 1);
    sim.fault('no_pushes', false);
    sim.log(40, 13);
    await pass(10_000, 50);
    expect([...users()].sort((a, b) => a - b)).toEqual([10, 11, 12, 13, 14]);
    expect(recovered()).toEqual([11, 12, 13]);
  });

  it('the end of a download means that codes may have changed, and the panel is read anew', async () => {
    const { sim, pass, ofType, sent } = await logging(0);
    const before = sent().length;
    sim.log(48, 0);
    await pass(3000);
    expect(ofType('changed_by_hand')).toEqual([{ type: 'changed_by_hand', slot: null }]);
    expect(sent().slice(before)).toContain(0x21);
  });
});
