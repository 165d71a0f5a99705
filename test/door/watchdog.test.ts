import type { spawn } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { describe, expect, test } from 'vitest';
import type { SiteReader } from '../../src/core/site.ts';
import { doorProgress, silentReaders } from '../../src/door/progress.ts';
import { systemdNotify, watchdog } from '../../src/door/watchdog.ts';
import { virtualClock } from '../support/virtual-clock.ts';

const socket = { NOTIFY_SOCKET: '/run/systemd/notify', WATCHDOG_USEC: '30000000' };

function started(env: NodeJS.ProcessEnv, progress: () => boolean) {
  const clock = virtualClock();
  const sent: string[] = [];
  const dog = watchdog({ env, clock, progress, notify: (args) => sent.push(args.join(' ')) });
  dog.ready('2 doors');
  return { clock, sent, dog };
}

describe('watchdog', () => {
  test('readiness, then a beat every third of the time systemd allows, then the end: one that is lost is no harm', () => {
    const { clock, sent, dog } = started(socket, () => true);
    clock.advance(29_999);
    dog.stopping();
    clock.advance(60_000);
    expect(sent).toEqual(['--ready --status=2 doors', 'WATCHDOG=1', 'WATCHDOG=1', 'STOPPING=1']);
  });

  test('without progress it is not fed', () => {
    let progress = false;
    const { clock, sent } = started(socket, () => progress);
    clock.advance(45_000);
    expect(sent).toEqual(['--ready --status=2 doors']);
    progress = true;
    clock.advance(15_000);
    expect(sent.at(-1)).toBe('WATCHDOG=1');
  });

  test('without systemd, or without its watchdog, nothing beats', () => {
    const alone = started({}, () => true);
    expect(alone.clock.untilNext()).toBeNull();
    expect(alone.sent).toEqual([]);
    expect(started({ NOTIFY_SOCKET: '/run/x' }, () => true).clock.untilNext()).toBeNull();
  });
});

describe('the program that tells systemd', () => {
  test('that cannot be started, at once or later, is no reason for the doors to end', () => {
    const child = new EventEmitter();
    const started: string[] = [];
    systemdNotify(['WATCHDOG=1'], ((program: string) => {
      started.push(program);
      return child;
    }) as typeof spawn);
    expect(() => child.emit('error', new Error('spawn EMFILE'))).not.toThrow();
    const noMemory = (): never => {
      throw Object.assign(new Error('spawn ENOMEM'), { code: 'ENOMEM' });
    };
    expect(() => systemdNotify(['WATCHDOG=1'], noMemory)).not.toThrow();
    expect(started).toEqual(['systemd-notify']);
  });
});

describe('progress of the door process', () => {
  const reader = {
    secure: false,
    identity: null,
    security: 'insecure' as const,
    pairing_until: null,
    damaged: 0,
    recent: null,
    outputs: [],
  };
  test.each([
    ['talks', { online: true, exchanges: 5, timeouts: 0 }, { online: true, exchanges: 6, timeouts: 0 }, true],
    [
      'times out',
      { online: true, exchanges: 5, timeouts: 0 },
      { online: true, exchanges: 5, timeouts: 1 },
      true,
    ],
    [
      'stands still',
      { online: true, exchanges: 5, timeouts: 0 },
      { online: true, exchanges: 5, timeouts: 0 },
      false,
    ],
    [
      'is unplugged',
      { online: true, exchanges: 5, timeouts: 0 },
      { online: false, exchanges: 5, timeouts: 0 },
      true,
    ],
  ])('a reader that %s', (_, before, after, expected) => {
    let now = before;
    const progress = doorProgress(() => ({ readers: [{ id: 'r', ...reader, ...now }], locks: [] }));
    expect(progress()).toBe(true);
    now = after;
    expect(progress()).toBe(expected);
  });

  test('a reader that nobody talks to is no sign of a standstill, however long no card is shown', () => {
    const silent = silentReaders({ readers: [{ ...textReader, id: 'r' }] });
    const progress = doorProgress(
      () => ({ readers: [{ id: 'r', ...reader, online: true, exchanges: 5, timeouts: 0 }], locks: [] }),
      silent,
    );
    expect([progress(), progress(), progress()]).toEqual([true, true, true]);
  });
});

const textReader: SiteReader = {
  id: 'r',
  name: 'gate',
  protocol: 'serial_ascii',
  port: 'gate',
  address: 0,
  secure: false,
  uid: 'as_sent',
  keypad: { fixed_length: null, inter_digit_timeout_ms: 5_000 },
};
