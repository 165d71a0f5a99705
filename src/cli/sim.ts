import { connect, type Socket } from 'node:net';
import { AppError, type ErrorCode, errorTable } from '../core/error.ts';
import { readArguments } from './arguments.ts';
import { type Command, type CommandIo, UsageError } from './command.ts';

export const command: Command = {
  name: 'sim',
  summary: 'act at the simulated site: cards, PINs, doors, the panel, unplugged wires',
  usage: `postern sim ACTION [--control HOST:PORT]

  card READER CARD                  present a card: 12:3456, FORMAT:12:3456, FORMAT:3456, uid:04A1B2C3
  pin READER DIGITS                 type a PIN and #
  keys READER KEYS                  type these keys: 0 to 9, *, #, A to H
  door DOOR open|close [--force]    open works while the lock is released; --force breaks it open
  exit DOOR                         press the exit button
  code LOCK DIGITS                  type a code at a lock that keeps its own
  slot LOCK NUMBER DIGITS|empty     change a slot of such a lock by hand, there
  panel arm|disarm PARTITION        at its keypad, by name or number
  panel alarm|restore PARTITION     an alarm there, and its end
  panel code PARTITION DIGITS       type a code at the panel
  plug|unplug reader READER         the wire of one reader
  plug|unplug port PORT             the wire of a whole port
  fault on|off reader READER FAULT  such as drop_reply, delay_600, stuck_outputs; of its secure channel: wrong_mac, ...
  fault on|off lock LOCK FAULT      silent, mute, wrong_echo, wrong_crc; locks with codes: asleep, full, ...
  fault on|off panel FAULT          silent, refuses_login, cut, ...; a wrong one is answered with those there are
  reset READER                      its key is gone, and it is in install mode: postern reader pair
  state                             doors, lights, outputs of readers, partitions, codes in use, wires
  watch                             what happens, one line each, until interrupted

  --control HOST:PORT   the simulator's control port (default 127.0.0.1:8753)
`,

  async run(argv, io) {
    const { values, positionals } = readArguments(argv, {
      control: { type: 'string', default: '127.0.0.1:8753' },
      force: { type: 'boolean', default: false },
    });
    const [, host, port] = /^(.+):(\d{1,5})$/.exec(values.control) ?? [];
    if (host === undefined) throw new UsageError('--control takes HOST:PORT');
    const request = requestOf(positionals, values.force);
    return talk({ host, port: Number(port) }, request, io);
  },
};

type Request = Record<string, string | number | boolean>;

function requestOf([action, ...words]: string[], force: boolean): Request {
  const [one, two, three, four] = words;
  const take = (count: number, request: Request): Request => {
    if (words.length !== count)
      throw new UsageError(`${action} takes ${count === 0 ? 'nothing more' : `${count} words`}`);
    return request;
  };
  const either = (word: string | undefined, yes: string, no: string): boolean => {
    if (word !== yes && word !== no) throw new UsageError(`${action} needs ${yes} or ${no}`);
    return word === yes;
  };
  const thing = (word: string | undefined, first: string, second: string): string =>
    either(word, first, second) ? first : second;
  switch (action) {
    case 'card':
      return take(2, { do: 'card', reader: one ?? '', card: two ?? '' });
    case 'pin':
      return take(2, { do: 'keys', reader: one ?? '', keys: `${two}#` });
    case 'keys':
      return take(2, { do: 'keys', reader: one ?? '', keys: two ?? '' });
    case 'door':
      return take(2, { do: 'door', door: one ?? '', open: either(two, 'open', 'close'), force });
    case 'exit':
      return take(1, { do: 'exit', door: one ?? '' });
    case 'code':
      return take(2, { do: 'code', lock: one ?? '', digits: two ?? '' });
    case 'slot':
      return take(3, {
        do: 'code',
        lock: one ?? '',
        slot: Number(two),
        digits: three === 'empty' ? '' : (three ?? ''),
      });
    case 'panel':
      if (one === 'code') return take(3, { do: 'code', partition: two ?? '', digits: three ?? '' });
      if (one === 'alarm' || one === 'restore')
        return take(2, { do: 'alarm', partition: two ?? '', on: one === 'alarm' });
      return take(2, { do: 'arm', partition: two ?? '', armed: either(one, 'arm', 'disarm') });
    case 'plug':
    case 'unplug':
      return take(2, { do: 'plug', [thing(one, 'reader', 'port')]: two ?? '', plugged: action === 'plug' });
    case 'fault':
      if (two === 'panel')
        return take(3, { do: 'fault', on: either(one, 'on', 'off'), panel: true, fault: three ?? '' });
      return take(4, {
        do: 'fault',
        on: either(one, 'on', 'off'),
        [thing(two, 'reader', 'lock')]: three ?? '',
        fault: four ?? '',
      });
    case 'reset':
      return take(1, { do: 'reset', reader: one ?? '' });
    case 'state':
    case 'watch':
      return take(0, { do: action });
    default:
      throw new UsageError('sim takes an action, such as: card front 12:3456');
  }
}

/** One request and its answer; with `watch`, also what happens afterwards, until the simulator ends. */
function talk(address: { host: string; port: number }, request: Request, io: CommandIo): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect(address, () => socket.write(`${JSON.stringify(request)}\n`));
    let held = '';
    socket.setEncoding('utf8');
    socket.on('error', () => {
      const remedy = 'is the simulated site running? --control HOST:PORT says where';
      reject(
        new AppError('daemon_unreachable', `nobody answers on ${address.host}:${address.port}; ${remedy}`),
      );
    });
    socket.on('close', () => resolve(0));
    socket.on('data', (text: string) => {
      const lines = (held + text).split('\n');
      held = lines.pop() ?? '';
      for (const line of lines) {
        const told = JSON.parse(line) as { ok?: boolean; code?: ErrorCode; error?: string; state?: unknown };
        if (told.ok === undefined) io.out(`${line}\n`);
        else if (!told.ok) {
          io.err(`${told.error}\n`);
          resolve(errorTable[told.code ?? 'internal'].exit);
          socket.end();
        } else {
          if (told.state !== undefined) io.out(`${JSON.stringify(told.state, null, 2)}\n`);
          if (request['do'] !== 'watch') socket.end();
        }
      }
    });
  });
}
