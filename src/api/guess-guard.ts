import type { Caller, CredentialsService } from '../admin/ports.ts';
import { AppError } from '../core/error.ts';
import type { ApiContext } from './context.ts';

type Guarded = Pick<ApiContext, 'clashes' | 'clock'>;

/**
 * Refuses with `too_many_requests` while a caller has learnt too much by guessing. Who may read PINs anyway learns nothing
 * by guessing them and is not slowed.
 */
export function refuseGuesser(api: Guarded, caller: Caller): void {
  const ms = caller.scopes.has('credentials:reveal') ? 0 : api.clashes.waitMs(caller.id, api.clock.mono());
  if (ms === 0) return;
  const retry_after = Math.ceil(ms / 1000);
  throw new AppError(
    'too_many_requests',
    `too many values in use or unknown were tried with this API key: wait ${retry_after} s`,
    { members: { retry_after } },
  );
}

/** Counts one thing that a caller has learnt by guessing. */
export function countGuess(api: Guarded, caller: Caller): void {
  api.clashes.clash(caller.id, api.clock.mono());
}

/** Runs one write of a value; a clash says that it is in use. */
export async function guarded<T>(api: Guarded, caller: Caller, write: () => Promise<T>): Promise<T> {
  refuseGuesser(api, caller);
  try {
    return await write();
  } catch (error) {
    if (error instanceof AppError && (error.code === 'pin_in_use' || error.code === 'card_in_use')) {
      countGuess(api, caller);
    }
    throw error;
  }
}

/** Credentials whose writes are slowed where they are used to find out what is in use. */
export function guardCredentials(api: Guarded, credentials: CredentialsService): CredentialsService {
  return {
    ...credentials,
    async create(fields, options) {
      const written = await guarded(api, options.caller, () => credentials.create(fields, options));
      // "The same person has it already" says as much as a clash.
      if (!written.created) countGuess(api, options.caller);
      return written;
    },
    replace: (key, fields, options) =>
      guarded(api, options.caller, () => credentials.replace(key, fields, options)),
    update: (id, fields, options) =>
      fields.value === undefined
        ? credentials.update(id, fields, options)
        : guarded(api, options.caller, () => credentials.update(id, fields, options)),
  };
}
