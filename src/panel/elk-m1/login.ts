import type { PanelLogin } from '../../core/panel.ts';
import { characters, frameScanner, text } from './frame.ts';

/**
 * Logging in at a secure port, as a pure machine: text prompts without a line end, an echo of what was typed, a line that says how it went,
 * then frames (sheet 2.1; the words as joekrill/elk-client `ElkClient.ts` has them: `\r\nUsername: `, `\r\nPassword: `,
 * `\r\nElk-M1XEP: Login successful.\r\n`, `\r\nUsername/Password not found.\r\n`). A port that asks for nothing begins with frames.
 */
export interface Login {
  stage: 'unasked' | 'named' | 'password_sent';
  /** What of the present line was heard, as latin-1 text. */
  held: string;
}

export type LoginStep =
  /** Not over yet; `send`: what is answered, if anything. */
  | { type: 'open'; login: Login; send: Uint8Array | null }
  /** Let in; `rest` is for who comes after. */
  | { type: 'in'; rest: Uint8Array }
  /** It asks, and nothing is known to be answered. */
  | { type: 'asked' }
  | { type: 'refused' };

export const newLogin: Login = { stage: 'unasked', held: '' };

/** More than any prompt or frame. */
const longest = 512;
const success = /login successful/i;
const failure = /not found|invalid|incorrect|denied|fail/i;

/** Bytes of the port, in any chunking. `known` null: there is no login. */
export function stepLogin(login: Login, bytes: Uint8Array, known: PanelLogin | null): LoginStep {
  const lines = (login.held + text(bytes)).split('\n');
  for (let n = 0; n < lines.length - 1; n++) {
    const verdict = judged(lines[n] ?? '', login, known);
    if (verdict === 'refused') return { type: 'refused' };
    // A frame is the first of what comes after, the word of success is not.
    if (verdict !== null)
      return { type: 'in', rest: characters(lines.slice(verdict === 'frame' ? n : n + 1).join('\n')) };
  }
  const held = (lines.at(-1) ?? '').slice(-longest);
  const prompt = /(username|password):\s*$/i.exec(held)?.[1]?.toLowerCase();
  if (prompt === undefined) return { type: 'open', login: { ...login, held }, send: null };
  if (known === null) return { type: 'asked' };
  if (prompt === 'username' && login.stage === 'unasked') return answered('named', known.user.reveal());
  if (prompt === 'password' && login.stage === 'named')
    return answered('password_sent', known.password.reveal());
  // Asked for the same again: what it was told did not please it.
  return { type: 'refused' };
}

function answered(stage: Login['stage'], word: string): LoginStep {
  return { type: 'open', login: { stage, held: '' }, send: characters(`${word}\r\n`) };
}

/** What a whole line says; null: nothing. What was typed is echoed, and says nothing. */
function judged(
  line: string,
  { stage }: Login,
  known: PanelLogin | null,
): 'success' | 'frame' | 'refused' | null {
  if (frameScanner().push(characters(`${line}\n`)).length > 0) return 'frame';
  const words = line.trim();
  if (stage !== 'password_sent' || words === known?.password.reveal()) return null;
  if (success.test(words)) return 'success';
  return failure.test(words) ? 'refused' : null;
}
