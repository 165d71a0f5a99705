import {
  clientCryptogram,
  initialMac,
  installKey,
  macOf,
  openFrame,
  type SessionKeys,
  sameBytes,
  scs,
  sealFrame,
  serverCryptogram,
  sessionKeys,
} from '../reader/osdp/crypto.ts';
import { encodeFrame, type Frame, parseFrame } from '../reader/osdp/frame.ts';
import { type Command, decodeCommand, encodeReply, type Reply } from '../reader/osdp/layout.ts';
import { refusal, replyWire } from './reader-fault.ts';

/** What can go wrong with the secure channel of a simulated reader, or be done to it by somebody on the wire. */
export const securityFaults = [
  'wrong_mac',
  'replayed_initial_mac',
  'plain_answer',
  'other_capabilities',
  'session_lost',
  'status_in_clear',
  'plain_key_answer',
  'keeps_old_session',
  'refuses_handshake',
] as const;
export type SecurityFault = (typeof securityFaults)[number];

/** The reader's end of a secure channel (SIA OSDP 2.2, sheet 6). */
export interface SecuredSide {
  /** The reply to a frame of the right number, as it goes on the wire. */
  reply(frame: Frame, answer: (command: Command | null) => Reply): Uint8Array;
  /** The session is forgotten; the key is not. */
  forget(): void;
  /** 16 bytes; null: none, which is install mode. */
  setKey(key: Uint8Array | null): void;
  key(): Uint8Array | null;
}

type State =
  | { state: 'challenged'; kind: number; keys: SessionKeys; randomA: Uint8Array; randomB: Uint8Array }
  | { state: 'open'; kind: number; keys: SessionKeys; chain: Uint8Array; first: Uint8Array };

