import { AppError, type ErrorCode, errorTable } from '../core/error.ts';
import type { Site } from '../core/site.ts';
import type { CommandResult } from '../link/message.ts';
import type { DoorLink } from './door-link.ts';
import type { DoorsService } from './ports.ts';

/** The doors as the API sees them: the site file's things, and what the door process says and does. */
export function doorsService(
  site: Site,
  link: Pick<DoorLink, 'status' | 'command'>,
  inSync: () => boolean,
): DoorsService {
  return {
    site: () => site,
    status: () => link.status(),
    inSync: () => link.status() !== null && inSync(),
    async unlock(doorId, caller) {
      if (!site.doors.some(({ id }) => id === doorId)) {
        throw new AppError('not_found', 'no door of this site has this id');
      }
      succeeded(await link.command({ do: 'unlock', door_id: doorId, by: caller.name }));
    },
    async setMode(doorId, mode, until, caller) {
      succeeded(await link.command({ do: 'mode', door_id: doorId, mode, until, by: caller.name }));
    },
    async pair(readerId, minutes, caller) {
      const { name: by } = caller;
      const { pairing_until } = succeeded(
        await link.command({ do: 'pair_reader', reader_id: readerId, minutes, by }),
      );
      if (pairing_until === undefined) throw new AppError('internal', 'the door process opened no window');
      return pairing_until;
    },
    async accept(readerId, caller) {
      succeeded(await link.command({ do: 'accept_reader', reader_id: readerId, by: caller.name }));
    },
    async resetClock(caller) {
      const { clock } = succeeded(await link.command({ do: 'reset_clock', by: caller.name }));
      if (clock === undefined) throw new AppError('internal', 'the door process told nothing of its clock');
      return clock;
    },
    async try(request) {
      const { reader_id, kind, value, at, open } = request;
      if (!site.readers.some(({ id }) => id === reader_id)) {
        throw new AppError('not_found', 'no reader of this site has this id');
      }
      const secret = new TextEncoder().encode(value.reveal());
      const { decision } = succeeded(await link.command({ do: 'try', reader_id, kind, secret, at, open }));
      if (decision === undefined) throw new AppError('internal', 'the door process gave no decision');
      return decision;
    },
  };
}

/** A result that went well; otherwise the door process's own code, as an error. */
export function succeeded(result: CommandResult): Extract<CommandResult, { ok: true }> {
  if (result.ok) return result;
  throw new AppError(isErrorCode(result.code) ? result.code : 'internal', result.detail);
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorTable, code);
}
