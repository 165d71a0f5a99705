import { type Link, linkCommand } from './bring-up.ts';
import { encodeFrame } from './frame.ts';
import { type Command, encodeCommand } from './layout.ts';
import { handshakeBytes, seal } from './secure-channel.ts';
import { begin, type Means, type Security } from './security.ts';

/** A command and its answer. */
export interface Exchange {
  readonly command: Command;
  readonly bytes: Uint8Array;
  /** Of a secured command: what its answer is chained to. */
  readonly mac: Uint8Array | null;
  readonly sent_at: number;
  /** Sent, and the time for an answer is not over. While it is true the line belongs to this reader. */
  readonly waiting: boolean;
  /** A try stayed without any answer, which may still come. */
  readonly overdue: boolean;
}

/** What of a session says what to send next. */
interface Asker {
  readonly address: number;
  readonly sequence: number;
  readonly link: Link;
  readonly security: Security | null;
  readonly commands: readonly Command[];
}

export type Composed = { exchange: Exchange; security?: Security };
const unsent = { mac: null, sent_at: 0, waiting: false, overdue: false };

/** What to send next; null: there is no key to begin with. */
export function compose(asker: Asker, means: Means | undefined): Composed | null {
  const { address, sequence, link, security, commands } = asker;
  if (security === null) {
    if (link.phase === 'shaking' || link.phase === 'keying') return null;
    const command = (link.phase === 'online' ? commands[0] : undefined) ?? linkCommand(link);
    const frame = { address, reply: false, sequence, check: 'crc', security: null } as const;
    return { exchange: { ...unsent, command, bytes: encodeFrame({ ...frame, ...encodeCommand(command) }) } };
  }
  const { handshake } = security;
  const kind = security.trying === 'install' ? 'install' : 'own';
  if (handshake?.state === 'proving') {
    const command: Command = { type: 'scrypt', value: { proof: handshake.proof } };
    return { exchange: { ...unsent, command, bytes: handshakeBytes(kind, address, sequence, command) } };
  }
  if (handshake?.state === 'open' && link.phase !== 'offline' && link.phase !== 'shaking') {
    const waiting = link.phase === 'online' ? commands[0] : undefined;
    const command = link.phase === 'keying' ? keyset(means) : (waiting ?? linkCommand(link));
    if (command === null) return null;
    const sealed = seal(handshake, address, sequence, command);
    const window = link.phase === 'keying' ? { key_sent: true } : security.window;
    return { exchange: { ...unsent, command, ...sealed }, security: { ...security, window } };
  }
  const begun = means === undefined ? null : begin(security, means);
  if (begun === null) return null;
  const asKind = begun.security.trying === 'install' ? 'install' : 'own';
  const bytes = handshakeBytes(asKind, address, sequence, begun.command);
  return { exchange: { ...unsent, command: begun.command, bytes }, security: begun.security };
}

function keyset(means: Means | undefined): Command | null {
  const key = means?.secrets.pending ?? null;
  return key && { type: 'keyset', value: { kind: 1, length: key.length, key } };
}