/** A reader, at first at an address. With a key it answers nothing but ID and CAP in plain. */
export function securedSide(address: number, faults: ReadonlySet<string>): SecuredSide {
  let key: Uint8Array | null = null;
  let session: State | null = null;
  let handshakes = 0;

  const shake = (frame: Frame, type: number, data: readonly number[], told: Reply): Uint8Array =>
    encodeFrame({
      address: frame.address,
      reply: true,
      sequence: frame.sequence,
      check: 'crc',
      security: { type, data: Uint8Array.from(data) },
      ...encodeReply(told),
    });

  function challenged(frame: Frame, command: Command & { type: 'chlng' }): Uint8Array {
    // In install mode it says so, whatever it was asked; with a key it never takes the public one (sheet 6.4).
    const kind = key === null ? 0 : 1;
    const keys = sessionKeys(key ?? installKey, command.value.random);
    handshakes += 1;
    const randomB = Uint8Array.of(0xa0, address, 0, 0, 0, 0, handshakes >> 8, handshakes & 0xff);
    const randomA = command.value.random;
    session = { state: 'challenged', kind, keys, randomA, randomB };
    const cryptogram = clientCryptogram(keys, randomA, randomB);
    const unique_id = Uint8Array.of(0x50, 0x53, 0x54, 1, 1, 0, 0, address);
    const told = { unique_id, random: randomB, cryptogram };
    return shake(frame, scs.cryptogram, [kind], { type: 'ccrypt', value: told });
  }

  function proved(frame: Frame, command: Command & { type: 'scrypt' }): Uint8Array {
    if (session?.state !== 'challenged') return replyWire(frame.address, frame.sequence, refusal(5));
    const { keys, randomA, randomB, kind } = session;
    const proof = serverCryptogram(keys, randomA, randomB);
    if (!sameBytes(proof, command.value.proof)) {
      session = null;
      return replyWire(frame.address, frame.sequence, refusal(5));
    }
    const mac = initialMac(keys, proof);
    session = { state: 'open', kind, keys, chain: mac, first: mac };
    return shake(frame, scs.initial_mac, [1], { type: 'rmac_i', value: { mac } });
  }

  function secured(frame: Frame, answer: (command: Command | null) => Reply): Uint8Array {
    if (faults.has('session_lost')) session = null;
    if (session?.state !== 'open') return replyWire(frame.address, frame.sequence, refusal(6));
    const open = session;
    const opened = openFrame(open.keys, open.chain, frame);
    if (!opened.ok) {
      session = null;
      return replyWire(frame.address, frame.sequence, refusal(6));
    }
    if (faults.has('replayed_initial_mac')) {
      return shake(frame, scs.initial_mac, [1], { type: 'rmac_i', value: { mac: open.first } });
    }
    if (faults.has('plain_answer'))
      return replyWire(frame.address, frame.sequence, { type: 'ack', value: {} });
    const command = decodeCommand(frame.code, opened.data);
    const told = command?.type === 'keyset' ? taken(command) : answer(command);
    const { sequence } = frame;
    if (told.type === 'ack' && command?.type === 'keyset' && faults.has('plain_key_answer')) {
      return replyWire(frame.address, sequence, told);
    }
    const shown = faults.has('other_capabilities') && told.type === 'pdcap' ? withoutSecurity(told) : told;
    const plain: Frame = {
      address: frame.address,
      reply: true,
      sequence,
      check: 'crc',
      security: null,
      ...encodeReply(shown),
    };
    const sealed =
      faults.has('status_in_clear') && shown.type === 'lstatr'
        ? sealedInClear(open.keys, opened.mac, plain)
        : sealFrame(open.keys, opened.mac, plain);
    if (session !== null) session = { ...open, chain: sealed.mac };
    return faults.has('wrong_mac') ? withWrongMac(sealed.bytes) : sealed.bytes;
  }

  function taken({ value }: Command & { type: 'keyset' }): Reply {
    if (value.kind !== 1 || value.length !== 16) return refusal(9);
    key = value.key;
    if (!faults.has('keeps_old_session')) session = null;
    return { type: 'ack', value: {} };
  }

  return {
    reply(frame, answer) {
      if (frame.security === null) {
        session = null;
        const command = decodeCommand(frame.code, frame.data);
        const open = key === null || command?.type === 'id' || command?.type === 'cap';
        return replyWire(frame.address, frame.sequence, open ? answer(command) : refusal(6));
      }
      const { type } = frame.security;
      if (type !== scs.challenge && type !== scs.proof) return secured(frame, answer);
      const command = decodeCommand(frame.code, frame.data);
      if (faults.has('refuses_handshake')) return replyWire(frame.address, frame.sequence, refusal(5));
      if (command?.type === 'chlng') return challenged(frame, command);
      if (command?.type === 'scrypt') return proved(frame, command);
      return replyWire(frame.address, frame.sequence, refusal(5));
    },
    forget() {
      session = null;
    },
    setKey(now) {
      key = now;
      session = null;
    },
    key: () => key,
  };
}

const withoutSecurity = (told: Reply & { type: 'pdcap' }): Reply => ({
  ...told,
  value: told.value.map((entry) => (entry.feature === 9 ? { ...entry, compliance: 0, count: 0 } : entry)),
});

/** SCS_15 with its data in clear and a valid MAC, as reference readers send their status (sheet 6.4). */
function sealedInClear(
  keys: SessionKeys,
  chain: Uint8Array,
  frame: Frame,
): { bytes: Uint8Array; mac: Uint8Array } {
  const security = { type: scs.command, data: new Uint8Array(0) };
  const draft = encodeFrame({ ...frame, security, data: Uint8Array.of(...frame.data, 0, 0, 0, 0) });
  const mac = macOf(keys, chain, draft.subarray(1, draft.length - 6));
  const data = Uint8Array.of(...frame.data, ...mac.subarray(0, 4));
  return { bytes: encodeFrame({ ...frame, security, data }), mac };
}

/** A bit of the MAC flipped and the CRC made right again, as by somebody on the wire. */
function withWrongMac(wire: Uint8Array): Uint8Array {
  const parsed = parseFrame(wire.subarray(1));
  if (parsed.type !== 'frame') return wire;
  const { frame } = parsed;
  const data = frame.data.map((byte, at) => (at === frame.data.length - 1 ? byte ^ 1 : byte));
  return encodeFrame({ ...frame, data });
}
