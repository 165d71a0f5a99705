import { beforeEach, describe, expect, test } from 'vitest';
import type { AdminStanding } from '../../src/core/status.ts';
import type { AdminNews } from '../../src/door/admin-news.ts';
import { adminRecord } from '../../src/door/admin-record.ts';
import type { LinkSessionOwner } from '../../src/door/link-session.ts';
import { type Supervisor, superviseAdmin } from '../../src/door/supervisor.ts';
import { settled } from '../support/memory-disk.ts';
import { type VirtualClock, virtualClock } from '../support/virtual-clock.ts';

interface Life {
  exit(how: string, lastWords?: readonly string[]): void;
  owner: LinkSessionOwner;
  killed: boolean;
  closed: boolean;
}

let clock: VirtualClock;
let lives: Life[];
let news: AdminNews[];
let spawnFails: boolean;
let supervisor: Supervisor;
let standing: () => AdminStanding;

const last = (): Life => {
  const life = lives.at(-1);
  if (life === undefined) throw new Error('nothing was started');
  return life;
};
const restarts = () =>
  news.flatMap((one) => (one.what === 'restarted' ? [`${one.ended.restarts} ${one.ended.why}`] : []));
const told = () => news.map(({ what }) => what);

/** Ends and is replaced, so many times, at once. */
function loop(times: number): void {
  for (let i = 0; i < times; i++) {
    last().exit('exit code 1', ['it cannot']);
    clock.advance((standing().next_at ?? 0) - clock.wall());
  }
}

beforeEach(() => {
  clock = virtualClock();
  lives = [];
  news = [];
  spawnFails = false;
  const record = adminRecord(clock);
  standing = record.standing;
  supervisor = superviseAdmin({
    clock,
    record,
    spawn() {
      if (spawnFails) throw new Error('EAGAIN');
      const life: Life = { exit: () => {}, owner: null as never, killed: false, closed: false };
      lives.push(life);
      return {
        carrier: { post() {}, receive() {}, close() {} },
        onExit(ended) {
          life.exit = (how, lastWords = []) => ended(how, lastWords);
        },
        kill() {
          life.killed = true;
          life.exit('ended by SIGKILL');
        },
      };
    },
    converse(_, owner) {
      const life = last();
      life.owner = owner;
      return {
        close() {
          life.closed = true;
        },
      };
    },
    news: (one) => news.push(one),
    ready() {},
  });
});

describe('supervisor of the admin process', () => {
  test('one that ends is replaced after 1 s, then twice as long each time, and never later than after 5 minutes', () => {
    for (const wait of [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300].map((s) => s * 1_000)) {
      const before = lives.length;
      last().exit('exit code 1');
      clock.advance(wait - 1);
      expect(lives).toHaveLength(before);
      clock.advance(1);
      expect(lives).toHaveLength(before + 1);
    }
    expect(restarts()[0]).toBe('1 exit code 1');
    expect(restarts().at(-1)).toBe('11 exit code 1');
    expect(lives.slice(0, -1).every(({ closed }) => closed)).toBe(true);
  });

  test('one that lived for a minute is replaced soon again', () => {
    loop(4);
    clock.advance(60_000);
    last().exit('exit code 1');
    const before = lives.length;
    clock.advance(1_000);
    expect(lives).toHaveLength(before + 1);
  });

  test('one that hangs is killed, and the reason is that it hung', () => {
    last().owner.hung('no answer for 15 s');
    expect(last().killed).toBe(true);
    clock.advance(1_000);
    expect(restarts()).toEqual(['1 no answer for 15 s']);
  });

  test('one whose Link is lost may end by itself, and is killed after 2 s', () => {
    last().owner.down('the other process is gone');
    clock.advance(1_999);
    expect(last().killed).toBe(false);
    clock.advance(1);
    expect(last().killed).toBe(true);
    clock.advance(1_000);
    expect(restarts()).toEqual(['1 the other process is gone']);
    last().owner.down('the other process is gone');
    last().exit('exit code 0');
    clock.advance(10_000);
    expect(restarts().at(-1)).toBe('2 exit code 0');
    expect(last().killed).toBe(false);
  });

  test('one that cannot be started is tried again', () => {
    spawnFails = true;
    last().exit('exit code 1');
    clock.advance(1_000);
    spawnFails = false;
    clock.advance(2_000);
    expect(lives).toHaveLength(2);
    expect(restarts().at(-1)).toBe('2 could not be started: EAGAIN');
  });

  test('stopping lets it go, kills it after 2 s, and starts no other', async () => {
    let stopped = false;
    void supervisor.stop().then(() => {
      stopped = true;
    });
    expect(last().closed).toBe(true);
    clock.advance(2_000);
    await settled();
    expect(last().killed).toBe(true);
    expect(stopped).toBe(true);
    clock.advance(600_000);
    expect(lives).toHaveLength(1);
  });

  test('stopping while none runs starts none', async () => {
    last().exit('exit code 1');
    await supervisor.stop();
    clock.advance(600_000);
    expect(lives).toHaveLength(1);
  });
});

