import type { Command, Reply } from './layout.ts';

/**
 * Questions to a wire that nobody else uses, as installers ask them, step by step: an inquiry yields what is to be asked next, is told
 * what came of it, and returns what it found out. It knows no clock and no line.
 */
export type Inquiry<T> = Generator<Question, T, Told>;

export interface Question {
  /** Bits on the wire per second. */
  baud: number;
  /** 0 to 126. */
  address: number;
  /** 0 to 3; 0 makes the reader begin anew. */
  sequence: number;
  command: Command;
  /** How long the answer may take to begin, in milliseconds. */
  wait_ms: number;
}

/** `reply` null: a whole frame that nobody can read. `garbled`: bytes that are no frame. */
export type Told = { type: 'reply'; reply: Reply | null } | { type: 'silence' } | { type: 'garbled' };

/** An answer begins within 200 ms (sheet 1); the rest is for operating systems and adapters. */
export const fullWait = 220;
const tries = 4;

/** Asks until there is an answer that says something: the same bytes again while there is none, or a reader asks for time. */
export function* answerTo(question: Question): Inquiry<Told> {
  let told: Told = { type: 'silence' };
  for (let n = 0; n < tries; n++) {
    told = yield question;
    const refused = told.type === 'reply' && told.reply?.type === 'nak' && told.reply.value.error === 1;
    if (told.type === 'reply' && told.reply?.type !== 'busy' && !refused) return told;
  }
  return told;
}
