import { keypadFunctions, type PanelMessage, type Request } from '../panel/nx-584/layout.ts';
import type { NxFault } from './nx-fault.ts';

/** What a simulated NX panel keeps and shows. */
export interface NxMemory {
  /** By user number. A user that was ever written keeps its authority when its code is removed. */
  users: Map<number, NxUser>;
  partitions: NxPartition[];
  length: 4 | 6;
  /** Numbers of the messages it takes, 20h to 3Fh. */
  takes: Set<number>;
  firmware: string;
  /** Bytes 3 to 10 of its system status. */
  status: Uint8Array;
}

/** `code`: six nibbles, or null. `partitions`: a mask. */
export interface NxUser {
  code: string | null;
  authority: number;
  partitions: number;
}

export interface NxPartition {
  armed: 'no' | 'away' | 'stay';
  /** In its exit delay. */
  exit: boolean;
  ready: boolean;
  alarm: boolean;
  lastUser: number;
}

export type Refusal = Extract<PanelMessage, { type: 'failed' | 'rejected' }>;

export const failed: Refusal = { type: 'failed', value: {} };
export const rejected: Refusal = { type: 'rejected', value: {} };

const masterAuthority = 0x08;
const armsAndDisarms = 0x10;
export const everyPartition = 0xff;

export function configuration(memory: NxMemory): PanelMessage {
  const commands = new Uint8Array(4);
  for (const number of memory.takes) {
    const byte = (number - 0x20) >> 3;
    commands[byte] = (commands[byte] ?? 0) | (1 << (number & 7));
  }
  const firmware = Uint8Array.from(memory.firmware.padEnd(4), (c) => c.charCodeAt(0));
  return {
    type: 'interface_configuration',
    value: { firmware, pushes: Uint8Array.of(0xff, 0xff), commands },
  };
}

/** `partition` counts from 0. */
export function partitionStatus(memory: NxMemory, partition: number): PanelMessage {
  const state = memory.partitions[partition];
  if (state === undefined) return failed;
  const armed = state.armed === 'no' ? 0 : 0x40;
  const third = (state.armed === 'stay' ? 0x04 : 0) | (state.exit ? 0x40 : 0);
  return {
    type: 'partition_status',
    value: {
      partition,
      flags: Uint8Array.of(armed, state.alarm ? 0x02 : 0, third, 0),
      last_user: state.lastUser,
      ready: state.ready ? 0x04 : 0,
      more: 0x02,
    },
  };
}

export function snapshot(memory: NxMemory): PanelMessage {
  const partitions = new Uint8Array(8);
  memory.partitions.forEach((state, i) => {
    const armed = (state.armed === 'no' ? 0 : 0x04) | (state.armed === 'stay' ? 0x08 : 0);
    partitions[i] = 0x01 | (state.ready ? 0x02 : 0) | armed | (state.exit ? 0x40 : 0);
  });
  return { type: 'partitions_snapshot', value: { partitions } };
}

export function systemStatus(memory: NxMemory): PanelMessage {
  const flags = memory.status.slice();
  flags[3] = (flags[3] ?? 0) | (memory.length === 6 ? 0x01 : 0);
  const value = {
    panel_id: 4,
    flags,
    valid_partitions: (1 << memory.partitions.length) - 1,
    communicator: 0x28,
  };
  return { type: 'system_status', value };
}

