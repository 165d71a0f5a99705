import { answerTo, fullWait, type Inquiry, type Told } from './inquiry.ts';
import type { Reply } from './layout.ts';

export type Identity = Extract<Reply, { type: 'pdid' }>['value'];
export type Capabilities = Extract<Reply, { type: 'pdcap' }>['value'];

/** Where a reader is to be found. */
export interface Place {
  /** 0 to 126. */
  address: number;
  /** Bits on the wire per second. */
  baud: number;
}

/** A reader as it presents itself. Nothing of it is proved: no secure channel was used. */
export interface FoundReader extends Place {
  /** Null: it does not say. */
  identity: Identity | null;
  capabilities: Capabilities | null;
  /** It refuses to talk in plain. */
  only_secure: boolean;
  /** Something answers that nobody can read: two readers with one address, or a bad wire. */
  garbled: boolean;
}

/** Looks for readers at these addresses (0 to 126) and rates. `knock_ms`: how long each address is given to answer. */
export function* scan(
  bauds: readonly number[],
  addresses: readonly number[],
  knock_ms: number,
): Inquiry<FoundReader[]> {
  const found: FoundReader[] = [];
  for (const baud of bauds) {
    for (const address of addresses) {
      const one = yield* meet({ address, baud }, knock_ms);
      if (one !== null) found.push(one);
    }
  }
  return found;
}

/**
 * Knocks with a POLL, which every reader answers, and asks who is there; what the POLL brings is dropped. Null: nobody. Leaves the
 * reader's count at 3.
 */
export function* meet(place: Place, knock_ms: number): Inquiry<FoundReader | null> {
  const knock = { ...place, sequence: 0, command: { type: 'poll', value: {} } as const, wait_ms: knock_ms };
  let told = yield knock;
  if (told.type === 'silence') return null;
  if (told.type === 'garbled') told = yield* answerTo({ ...knock, wait_ms: fullWait });
  const nobody = { ...place, identity: null, capabilities: null, only_secure: false, garbled: true };
  if (told.type !== 'reply') return nobody;
  const ask = { ...place, wait_ms: fullWait };
  const id = yield* answerTo({ ...ask, sequence: 1, command: { type: 'id', value: { kind: 0 } } });
  const cap = yield* answerTo({ ...ask, sequence: 2, command: { type: 'cap', value: { kind: 0 } } });
  const identity = id.type === 'reply' && id.reply?.type === 'pdid' ? id.reply.value : null;
  const capabilities = cap.type === 'reply' && cap.reply?.type === 'pdcap' ? cap.reply.value : null;
  const only_secure = [told, id].some(wantsSecure);
  return { ...place, identity, capabilities, only_secure, garbled: false };
}

/** NAK 5 and 6 (sheet 5). */
export function wantsSecure(told: Told): boolean {
  const reply = told.type === 'reply' ? told.reply : null;
  return reply?.type === 'nak' && (reply.value.error === 5 || reply.value.error === 6);
}
