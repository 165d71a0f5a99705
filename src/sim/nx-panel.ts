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
import {
  answerUser,
  configuration,
  everyPartition,
  failed,
  keypadOrder,
  type LogEntry,
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

const usualCommands = [
  0x21, 0x23, 0x24, 0x26, 0x27, 0x28, 0x2a, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x3c, 0x3d,
];

/** A simulated NX-584 or NX-8E (protocol document of 3 April 2000); `send` puts bytes on its line. */
export function nxPanel(
  clock: Clock,
  send: (bytes: Uint8Array) => void,
  options: NxOptions = {},
): SimulatedNxPanel {
  const logSize = options.logSize ?? 180;
  const memory: NxMemory = {
    users: new Map([
      [1, { code: nibbles(options.master ?? '1234'), authority: 0x78, partitions: everyPartition }],
    ]),
    partitions: Array.from({ length: options.partitions ?? 2 }, newPartition),
    length: options.length ?? 4,
    takes: new Set(options.takes ?? usualCommands),
    firmware: options.firmware ?? '3.07',
    status: new Uint8Array(8),
    log: Array.from({ length: logSize }, () => null),
    logHead: 0,
  };
  const faults = new Set<NxFault>();
  const written: Request[] = [];
  let lostAnswers = 0;
  const interfaced = nxWire(clock, options.wire ?? 'ascii', send, faults, obey);
  const { push } = interfaced;

  function obey(frame: Frame): PanelMessage | null {
    const request = decodeRequest(frame);
    const answer = request === null || !memory.takes.has(frame.number) ? rejected : carryOut(request);
    if (request === null || !toPanel[request.type].command || lostAnswers === 0) return padded(answer);
    lostAnswers -= 1;
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
        return entryAt(request.value.entry);
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
      default: {
        if (toPanel[request.type].command) written.push(request);
        const authority = request.type === 'set_authority' || request.type === 'set_authority_with_code';
        if (faults.has('refuses_authority') && authority && request.value.authority !== 0) return failed;
        return answerUser(memory, request, faults.has('forgets_codes')) ?? rejected;
      }
    }
  }

  function entryAt(number: number): PanelMessage {
    if (number >= logSize) return failed;
    return { type: 'log_event', value: memory.log[number] ?? { ...blank, entry: number, log_size: logSize } };
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

  function log(kind: number, subject: number, partition: number): void {
    const now = new Date(clock.wall());
    const entry: LogEntry = {
      entry: memory.logHead,
      log_size: logSize,
      kind: kind | 0x80,
      subject,
      partition,
      month: now.getUTCMonth() + 1,
      day: now.getUTCDate(),
      hour: now.getUTCHours(),
      minute: now.getUTCMinutes(),
    };
    memory.log[memory.logHead] = entry;
    memory.logHead = (memory.logHead + 1) % logSize;
    push({ type: 'log_event', value: entry });
  }

  function setStatus(byte: number, bit: number, on: boolean): void {
    const flags = memory.status[byte - 3] ?? 0;
    memory.status[byte - 3] = on ? flags | (1 << bit) : flags & ~(1 << bit);
    push(systemStatus(memory));
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
    enable(numbers, on) {
      for (const number of numbers) {
        if (on) memory.takes.add(number);
        else memory.takes.delete(number);
      }
      push(configuration(memory));
    },
    loseAnswers(count) {
      lostAnswers = count;
    },
    log: (kind, subject, partition = 1) => log(kind, subject, partition - 1),
    powerUp() {
      interfaced.reset();
      log(57, 0, 0);
      push(configuration(memory));
    },
    fault(fault, on) {
      if (on) faults.add(fault);
      else faults.delete(fault);
      const flag = statusFlags[fault];
      if (flag !== undefined) setStatus(flag.byte, flag.bit, on);
    },
    userCommands: () => written,
  };
}

const blank = { kind: 0, subject: 0, partition: 0, month: 0, day: 0, hour: 0, minute: 0 };

const newPartition = (): NxPartition => ({
  armed: 'no',
  exit: false,
  ready: true,
  alarm: false,
  lastUser: 1,
});

const nibbles = (code: string): string => code.padEnd(6, '0');
