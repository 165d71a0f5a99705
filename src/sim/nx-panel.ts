import type { Clock } from '../core/clock.ts';
import type { Frame, Wire } from '../panel/nx-584/frame.ts';
import {
  decodeRequest,
  keypadFunctions,
  type PanelMessage,
  type Request,
  toPanel,
} from '../panel/nx-584/layout.ts';
import { type NxFault, statusFlags } from './nx-fault.ts';
import { nxLog } from './nx-log.ts';
import {
  answerUser,
  buttonOrder,
  configuration,
  everyPartition,
  failed,
  keypadOrder,
  type NxMemory,
  type NxPartition,
  partitionStatus,
  rejected,
  snapshot,
  systemStatus,
} from './nx-memory.ts';
import { nxWire } from './nx-wire.ts';

export interface NxOptions {
  wire?: Wire;
  length?: 4 | 6;
  /** 1 to 8. */
  partitions?: number;
  /** Code of user 1, who is the master of all partitions. */
  master?: string;
  logSize?: number;
  /** Which messages 20h to 3Fh it takes; without: all that have no part in programming. */
  takes?: readonly number[];
  firmware?: string;
  exitDelayMs?: number;
}

/** One simulated NX panel with its interface. Partitions and users count from 1. */
export interface SimulatedNxPanel {
  /** Bytes from the controller, in any chunking. */
  receive(bytes: Uint8Array): void;
  /** Somebody at a keypad, without exit delay. `user` 97: quick arming. */
  arm(partition: number, how?: 'away' | 'stay', user?: number): void;
  disarm(partition: number, user?: number): void;
  armed(partition: number): boolean;
  /** Types a code at a keypad, which arms a disarmed partition and disarms an armed one. False: no code for this partition. */
  enter(partition: number, code: string): boolean;
  alarm(partition: number, active: boolean): void;
  ready(partition: number, ready: boolean): void;
  /** Null: no code. */
  code(user: number): string | null;
  rights(user: number): { authority: number; partitions: number } | null;
  setCode(user: number, code: string | null, rights?: { authority: number; partitions: number }): void;
  /** Takes these messages from now on, or does not. It tells that it was programmed. */
  enable(numbers: readonly number[], on: boolean): void;
  /** The next `count` answers to commands are lost; what they answer is done. */
  loseAnswers(count: number): void;
  /** Enters something in the log, as the panel does by itself for arming. */
  log(kind: number, subject: number, partition?: number): void;
  /** Loses all it knew of the conversation, as by a power cut. */
  powerUp(): void;
  fault(fault: NxFault, on: boolean): void;
  /** Commands that change a user, as they came. */
  userCommands(): readonly Request[];
}

/** Who is in the log when nobody gave a code (pynx584#12). */
const quickUser = 97;
/** 32h to 37h. */
const userNumbers = [0x32, 0x33, 0x34, 0x35, 0x36, 0x37];
const usualCommands = [
  0x21, 0x23, 0x24, 0x26, 0x27, 0x28, 0x2a, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x3c, 0x3d, 0x3e,
];

