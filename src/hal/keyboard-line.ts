import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { Cancel, Clock } from '../core/clock.ts';
import type { Line } from '../core/line.ts';
import type { SitePort } from '../core/site.ts';
import { evtestReader } from './evtest-output.ts';
import { type Shifts, typedBy } from './keyboard.ts';
import { type Connection, type ConnectionEvents, reconnectingLine } from './reconnecting-line.ts';

export type KeyboardPort = Extract<SitePort, { kind: 'evdev' }>;

/** What is needed of the process that holds the device. */
export interface Evtest {
  readonly stdout: Readable;
  readonly stderr: Readable;
  once(event: 'error', heard: (error: NodeJS.ErrnoException) => void): unknown;
  once(event: 'close', heard: () => void): unknown;
  kill(signal: 'SIGKILL'): unknown;
}

/** Starts `evtest` with these arguments. */
export type SpawnEvtest = (args: readonly string[]) => Evtest;

const spawnEvtest: SpawnEvtest = (args) => spawn('evtest', args, { stdio: ['ignore', 'pipe', 'pipe'] });

/** Between saying that the device is open and saying that another program holds it, evtest asks the kernel. */
const settleMs = 200;
/** What may be kept of what evtest says on standard error. */
const complaintBound = 2048;

/**
 * A line on which a reader types that says to be a USB keyboard: its bytes are the characters. The device is held for us alone by
 * `evtest --grab`, for Node cannot ask that of the kernel; without it what is typed would go to the console too, and the line stays down
 * with the reason. What is typed meanwhile is nobody's. Nothing can be written.
 */
export function keyboardLine(
  port: KeyboardPort,
  clock: Clock,
  random: () => number,
  start: SpawnEvtest = spawnEvtest,
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

function hold(
  { name, device }: KeyboardPort,
  clock: Clock,
  start: SpawnEvtest,
  events: ConnectionEvents,
): Connection {
  const child = start(['--grab', device]);
  const read = evtestReader();
  let shifts: Shifts = new Set();
  let settled: Cancel = () => {};
  let complaint = '';
  let over = false;
  const end = (reason: string): void => {
    settled();
    child.kill('SIGKILL');
    if (over) return;
    over = true;
    events.ended(reason);
  };
  child.stdout.on('data', (bytes: Uint8Array) => {
    const text: number[] = [];
    for (const news of over ? [] : read(bytes)) {
      if (news.type === 'open') settled = clock.after(settleMs, events.opened);
      else if (news.type === 'held')
        return end(`${device} is held by another program: end that one (fuser -v ${device} shows it)`);
      else if (news.type === 'lost') return end(`${device} typed faster than this computer could read`);
      else {
        const typed = typedBy(shifts, news);
        shifts = typed.shifts;
        if (typed.byte !== null) text.push(typed.byte);
      }
    }
    if (text.length > 0) events.data(Uint8Array.from(text));
  });
  child.stderr.on('data', (bytes: Buffer) => {
    complaint = (complaint + bytes.toString()).slice(0, complaintBound);
  });
  const gone = new Promise<void>((resolve) => {
    child.once('error', (error: NodeJS.ErrnoException) => {
      end(
        error.code === 'ENOENT'
          ? `port ${name} needs the program evtest, which is not installed: apt-get install evtest`
          : `evtest cannot be started: ${error.message}`,
      );
      resolve();
    });
    child.once('close', () => {
      end(explain(device, name, complaint));
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

/** evtest says what went wrong as text only, in the words of the C library. */
function explain(device: string, name: string, complaint: string): string {
  if (/error reading|No such device/.test(complaint)) {
    return `${device} is gone: has the reader been unplugged?`;
  }
  if (/No such file/.test(complaint)) {
    return `${device} does not exist: plug the reader in, or set the device of port ${name} (see /dev/input/by-id)`;
  }
  if (/Permission denied|not permitted/.test(complaint)) {
    return `${device} may not be opened: add the daemon's user to the group that owns it (often input)`;
  }
  if (/can't get version/.test(complaint)) {
    return `${device} is no input device: set the device of port ${name} to one of /dev/input/by-id`;
  }
  return `evtest has ended, which holds ${device}`;
}
