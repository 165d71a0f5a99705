import type { Ask } from './conversation.ts';
import type { UserCommands } from './features.ts';
import type { PanelMessage } from './layout.ts';
import type { Answer } from './link.ts';
import type { CodeLength } from './user-code.ts';

/** What is needed to work on the users of one panel. Slots are its user numbers, from 1. */
export interface UserDesk {
  ask: Ask;
  commands: UserCommands;
  length: CodeLength;
  slots: { first: number; count: number; reserved: readonly number[] };
  /** Slots that hold a code of ours whose partitions were never proved: no good code. */
  unfinished: Set<number>;
  /** The partitions of the master (a mask), as far as they are known. */
  reach: number | null;
}

export type UserInformation = Extract<PanelMessage, { type: 'user_information' }>;

/** Asks for a user: 32h or 33h, answered by 12h. */
export async function askUser(
  desk: UserDesk,
  slot: number,
): Promise<Exclude<Answer, { type: 'message' }> | { type: 'message'; message: UserInformation }> {
  const answer = await desk.ask(desk.commands.read(slot));
  if (answer.type !== 'message') return answer;
  const { message } = answer;
  // The link takes nothing else for the answer.
  return message.type === 'user_information' ? { type: 'message', message } : { type: 'silent' };
}

/** Where the master code stands in the panel. `accepted`: it is good, whosever it is. */
export type MasterRecord =
  | { type: 'own'; slot: number; partitions: number }
  | { type: 'accepted' | 'refused' | 'unanswered' };

/** Reads the reserved users with the master code, until its own is found. */
export async function masterRecord(desk: UserDesk): Promise<MasterRecord> {
  const { first, reserved } = desk.slots;
  let seen: MasterRecord['type'] | null = null;
  for (const slot of reserved.length === 0 ? [first] : reserved) {
    const answer = await askUser(desk, slot);
    if (answer.type === 'refused') seen ??= 'refused';
    else if (answer.type !== 'message') return { type: 'unanswered' };
    else if (
      answer.message.value.code.slice(0, desk.length) === desk.commands.master?.slice(0, desk.length)
    ) {
      return { type: 'own', slot, partitions: answer.message.value.partitions };
    } else seen = 'accepted';
  }
  return { type: seen === 'accepted' ? 'accepted' : 'refused' };
}

/** What to do about a master code that the panel refuses. */
export const badMaster =
  'the panel refuses the master code: put the code of a user with master authority into the code_file of the panel';

/** What to do about a master whose partitions are not all that are written to. `missing`: a mask. */
export function noAuthority(missing: number): string {
  const numbers = [1, 2, 3, 4, 5, 6, 7, 8].filter((number) => (missing >> (number - 1)) & 1);
  return `the master code has no authority in partition ${numbers.join(', ')}: give its user that partition in the panel`;
}
