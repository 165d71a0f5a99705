import { parseCardText, tokenValue } from '../core/card.ts';
import { AppError } from '../core/error.ts';
import { pinFault } from '../core/pin.ts';
import { Secret } from '../core/secret.ts';
import type { Site } from '../core/site.ts';
import type { KnownHolder } from '../core/slot-holder.ts';
import type { Credential, StoredCredential } from '../schema/record.ts';
import { invalidInput } from './input.ts';
import type { Caller } from './ports.ts';
import type { Directory, Vault } from './storage.ts';

type Kind = Credential['kind'];

/** The one text that is hashed and sent for what people wrote. Throws `invalid_input`, which never repeats it. */
export function canonicalValue(kind: Kind, value: Secret, site: Pick<Site, 'pin' | 'formats'>): Secret {
  const text = value.reveal();
  switch (kind) {
    case 'pin': {
      const fault = pinFault(text, site.pin);
      if (fault !== null) throw invalidInput({ pointer: '/value', detail: fault });
      return value;
    }
    case 'card':
    case 'fob':
    case 'phone': {
      const card = parseCardText(text, site.formats);
      if (!card.ok) throw invalidInput({ pointer: '/value', detail: card.why });
      return new Secret(tokenValue(card.card));
    }
  }
}

/** The key by which the doors find a canonical value. */
export function keyOf(vault: Vault, kind: Kind, value: Secret): string {
  return vault.lookupKey(kind === 'pin' ? 'pin' : 'token', value.reveal());
}

/**
 * Throws `pin_in_use` or `card_in_use` for a value that `holder` has already. Who that is, and the call that would give
 * that person one more door instead, is told only to callers who may read users.
 */
export function valueInUse(directory: Directory, holder: StoredCredential, caller: Caller): AppError {
  const isPin = holder.kind === 'pin';
  const user = directory.users.get(holder.user_id);
  const conflict = {
    user_id: holder.user_id,
    external_id: user?.external_id ?? null,
    full_name: `${user?.first_name ?? ''} ${user?.last_name ?? ''}`.trim(),
    credential_id: holder.id,
  };
  const resolution = [
    { method: 'POST', href: '/v1/access', body: { user_id: holder.user_id, target: null } },
  ];
  return new AppError(
    isPin ? 'pin_in_use' : 'card_in_use',
    isPin
      ? 'this PIN is in use: PINs are unique in the whole site, whatever their state. Choose another'
      : 'this card is in use: remove it from its holder first',
    {
      errors: [{ pointer: '/value', detail: 'must not be in use' }],
      members: caller.scopes.has('users:read') ? { conflict, ...(isPin ? { resolution } : {}) } : {},
    },
  );
}

/** A PIN that would be one of the panel's own codes: typed at its keypad, it would be taken for that. */
export function reservedPin(): AppError {
  return new AppError(
    'pin_in_use',
    'this PIN is reserved: it is a code that the alarm panel has of its own. Choose another',
    { errors: [{ pointer: '/value', detail: 'must not be in use' }] },
  );
}

/** A PIN nobody has any more, but which a device has not been proved to have forgotten. */
export function stillStored(device: KnownHolder | undefined): AppError {
  const name = device?.name ?? 'a device';
  return new AppError(
    'pin_in_use',
    device?.gone_since != null
      ? `this PIN is still stored in ${name}, which has left the site file: choose another, bring ${name} back, or have it forgotten`
      : `this PIN is still stored in ${name}: its removal is not proved yet. Choose another, or wait for it`,
    { errors: [{ pointer: '/value', detail: 'must not be in use' }] },
  );
}
