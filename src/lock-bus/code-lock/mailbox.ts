import type { Clock } from '../../core/clock.ts';
import type { SiteCodeLock } from '../../core/site.ts';
import { exceptionText, leavesOpen, packRegisters } from '../frame.ts';
import type { PortRequest } from '../modbus-port.ts';
import type { ExchangeResult } from '../queue.ts';
import type { Station } from '../station.ts';
import { type LockCommand, type LockResult, mailboxWords, resultOf } from './code-table.ts';

/** How a command to a lock ended. */
export type CommandEnd =
  | { type: 'result'; result: LockResult }
  /** No byte of the command has left, or the lock has taken none of it. */
  | { type: 'not_done'; why: 'armed' | 'busy' | 'offline' | 'asleep'; detail: string }
  | { type: 'refused'; detail: string; raw: string }
  | { type: 'unknown'; detail: string };

/** The lock's mailbox: one command at a time. */
export interface Mailbox {
  /** `mayWrite` is asked immediately before the first byte of each write leaves. */
  send(command: LockCommand, mayWrite: () => boolean): Promise<CommandEnd>;
  /** Reads a block of registers; a string says why not. */
  look(address: number, size: number): Promise<readonly number[] | string>;
}

/** A lock that works for longer than this has hung. */
const workingMs = 10_000;
/** Within this time a lock has taken a command out of its mailbox. */
const takenMs = 1000;
const lookAgainMs = 100;
/** Unanswered questions about a result after which its lock counts as gone. */
const mostSilent = 3;
/** A command with its sequence number may be written again harmlessly; without one it is written once. */
const mostWrites = 2;
/** Server device busy (1.1b3, section 7): what a lock says that sleeps. */
const busyCode = 6;
/** What a gateway says of a lock that is not there, or asleep (1.1b3, section 7). */
const goneCodes = [10, 11];

export function codeMailbox({ unit, model }: SiteCodeLock, station: Station, clock: Clock): Mailbox {
  const { map } = model;
  const refusedWhy = model.traits.sleeps ? 'asleep' : 'busy';
  const goneWhy = model.traits.sleeps ? 'asleep' : 'offline';
  let last: number | null = null;

  const ask = (request: PortRequest, wanted?: () => boolean): Promise<ExchangeResult> =>
    new Promise((resolve) => station.exchange('programming', request, resolve, wanted));
  const pause = (): Promise<void> =>
    new Promise((resolve) => {
      clock.after(lookAgainMs, resolve);
    });
  const blockRequest = (address: number, count: number): PortRequest => ({
    unit,
    fn: 'read_holding',
    body: { address, count },
  });
  const askResult = (): Promise<ExchangeResult> => ask(blockRequest(map.result.address, map.result.size));

  /** An exchange of which nothing has been carried out. */
  function notDone(ended: ExchangeResult): Exclude<CommandEnd, { type: 'result' }> {
    switch (ended.type) {
      case 'exception': {
        const detail = `unit ${unit} refuses: ${exceptionText(ended.code)}`;
        if (ended.code === busyCode) return { type: 'not_done', why: refusedWhy, detail };
        if (goneCodes.includes(ended.code)) return { type: 'not_done', why: goneWhy, detail };
        return { type: 'refused', detail, raw: ended.raw };
      }
      case 'line_down':
        return { type: 'not_done', why: 'offline', detail: ended.reason };
      case 'dropped':
        return { type: 'not_done', why: 'busy', detail: 'too much is waiting for this line' };
      case 'unanswered':
        return { type: 'not_done', why: goneWhy, detail: `unit ${unit} does not answer` };
      case 'bits':
      case 'registers':
      case 'written':
        return { type: 'unknown', detail: `unit ${unit} answered something else` };
    }
  }

  function isOurs(result: LockResult, command: LockCommand, sequence: number): boolean {
    if (result.sequence !== null) return result.sequence === sequence;
    return result.meaning !== 'done' || result.slot === null || result.slot === command.slot;
  }

  /** Waits for the result of a written command; null: the lock has not taken it. */
  async function follow(command: LockCommand, sequence: number): Promise<CommandEnd | null> {
    const begun = clock.mono();
    for (let silent = 0; silent < mostSilent; ) {
      const answer = await askResult();
      if (answer.type === 'line_down') break;
      if (answer.type === 'registers') {
        silent = 0;
        const result = resultOf(map, answer.registers);
        if (!isOurs(result, command, sequence)) {
          if (clock.mono() - begun >= takenMs) return null;
        } else if (result.meaning !== 'working') return { type: 'result', result };
      } else silent += 1;
      if (clock.mono() - begun >= workingMs) break;
      await pause();
    }
    return { type: 'unknown', detail: `unit ${unit} was told, and never said what came of it` };
  }

  /** Numbers go on from our last one, or from what the lock has seen, so that no old result passes for a new one. */
  function nextSequence(seen: number | null): number {
    let next = ((last ?? seen ?? 0) % 0xffff) + 1;
    if (next === seen) next = (next % 0xffff) + 1;
    last = next;
    return next;
  }

  return {
    async send(command, mayWrite) {
      const before = await askResult();
      if (before.type !== 'registers') return notDone(before);
      const { meaning, sequence: seen } = resultOf(map, before.registers);
      if (meaning === 'working')
        return { type: 'not_done', why: 'busy', detail: `unit ${unit} is at work on an earlier command` };
      const sequence = nextSequence(seen);
      const words = mailboxWords(map, command, sequence);
      if (words === null) return { type: 'refused', detail: 'its model has no such command', raw: '' };
      const body = { address: map.mailbox.address, count: words.length, values: packRegisters(words) };

      for (let writes = 1; ; writes++) {
        let armed = false;
        const ended = await ask({ unit, fn: 'write_registers', body }, () => {
          armed = !mayWrite();
          return !armed;
        });
        const left =
          ended.type === 'written' ||
          ended.type === 'unanswered' ||
          (ended.type === 'exception' && leavesOpen(ended.code));
        if (!left && writes === 1 && !(ended.type === 'line_down' && ended.sent)) {
          return armed
            ? { type: 'not_done', why: 'armed', detail: 'a partition is not disarmed' }
            : notDone(ended);
        }
        // Unconfirmed, and without a number: whatever result stands there may be an older one.
        const tied = map.mailbox.sequence !== null;
        const followed = ended.type === 'written' || (left && tied) ? await follow(command, sequence) : null;
        if (followed !== null) return followed;
        if (!left || !tied || writes === mostWrites)
          return { type: 'unknown', detail: `unit ${unit} may or may not have taken the command` };
      }
    },
    async look(address, size) {
      const answer = await ask(blockRequest(address, size));
      if (answer.type === 'registers') return answer.registers;
      return notDone(answer).detail;
    },
  };
}
