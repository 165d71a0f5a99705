import { scs } from './crypto.ts';
import type { Frame } from './frame.ts';
import { anew, type Heard, refusalIn, stale } from './heard.ts';
import { type Command, decodeReply, type Reply } from './layout.ts';
import { acceptCryptogram, acceptInitialMac, open } from './secure-channel.ts';
import { provenAfter, type Security, toldIn } from './security.ts';

/** Judges a frame from a reader with a secure channel. `mac`: of the command that waits; null in a handshake. */
export function hearSecure(
  security: Security,
  { command, mac }: { command: Command; mac: Uint8Array | null },
  sequence: number,
  frame: Frame,
  now: number,
): Heard {
  const plain = frame.security === null ? decodeReply(frame.code, frame.data) : null;
  const refusal = refusalIn(plain);
  if (plain?.type === 'busy') return { type: 'busy' };
  if (refusal === 4) return anew;
  if (frame.sequence !== sequence) return frame.sequence === 0 && frame.security === null ? anew : stale;
  if (refusal === 1) return { type: 'unread' };
  if (isHandshake(frame) && frame.security?.type !== awaited(command)) {
    return { type: 'stale', alarm: 'unexpected_handshake' };
  }
  const { handshake } = security;
  switch (handshake?.state) {
    case undefined:
      return stale;
    case 'challenged': {
      const judged = acceptCryptogram(handshake, frame);
      if (!judged.ok) return { type: 'no_handshake', fault: judged.fault };
      return answer({ ...security, handshake: judged.handshake }, null);
    }
    case 'proving': {
      const judged = acceptInitialMac(handshake, frame);
      if (!judged.ok) return { type: 'no_handshake', fault: judged.fault };
      const fresh = { handshake: judged.channel, opened_at: now, attempt: 0, told: { id: '', cap: '' } };
      return answer({ ...security, ...fresh }, null);
    }
    case 'open': {
      if (frame.security === null) {
        // Some readers acknowledge a new key in plain already (sheet 6.3). A reader without a session refuses, which is no attack.
        if (command.type === 'keyset' && plain?.type === 'ack') return answer(security, plain);
        return refusal === null ? { type: 'anew', alarm: 'plain_answer' } : anew;
      }
      const opened = mac === null ? { ok: false as const } : open(handshake, mac, frame);
      if (!opened.ok) return { type: 'anew', alarm: 'mac_failure' };
      const { channel, reply, in_clear } = opened;
      const failures = now - security.opened_at >= provenAfter ? 0 : security.failures;
      const next = { ...security, handshake: channel, failures, told: toldIn(security.told, reply) };
      return { ...answer(next, reply), alarm: in_clear ? 'sent_in_clear' : null };
    }
  }
}

const answer = (security: Security, reply: Reply | null): Heard & { type: 'answer' } => ({
  type: 'answer',
  reply,
  security,
  alarm: null,
});

function isHandshake({ security, code }: Frame): boolean {
  if (security === null) return code === 0x76 || code === 0x78;
  return security.type === scs.cryptogram || security.type === scs.initial_mac;
}

function awaited({ type }: Command): number | null {
  return type === 'chlng' ? scs.cryptogram : type === 'scrypt' ? scs.initial_mac : null;
}
