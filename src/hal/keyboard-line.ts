import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { getSystemErrorName } from 'node:util';
import type { Clock } from '../core/clock.ts';
import type { Line } from '../core/line.ts';
import type { SitePort } from '../core/site.ts';
import { relayCommand, relayReader } from './input-relay.ts';
import { type Shifts, typedBy } from './keyboard.ts';
import { type Connection, type ConnectionEvents, reconnectingLine } from './reconnecting-line.ts';

export type KeyboardPort = Extract<SitePort, { kind: 'evdev' }>;

/** What is needed of the process that holds the device. */
export interface Relay {
  /** Missing where none was started. */
  readonly pid?: number | undefined;
  /** Missing where there was no file descriptor left to make one. */
  readonly stdout?: Readable | null;
  on(event: 'error', heard: (error: NodeJS.ErrnoException) => void): unknown;
  once(event: 'close', heard: (code: number | null, signal: string | null) => void): unknown;
  kill(signal: 'SIGKILL'): unknown;
}

/** Starts that process. May throw. */
export type StartRelay = (program: string, ...args: readonly string[]) => Relay;

/** With no more of the environment than it needs: PERL_UNICODE, PERL5OPT and others would make another program of it. */
const spawnRelay: StartRelay = (program, ...args) =>
  spawn(program, args, { stdio: ['ignore', 'pipe', 'ignore'], env: { PATH: process.env['PATH'] } });

/** To open a device and be refused or given it takes the kernel no time, and perl some 10 ms. */
const answerMs = 10_000;

/**
 * A line on which a reader types that says to be a USB keyboard: its bytes are the characters. The device is held for us alone, by a process
 * that passes on the kernel's records; otherwise what is typed would go to the console too, and the line stays down with the reason. What
 * is typed meanwhile is nobody's. Nothing can be written.
 */
export function keyboardLine(
  port: KeyboardPort,
  clock: Clock,
  random: () => number,
  start: StartRelay = spawnRelay,
): Line {
  return reconnectingLine({
    name: port.name,
    // A keyboard has no rate: no deadline of its reader's is computed with it.
    baud: 9600,
    clock,
    random,
    connect: (events) => hold(port, clock, start, events),
  });
}

function hold(port: KeyboardPort, clock: Clock, start: StartRelay, events: ConnectionEvents): Connection {
  const { device } = port;
  let child: Relay;
  try {
    child = start(...relayCommand(device));
  } catch (error) {
    // Without memory for a process spawn throws, where it tells all else later.
    clock.after(0, () => events.ended(notStarted(port, error as NodeJS.ErrnoException)));
    return { write: () => false, close: () => Promise.resolve() };
  }
  const read = relayReader();
  let shifts: Shifts = new Set();
  let held = false;
  let over = false;
  const end = (reason: string): void => {
    answered();
    // Of one that was not started Node would signal number 0, which is all of our own process group.
    if (child.pid !== undefined) child.kill('SIGKILL');
    if (over) return;
    over = true;
    events.ended(reason);
  };
  const answered = clock.after(answerMs, () =>
    end(`${device} does not open within ${answerMs / 1000} s: is it an input device?`),
  );
  child.stdout?.on('data', (bytes: Uint8Array) => {
    const text: number[] = [];
    for (const news of over ? [] : read(bytes)) {
      switch (news.type) {
        case 'held':
          answered();
          held = true;
          events.opened();
          break;
        case 'refused':
          return end(refusal(port, news.errno));
        case 'lost':
          return end(`${device} typed faster than this computer could read`);
        case 'key': {
          const typed = typedBy(shifts, news);
          shifts = typed.shifts;
          if (typed.byte !== null) text.push(typed.byte);
        }
      }
    }
    if (text.length > 0) events.data(Uint8Array.from(text));
  });
  const gone = new Promise<void>((resolve) => {
    child.on('error', (error) => {
      end(notStarted(port, error));
      resolve();
    });
    child.once('close', (code, signal) => {
      if (signal !== null) end(`the program that holds ${device} was ended by ${signal}`);
      else end(held ? `${device} is gone: has the reader been unplugged?` : noPrograms(port, `exit ${code}`));
      resolve();
    });
  });
  return {
    write: () => false,
    close() {
      over = true;
      end('closed');
      return gone;
    },
  };
}

const notStarted = (port: KeyboardPort, { code, message }: NodeJS.ErrnoException): string =>
  code === 'ENOENT' ? noPrograms(port, 'no setpriv') : `setpriv cannot be started: ${message}`;

/** setpriv ends with 127 without perl, and with 1 when it knows no --pdeathsig. */
const noPrograms = ({ name, device }: KeyboardPort, found: string): string =>
  `port ${name} needs perl, and setpriv of util-linux 2.33 or later, to hold ${device} (${found}): apt-get install perl-base util-linux`;

function refusal({ name, device }: KeyboardPort, errno: number): string {
  const why = getSystemErrorName(errno);
  switch (why) {
    case 'EBUSY':
      return `${device} is held by another program: end that one (fuser -v ${device} shows it)`;
    case 'ENOENT':
    case 'ENOTDIR':
      return `${device} does not exist: plug the reader in, or set the device of port ${name} (see /dev/input/by-id)`;
    case 'ENODEV':
    case 'ENXIO':
      return `${device} is gone: has the reader been unplugged?`;
    case 'EACCES':
    case 'EPERM':
      return `${device} may not be opened: add the daemon's user to the group that owns it (often input)`;
    case 'ENOTTY':
    case 'EINVAL':
      return `${device} is no input device: set the device of port ${name} to one of /dev/input/by-id`;
    default:
      return `${device} cannot be held: ${why}`;
  }
}
