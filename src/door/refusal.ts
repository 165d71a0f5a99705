import type { CommandResult } from '../link/message.ts';

/** What the door process answers to commands that it cannot carry out. */
export const pastEnd: CommandResult = {
  ok: false,
  code: 'invalid_input',
  detail: 'until must lie in the future: by the clock of the controller it is past',
};

export const notKept: CommandResult = {
  ok: false,
  code: 'storage_unavailable',
  detail: 'the door stands so now, but the disk does not answer: a restart may forget it',
};

/** A door with no lock of ours: one that decides by its own code table, or none at all. */
export const noStrike = (known: boolean): CommandResult =>
  known
    ? {
        ok: false,
        code: 'lock_refused',
        detail: 'the lock of this door decides by itself and cannot be released from here',
      }
    : { ok: false, code: 'not_found', detail: 'there is no such door' };