/** A simulated NX-584 or NX-8E (protocol document of 3 April 2000); `send` puts bytes on its line. */
export function nxPanel(
  clock: Clock,
  send: (bytes: Uint8Array) => void,
  options: NxOptions = {},
): SimulatedNxPanel {
  const book = nxLog(clock, options.logSize ?? 180);
  const memory: NxMemory = {
    users: new Map([
      [1, { code: nibbles(options.master ?? '1234'), authority: 0x78, partitions: everyPartition }],
    ]),
    partitions: Array.from({ length: options.partitions ?? 2 }, newPartition),
    length: options.length ?? 4,
    takes: new Set(options.takes ?? usualCommands),
    firmware: options.firmware ?? '3.07',
    status: new Uint8Array(8),
  };
  const faults = new Set<NxFault>();
  const written: Request[] = [];
  let lostAnswers = 0;
  const interfaced = nxWire(clock, options.wire ?? 'ascii', send, faults, obey);
  const { push } = interfaced;

  function obey(frame: Frame): PanelMessage | null {
    const request = decodeRequest(frame);
    const answer = request === null || !memory.takes.has(frame.number) ? rejected : carryOut(request);
    if (request === null || !toPanel[request.type].command) return padded(answer);
    if (!faults.delete('lose_answer') && lostAnswers === 0) return padded(answer);
    lostAnswers = Math.max(0, lostAnswers - 1);
    return null;
  }

  function padded(message: PanelMessage): PanelMessage {
    if (message.type !== 'user_information' || !faults.has('padded_with_f') || memory.length === 6)
      return message;
    return { ...message, value: { ...message.value, code: `${message.value.code.slice(0, 4)}FF` } };
  }

  function carryOut(request: Request): PanelMessage {
    switch (request.type) {
      case 'interface_configuration_request':
        return configuration(memory);
      case 'partition_status_request':
        return partitionStatus(memory, request.value.partition);
      case 'partitions_snapshot_request':
        return snapshot(memory);
      case 'system_status_request':
        return systemStatus(memory);
      case 'log_event_request':
        return book.at(request.value.entry) ?? failed;
      case 'keypad_with_code':
      case 'keypad': {
        const order = keypadOrder(memory, request);
        if ('type' in order) return order;
        if (!faults.has('ignores_keypad')) {
          for (const each of order.partitions) {
            setArmed(
              each,
              order.wanted === 'disarm' ? 'no' : order.wanted,
              order.user,
              options.exitDelayMs ?? 0,
            );
          }
        }
        return { type: 'acknowledged', value: {} };
      }
      case 'keypad_button': {
        const order = buttonOrder(memory, request);
        for (const each of order?.partitions ?? []) {
          const is = isArmed(each + 1);
          setArmed(
            each,
            is || order === null ? 'no' : order.wanted,
            quickUser,
            is ? 0 : (options.exitDelayMs ?? 0),
          );
        }
        return { type: 'acknowledged', value: {} };
      }
      default: {
        if (toPanel[request.type].command) written.push(request);
        const authority = request.type === 'set_authority' || request.type === 'set_authority_with_code';
        if (faults.has('refuses_authority') && authority && request.value.authority !== 0) return failed;
        return answerUser(memory, request, faults) ?? rejected;
      }
    }
  }

  function setArmed(index: number, armed: NxPartition['armed'], user: number, exitMs: number): void {
    const partition = memory.partitions[index];
    if (partition === undefined || partition.armed === armed) return;
    Object.assign(partition, { armed, lastUser: user, exit: armed !== 'no' && exitMs > 0 });
    log(armed === 'no' ? 40 : 41, user - 1, index);
    tellPartition(index);
    if (!partition.exit) return;
    clock.after(exitMs, () => {
      partition.exit = false;
      tellPartition(index);
    });
  }

  const isArmed = (partition: number): boolean => (memory.partitions[partition - 1]?.armed ?? 'no') !== 'no';
  const tellPartition = (index: number): void => push(partitionStatus(memory, index));

  const log = (kind: number, subject: number, partition: number): void =>
    push(book.enter(kind, subject, partition));

  function setStatus(byte: number, bit: number, on: boolean): void {
    const flags = memory.status[byte - 3] ?? 0;
    memory.status[byte - 3] = on ? flags | (1 << bit) : flags & ~(1 << bit);
    push(systemStatus(memory));
  }

  function enable(numbers: readonly number[], on: boolean): void {
    for (const number of numbers) {
      if (on) memory.takes.add(number);
      else memory.takes.delete(number);
    }
    push(configuration(memory));
  }

  function powerUp(): void {
    interfaced.reset();
    log(57, 0, 0);
    push(configuration(memory));
  }

  /** Faults that are nothing but another setting of the panel. */
  function changed(fault: NxFault, on: boolean): void {
    const master = memory.users.get(1);
    if (fault === 'user_commands_off') {
      enable(
        userNumbers.filter((number) => (options.takes ?? usualCommands).includes(number)),
        !on,
      );
    } else if (fault === 'six_digits') {
      memory.length = on ? 6 : (options.length ?? 4);
      push(systemStatus(memory));
    } else if (fault === 'master_changed' && master !== undefined) {
      master.code = nibbles(on ? '909090' : (options.master ?? '1234'));
    } else if (fault === 'narrow_master' && master !== undefined) {
      master.partitions = on ? 0x01 : everyPartition;
    }
  }

  return {
    receive: interfaced.receive,
    arm: (partition, how = 'away', user = 1) => setArmed(partition - 1, how, user, 0),
    disarm: (partition, user = 1) => setArmed(partition - 1, 'no', user, 0),
    armed: isArmed,
    enter(partition, code) {
      const value = {
        master: nibbles(code),
        function: keypadFunctions[isArmed(partition) ? 'disarm' : 'away'],
        partitions: 1 << (partition - 1),
      };
      const order = keypadOrder(memory, { type: 'keypad_with_code', value });
      if ('type' in order) return false;
      setArmed(partition - 1, order.wanted === 'disarm' ? 'no' : order.wanted, order.user, 0);
      return true;
    },
    alarm(partition, active) {
      Object.assign(memory.partitions[partition - 1] ?? {}, { alarm: active });
      log(active ? 0 : 1, 0, partition - 1);
      tellPartition(partition - 1);
    },
    ready(partition, ready) {
      Object.assign(memory.partitions[partition - 1] ?? {}, { ready });
      tellPartition(partition - 1);
    },
    code: (user) => memory.users.get(user)?.code?.slice(0, memory.length) ?? null,
    rights: (user) => memory.users.get(user) ?? null,
    setCode(user, code, rights = { authority: 0x70, partitions: everyPartition }) {
      memory.users.set(user, { ...rights, code: code === null ? null : nibbles(code) });
    },
    enable,
    loseAnswers(count) {
      lostAnswers = count;
    },
    log: (kind, subject, partition = 1) => log(kind, subject, partition - 1),
    powerUp,
    fault(fault, on) {
      if (fault === 'restart') {
        if (on) powerUp();
        return;
      }
      if (on) faults.add(fault);
      else faults.delete(fault);
      changed(fault, on);
      const flag = statusFlags[fault];
      if (flag !== undefined) setStatus(flag.byte, flag.bit, on);
    },
    userCommands: () => written,
  };
}

const newPartition = (): NxPartition => ({
  armed: 'no',
  exit: false,
  ready: true,
  alarm: false,
  lastUser: 1,
});

const nibbles = (code: string): string => code.padEnd(6, '0');
