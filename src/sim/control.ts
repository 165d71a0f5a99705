import { parseCardText } from '../core/card.ts';
import { AppError, type ErrorCode } from '../core/error.ts';
import type { SimulatedCodeLock } from './code-lock.ts';
import { unknownName } from './named.ts';
import { securityFaults } from './osdp-secured.ts';
import { readerFaults } from './reader-fault.ts';
import type { RelayUnit } from './relay-board.ts';
import type { SimulatedSite } from './site.ts';

/** What a control connection is answered. */
export type Answer =
  | { ok: true; at_us: number; state?: unknown }
  | { ok: false; code: ErrorCode; error: string };

/** The wires of the site, by port. */
export interface Wires {
  plug(port: string, plugged: boolean): void;
  /** `certificate`: the SHA-256 fingerprint that a secure port shows. */
  state(): Record<string, { plugged: boolean; connected: boolean; certificate?: string }>;
}

type Request = Readonly<Record<string, unknown>>;

/**
 * Obeys one request of the control protocol; `nowUs` is the clock that events carry too. Names are those of the site file.
 * `{"do": "card", "reader": "front", "card": "12:3456"}`, `keys`, `door`, `exit`, `code`, `arm`, `alarm`, `plug`, `fault`, `reset`, `state`.
 */
export function obey(site: SimulatedSite, wires: Wires, request: unknown, nowUs: () => number): Answer {
  try {
    if (request === null || typeof request !== 'object') throw wrong('a request is a JSON object');
    const state = perform(site, wires, request as Request);
    return { ok: true, at_us: nowUs(), ...(state === undefined ? {} : { state }) };
  } catch (error) {
    if (error instanceof AppError) return { ok: false, code: error.code, error: error.message };
    throw error;
  }
}

const orders = [
  'card',
  'keys',
  'door',
  'exit',
  'code',
  'arm',
  'alarm',
  'plug',
  'fault',
  'reset',
  'state',
  'watch',
];
const faultsOfReaders = [...readerFaults, ...securityFaults];

function perform(site: SimulatedSite, wires: Wires, request: Request): unknown {
  const order = text(request, 'do');
  switch (order) {
    case 'card': {
      const card = parseCardText(text(request, 'card'), site.formats);
      if (!card.ok) throw wrong(card.why);
      return void site.present(text(request, 'reader'), card.card);
    }
    case 'keys': {
      const keys = text(request, 'keys');
      if (!/^[0-9*#A-H]{1,32}$/.test(keys)) throw wrong('keys are 1 to 32 of 0 to 9, *, # and A to H');
      return void site.type(text(request, 'reader'), keys);
    }
    case 'door': {
      const door = site.door(text(request, 'door'));
      if (flag(request, 'open')) door.open(request['force'] === true);
      else door.close();
      return undefined;
    }
    case 'exit':
      return void site.door(text(request, 'door')).pressExit();
    case 'code':
      if (request['partition'] === undefined) return workCode(site.codeLock(text(request, 'lock')), request);
      return { taken: site.panel().enter(text(request, 'partition'), digitsOf(request)) };
    case 'arm':
      return void site.panel().arm(text(request, 'partition'), flag(request, 'armed'));
    case 'alarm':
      return void site.panel().alarm(text(request, 'partition'), flag(request, 'on'));
    case 'plug':
      if (request['reader'] === undefined) wires.plug(text(request, 'port'), flag(request, 'plugged'));
      else site.reader(text(request, 'reader')).fault('unplugged', !flag(request, 'plugged'));
      return undefined;
    case 'fault':
      if (request['panel'] === true) site.panel().fault(text(request, 'fault'), flag(request, 'on'));
      else if (request['lock'] === undefined) faultReader(site, request);
      else if (Object.hasOwn(site.state().code_locks, text(request, 'lock')))
        faultCodeLock(site.codeLock(text(request, 'lock')), request);
      else faultBoard(site.board(text(request, 'lock')), request);
      return undefined;
    case 'reset':
      return void site.resetReader(text(request, 'reader'));
    case 'state':
      return { ...site.state(), ports: wires.state() };
    default:
      throw wrong(unknownName('request', order, orders));
  }
}

function faultReader(site: SimulatedSite, request: Request): void {
  const name = text(request, 'fault');
  const fault = faultsOfReaders.find((one) => one === name);
  if (fault === undefined) throw wrong(unknownName('fault of a reader', name, faultsOfReaders));
  site.reader(text(request, 'reader')).fault(fault, flag(request, 'on'));
}

const boardFaults = ['silent', 'mute', 'wrong_echo', 'wrong_crc'] as const;

/** A fault of the board that drives a lock, and so of all locks on that board. */
function faultBoard({ faults }: RelayUnit, request: Request): void {
  const name = text(request, 'fault');
  const fault = boardFaults.find((one) => one === name);
  if (fault === undefined) throw wrong(unknownName('fault of a board', name, boardFaults));
  faults[fault] = flag(request, 'on');
}

const codeLockFaults = [
  'silent',
  'mute',
  'wrong_crc',
  'asleep',
  'full',
  'refuses',
  'masks',
  'loses_writes',
  'forgets',
  'loses_answers',
] as const;

function faultCodeLock({ faults }: SimulatedCodeLock, request: Request): void {
  const name = text(request, 'fault');
  const fault = codeLockFaults.find((one) => one === name);
  if (fault === undefined)
    throw wrong(unknownName('fault of a lock with a code table', name, codeLockFaults));
  faults[fault] = flag(request, 'on');
}

/** Digits typed at the lock's keypad, which answers whether it opened; with `slot`, changed by hand there (no digits: emptied). */
function workCode(lock: SimulatedCodeLock, request: Request): unknown {
  const { slot } = request;
  const digits = slot !== undefined && request['digits'] === '' ? '' : digitsOf(request);
  if (slot === undefined) return { opened: lock.enter(digits) };
  if (typeof slot !== 'number' || !Number.isInteger(slot)) throw wrong('"slot" is the number of a slot');
  return void lock.setByHand(slot, digits === '' ? null : digits);
}

function digitsOf(request: Request): string {
  const digits = text(request, 'digits');
  if (!/^\d{4,10}$/.test(digits)) throw wrong('"digits" are 4 to 10 digits');
  return digits;
}

const wrong = (message: string) => new AppError('invalid_input', message);

function text(request: Request, member: string): string {
  const value = Object.hasOwn(request, member) ? request[member] : undefined;
  if (typeof value !== 'string') throw wrong(`the request needs "${member}", a text`);
  return value;
}

function flag(request: Request, member: string): boolean {
  const value = Object.hasOwn(request, member) ? request[member] : undefined;
  if (typeof value !== 'boolean') throw wrong(`the request needs "${member}", true or false`);
  return value;
}