/** What a request about users comes to, carried out if no fault is in the way. The master's reach is what it may touch. */
export function answerUser(
  memory: NxMemory,
  request: Request,
  faults: ReadonlySet<NxFault>,
): PanelMessage | null {
  const forget = faults.has('forgets_codes');
  switch (request.type) {
    case 'user_request_with_code':
    case 'user_request': {
      const { user } = request.value;
      return reachOf(memory, request) === null ? failed : userInformation(memory, user);
    }
    case 'set_code_with_code':
    case 'set_code': {
      const { user, code } = request.value;
      const reach = reachOf(memory, request);
      const digits = code.slice(0, memory.length);
      const none = /^F+$/.test(digits);
      const before = memory.users.get(user);
      if (reach === null || anyArmed(memory) || !(none || /^\d+$/.test(digits))) return failed;
      if (before?.code && before.partitions & ~reach) return failed;
      const taken = [...memory.users].some(([n, each]) => n !== user && each.code?.startsWith(digits));
      if (!none && (taken || faults.has('duplicates'))) return failed;
      // A new user may start out with everything (NX-148E installation note).
      const rights = before?.code ? before : { authority: 0x70, partitions: everyPartition };
      if (!forget) memory.users.set(user, { ...rights, code: none ? null : code });
      return forget
        ? { type: 'user_information', value: { user, code, authority: 0x70, partitions: everyPartition } }
        : userInformation(memory, user);
    }
    case 'set_authority_with_code':
    case 'set_authority': {
      const { user, authority, partitions } = request.value;
      const reach = reachOf(memory, request);
      if (reach === null || anyArmed(memory) || partitions & ~reach) return failed;
      memory.users.set(user, { code: memory.users.get(user)?.code ?? null, authority, partitions });
      return { type: 'acknowledged', value: {} };
    }
    default:
      return null;
  }
}

/** What 3Ch and 3Dh are to do, or how they are refused. */
export function keypadOrder(
  memory: NxMemory,
  request: Extract<Request, { type: 'keypad_with_code' | 'keypad' }>,
): Refusal | { wanted: keyof typeof keypadFunctions; partitions: number[]; user: number } {
  const { function: code, partitions: mask } = request.value;
  const user = request.type === 'keypad' ? request.value.user : holderOf(memory, request.value.master);
  const rights = memory.users.get(user ?? 0);
  const names = ['disarm', 'away', 'stay'] as const;
  const wanted = names.find((name) => keypadFunctions[name] === code);
  if (user === null || rights === undefined || wanted === undefined) return failed;
  if (!(rights.authority & (masterAuthority | armsAndDisarms)) || mask & ~rights.partitions) return failed;
  const partitions = memory.partitions.flatMap((_, i) => ((mask >> i) & 1 ? [i] : []));
  const blocked = wanted !== 'disarm' && partitions.some((i) => !memory.partitions[i]?.ready);
  return partitions.length === 0 || blocked ? failed : { wanted, partitions, user };
}

/** What 3Eh is to do (sheet 3.5): one button, which toggles. Functions that move no partition are taken, and do nothing here. */
export function buttonOrder(
  memory: NxMemory,
  { value }: Extract<Request, { type: 'keypad_button' }>,
): { wanted: 'away' | 'stay'; partitions: number[] } | null {
  const wanted = value.function === 0x00 ? 'stay' : value.function === 0x02 ? 'away' : null;
  const partitions = memory.partitions.flatMap((_, i) => ((value.partitions >> i) & 1 ? [i] : []));
  return wanted === null ? null : { wanted, partitions };
}

function userInformation(memory: NxMemory, user: number): PanelMessage {
  const { code, authority, partitions } = memory.users.get(user) ?? {
    code: null,
    authority: 0,
    partitions: 0,
  };
  return { type: 'user_information', value: { user, code: code ?? 'FFFFFF', authority, partitions } };
}

/** Partitions that whoever asks may touch; null: it is nobody's master code. */
function reachOf(memory: NxMemory, request: Request): number | null {
  if (!('master' in request.value)) return everyPartition;
  const user = memory.users.get(holderOf(memory, request.value.master) ?? 0);
  return user !== undefined && user.authority & masterAuthority ? user.partitions : null;
}

/** Either padding is accepted: only the digits that count are looked at. */
function holderOf(memory: NxMemory, code: string): number | null {
  const digits = code.slice(0, memory.length);
  return [...memory.users].find(([, each]) => each.code?.slice(0, memory.length) === digits)?.[0] ?? null;
}

function anyArmed(memory: NxMemory): boolean {
  return memory.partitions.some(({ armed }) => armed !== 'no');
}
