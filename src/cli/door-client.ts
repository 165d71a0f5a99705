import { connect } from 'node:net';
import { AppError } from '../core/error.ts';
import type { OutputStatus } from '../core/reader-output.ts';
import type { LocalAnswer, LocalReader, LocalStatus } from '../door/local-order.ts';

/** Calls the door process itself, which answers while the admin process is out of order. */
export interface DoorClient {
  status(): Promise<LocalStatus>;
  readers(): Promise<LocalReader[]>;
  /** Until when the window is open (an instant). */
  pair(reader: string, minutes: number, as: string): Promise<string>;
  accept(reader: string, as: string): Promise<void>;
  /** Switches an output on for so long (milliseconds), or off, with null. What the reader shows then. */
  output(reader: string, output: string, ms: number | null, as: string): Promise<Omit<OutputStatus, 'name'>>;
}

const timeoutMs = 12_000;

/** Over the door process's Unix socket. Throws what it refuses with, and `daemon_unreachable` with what to do. */
export function doorClient(socket: string): DoorClient {
  return {
    async status() {
      const answer = await ask(socket, { do: 'status' });
      if ('status' in answer) return answer.status;
      throw new AppError('internal', 'the door process answered something else than its status');
    },
    async readers() {
      const answer = await ask(socket, { do: 'list' });
      return 'readers' in answer ? answer.readers : [];
    },
    async pair(reader, minutes, as) {
      const answer = await ask(socket, { do: 'pair', reader, minutes, as });
      return ('pairing_until' in answer && answer.pairing_until) || '';
    },
    async accept(reader, as) {
      await ask(socket, { do: 'accept', reader, as });
    },
    async output(reader, output, ms, as) {
      const how = ms === null ? { on: false } : { on: true, ms };
      const answer = await ask(socket, { do: 'output', reader, output, ...how, as });
      return 'state' in answer ? answer : { state: 'unknown', fault: null };
    },
  };
}

async function ask(path: string, order: object): Promise<LocalAnswer & { ok: true }> {
  const text = await exchange(path, `${JSON.stringify(order)}\n`);
  let answer: LocalAnswer;
  try {
    answer = JSON.parse(text) as LocalAnswer;
  } catch (cause) {
    throw unreachable(path, 'it closed the connection without an answer', cause);
  }
  if (answer.ok) return answer;
  throw new AppError(answer.code, answer.detail);
}

function exchange(path: string, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect(path, () => socket.write(text));
    socket.setTimeout(timeoutMs, () => socket.destroy(new Error('no answer')));
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('end', () => resolve(Buffer.concat(chunks).toString()));
    socket.on('error', (error: NodeJS.ErrnoException) => reject(unreachable(path, remedy(error), error)));
  });
}

const unreachable = (path: string, what: string, cause: unknown): AppError =>
  new AppError('daemon_unreachable', `${path}: ${what}`, { cause });

function remedy({ code, message }: NodeJS.ErrnoException): string {
  switch (code) {
    case 'ENOENT':
    case 'ECONNREFUSED':
      return 'the door process does not listen there. Is Postern running? --socket or --config says where';
    case 'EACCES':
      return 'this user may not use the socket. Run as root, or as a member of the group postern';
    default:
      return `the door process does not answer (${message})`;
  }
}
