import type { ReaderAlarm } from '../../core/reader.ts';
import type { Frame } from './frame.ts';
import { type Command, decodeReply, type Reply } from './layout.ts';
import type { HandshakeFault } from './secure-channel.ts';
import type { Security } from './security.ts';

/** What a frame from a reader means to the command that waits for an answer. */
export type Heard =
  /** Nothing: an answer to something earlier, or of somebody else. */
  | { type: 'stale'; alarm: ReaderAlarm | null }
  /** To be asked again, byte for byte. */
  | { type: 'busy' | 'unread' }
  /** To begin anew: the reader has lost its state or we have, or a session was disturbed. */
  | { type: 'anew'; alarm: ReaderAlarm | null }
  /** It insists on a secure channel that it is not to have. */
  | { type: 'wants_secure' }
  | { type: 'no_handshake'; fault: HandshakeFault }
  /** A valid answer; `reply` null: one that nobody can read. */
  | { type: 'answer'; reply: Reply | null; security: Security | null; alarm: ReaderAlarm | null };

/** Judges a frame from a reader in plain; one with a security block answers nothing that was sent in plain. */
export function hearPlain(command: Command, sequence: number, frame: Frame): Heard {
  if (frame.security !== null) return stale;
  const reply = decodeReply(frame.code, frame.data);
  const refusal = refusalIn(reply);
  if (reply?.type === 'busy') return { type: 'busy' };
  // Sheet 3: a reader that counts differently puts its own number into NAK 4, and one that has lost its state answers with 0.
  if (refusal === 4) return anew;
  // Else it is the answer to an earlier try, come late.
  if (frame.sequence !== sequence) return frame.sequence === 0 ? anew : stale;
  if (refusal === 1) return { type: 'unread' };
  if ((refusal === 5 || refusal === 6) && command.type === 'poll') return { type: 'wants_secure' };
  return { type: 'answer', reply, security: null, alarm: null };
}

export const stale: Heard = { type: 'stale', alarm: null };
export const anew: Heard = { type: 'anew', alarm: null };

/** The code of a NAK (sheet 5); null: it is none. */
export const refusalIn = (reply: Reply | null): number | null =>
  reply?.type === 'nak' ? reply.value.error : null;