describe('what is known of it', () => {
  test('its state, since when, and when the next is due', () => {
    const start = clock.wall();
    expect(standing()).toMatchObject({ state: 'starting', since: start, restarts: 0, last_end: null });
    clock.advance(700);
    last().owner.ready('memory:', 'sound');
    expect(standing()).toMatchObject({ state: 'at_work', since: start + 700 });
    clock.advance(300);
    last().exit('ended by SIGKILL', ['first', 'last']);
    expect(standing()).toEqual({
      state: 'down',
      since: start + 1_000,
      next_at: start + 2_000,
      failing_since: null,
      restarts: 0,
      last_end: { at: start + 1_000, why: 'ended by SIGKILL', last_words: ['first', 'last'] },
    });
    clock.advance(1_000);
    expect(standing()).toMatchObject({ state: 'starting', next_at: null, restarts: 1 });
    last().owner.ready('memory:', 'damaged');
    expect(standing()).toMatchObject({ state: 'degraded', last_end: { why: 'ended by SIGKILL' } });
  });
});

describe('one that ends again and again', () => {
  test('is failing from the fifth end within five minutes on, which is told once, with its last words', () => {
    loop(4);
    expect(standing().failing_since).toBeNull();
    last().exit('exit code 1', ['it cannot']);
    expect(standing().failing_since).toBe(clock.wall());
    loop(3);
    expect(told().filter((what) => what === 'failing')).toHaveLength(1);
    expect(news[4]).toEqual({
      what: 'failing',
      ended: { why: 'exit code 1', restarts: 4, last_words: ['it cannot'] },
    });
  });

  test('is not failing when five ends take longer than that', () => {
    for (let i = 0; i < 8; i++) {
      clock.advance(80_000);
      loop(1);
    }
    expect(standing().failing_since).toBeNull();
    expect(told()).not.toContain('failing');
  });

  test.each([15_000, 60_000])('is failing, too, where each hangs for %i ms before it is ended', (ms) => {
    for (let i = 0; i < 5; i++) {
      clock.advance(ms);
      last().owner.hung('no answer');
      clock.advance((standing().next_at ?? 0) - clock.wall());
    }
    expect(told()).toContain('failing');
  });

  test('is well again when one has been at work for five minutes, and is told for how long it was not', () => {
    loop(6);
    const since = standing().failing_since ?? 0;
    last().owner.ready('memory:', 'sound');
    clock.advance(299_999);
    expect(standing().failing_since).toBe(since);
    clock.advance(1);
    expect(standing().failing_since).toBeNull();
    expect(news.at(-1)).toEqual({ what: 'recovered', failing_ms: clock.wall() - since, restarts: 6 });
    loop(4);
    expect(standing().failing_since).toBeNull();
  });

  test('is not well again for having been at work four minutes', () => {
    loop(6);
    last().owner.ready('memory:', 'sound');
    clock.advance(240_000);
    loop(1);
    clock.advance(300_000);
    expect(told()).not.toContain('recovered');
    expect(standing().failing_since).not.toBeNull();
  });

  test('its restarts are marked, so that nobody fills a journal with them', () => {
    loop(7);
    const marked = news.flatMap((one) => (one.what === 'restarted' ? [one.failing] : []));
    expect(marked).toEqual([false, false, false, false, true, true, true]);
  });
});
