import { describe, expect, test } from 'vitest';
import { clockWarnings } from '../../src/cli/clock-picture.ts';
import { type Commands, commandLine } from '../../src/cli/command-line.ts';
import { type Answer, fakeDaemon } from './fake-daemon.ts';

/** `postern clock`: what is wrong with a clock, and what to do about it, in words. */
const commands: Commands = { clock: () => import('../../src/cli/clock.ts') };
const right = {
  synced: true,
  trusted: true,
  never_set: false,
  doubt: null,
  high_water: '2026-03-02T09:00:00.000Z',
};
const systemWith = (clock: object | null) => ({
  time: '2026-03-02T09:00:00.000Z',
  time_zone: 'Europe/Berlin',
  clock,
});

async function postern(argv: readonly string[], answer: Answer) {
  const { socket, calls } = await fakeDaemon(answer);
  let [out, err] = ['', ''];
  const io = {
    out(text: string) {
      out += text;
    },
    err(text: string) {
      err += text;
    },
    env: { POSTERN_SOCKET: socket },
  };
  return { exit: await commandLine(argv, io, commands), out, err, calls };
}
const shown = async (more: object) =>
  (await postern(['clock'], () => ({ body: systemWith({ ...right, ...more }) }))).out;

describe('clock', () => {
  test('one that is right is shown without a word in capitals', async () => {
    const out = await shown({});
    expect(out).toContain('2026-03-02 10:00:00 (Europe/Berlin)');
    expect(out).toMatch(/synchronized +yes\nbelieved +yes\n/);
    expect(out.replaceAll(/[TZ]/g, '')).not.toMatch(/[A-Z]{3}/);
  });

  test.each([
    ['not_set', 'it reads a time that is known to be past. Set it, then postern clock reset'],
    ['not_synchronized', 'trust = "system"'],
    ['stepped', 'If it is right: postern clock reset'],
  ])('in doubt (%s), it says what to do', async (doubt, advice) => {
    const out = await shown({ doubt, trusted: false, synced: false });
    expect(out).toContain('believed      NO');
    expect(out).toContain(advice);
  });

  test('a time to come that was believed once is told', async () => {
    expect(await shown({ high_water: '2027-03-02T09:00:00.000Z' })).toContain('postern clock reset');
    expect(await shown({ high_water: '2026-03-02T09:00:30.000Z' })).not.toContain('reset');
  });

  test('a silent door process is told', async () => {
    const { out, exit } = await postern(['clock'], () => ({ body: systemWith(null) }));
    expect([exit, out.includes('the door process is silent')]).toEqual([0, true]);
  });

  test('reset asks for it and shows what has come of it', async () => {
    const { out, calls, exit } = await postern(['clock', 'reset'], ({ method }) => ({
      body: method === 'POST' ? right : systemWith({ ...right, doubt: 'stepped' }),
    }));
    expect(calls[0]).toMatchObject({ method: 'POST', path: '/v1/system/clock/reset' });
    expect([exit, out.includes('believed      yes')]).toEqual([0, true]);
  });

  test('another word is no call', async () => {
    const { exit, err, calls } = await postern(['clock', 'set'], () => ({ body: {} }));
    expect([exit, calls.length]).toEqual([2, 0]);
    expect(err).toContain('say clock, or clock reset');
  });
});

test('postern status says what to look after, and nothing of a clock that is right', () => {
  const time = '2026-03-02T09:00:00.000Z';
  const warned = (more: object, pushed = false) =>
    clockWarnings({
      time,
      clock: { ...right, ...more },
      feed: {
        entries: 0,
        consumers: [],
        webhooks: [{ id: 'w', enabled: pushed, lag: 0, failing_since: null }],
      },
    });
  expect(warned({}, true)).toEqual([]);
  expect(warned({ synced: null }, true)).toEqual([]);
  expect(warned({ doubt: 'stepped' })).toEqual([expect.stringContaining('CLOCK NOT BELIEVED')]);
  expect(warned({ synced: false }, true)).toEqual([expect.stringContaining('WEBHOOKS MAY BE REFUSED')]);
  expect(warned({ high_water: '2027-03-02T09:00:00.000Z' })).toEqual([
    expect.stringContaining('JUDGED BY A TIME TO COME'),
  ]);
});
