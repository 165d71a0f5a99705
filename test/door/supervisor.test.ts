import { beforeEach, describe, expect, test } from 'vitest';
import type { LinkSessionOwner } from '../../src/door/link-session.ts';
import { type Supervisor, superviseAdmin } from '../../src/door/supervisor.ts';
import { settled } from '../support/memory-disk.ts';
import { type VirtualClock, virtualClock } from '../support/virtual-clock.ts';

interface Life {
  exit(how: string): void;
  owner: LinkSessionOwner;
  killed: boolean;
  closed: boolean;
}

let clock: VirtualClock;
let lives: Life[];
let restarts: string[];
let spawnFails: boolean;
let supervisor: Supervisor;

const last = (): Life => {
  const life = lives.at(-1);
  if (life === undefined) throw new Error('nothing was started');
  return life;
};

beforeEach(() => {
  clock = virtualClock();
  lives = [];
  restarts = [];
  spawnFails = false;
  supervisor = superviseAdmin({
    clock,
    spawn() {
      if (spawnFails) throw new Error('EAGAIN');
      const life: Life = { exit: () => {}, owner: null as never, killed: false, closed: false };
      lives.push(life);
      return {
        carrier: { post() {}, receive() {}, close() {} },
        onExit(ended) {
          life.exit = ended;
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
    restarted: (why, count) => restarts.push(`${count} ${why}`),
    ready() {},
  });
});

describe('supervisor of the admin process', () => {
  test('one that ends is replaced after 1 s, then 2, 4, 8, 16, 30 and 30 s', () => {
    for (const wait of [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]) {
      const before = lives.length;
      last().exit('exit code 1');
      clock.advance(wait - 1);
      expect(lives).toHaveLength(before);
      clock.advance(1);
      expect(lives).toHaveLength(before + 1);
    }
    expect(restarts[0]).toBe('1 exit code 1');
    expect(restarts.at(-1)).toBe('7 exit code 1');
    expect(lives.slice(0, -1).every(({ closed }) => closed)).toBe(true);
  });

  test('one that lived for a minute is replaced soon again', () => {
    for (let i = 0; i < 5; i++) {
      last().exit('exit code 1');
      clock.advance(30_000);
    }
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
    expect(restarts).toEqual(['1 no answer for 15 s']);
  });

  test('one whose Link is lost may end by itself, and is killed after 2 s', () => {
    last().owner.down('the other process is gone');
    clock.advance(1_999);
    expect(last().killed).toBe(false);
    clock.advance(1);
    expect(last().killed).toBe(true);
    clock.advance(1_000);
    expect(restarts).toEqual(['1 the other process is gone']);
    last().owner.down('the other process is gone');
    last().exit('exit code 0');
    clock.advance(10_000);
    expect(restarts.at(-1)).toBe('2 exit code 0');
    expect(last().killed).toBe(false);
  });

  test('one that cannot be started is tried again', () => {
    spawnFails = true;
    last().exit('exit code 1');
    clock.advance(1_000);
    spawnFails = false;
    clock.advance(2_000);
    expect(lives).toHaveLength(2);
    expect(restarts.at(-1)).toBe('2 could not be started: EAGAIN');
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
    clock.advance(60_000);
    expect(lives).toHaveLength(1);
  });

  test('stopping while none runs starts none', async () => {
    last().exit('exit code 1');
    await supervisor.stop();
    clock.advance(60_000);
    expect(lives).toHaveLength(1);
  });
});
