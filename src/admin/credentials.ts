import { AppError } from '../core/error.ts';
import type { Secret } from '../core/secret.ts';
import type { Site } from '../core/site.ts';
import {
  type Credential,
  type CredentialFields,
  credentialFields,
  type StoredCredential,
} from '../schema/record.ts';
import { canonicalValue, keyOf, reservedPin, stillStored, valueInUse } from './credential-value.ts';
import { checked, invalidInput } from './input.ts';
import { planOf } from './plan.ts';
import type { CredentialsService } from './ports.ts';
import { syncFor } from './programming/concerned.ts';
import { showCredential } from './record-change.ts';
import type { RecordWriter } from './record-writer.ts';
import { resource } from './resource.ts';
import type { Directory, Vault } from './storage.ts';
import { isShorter, utcValidity } from './validity.ts';

/** With the value only where it is given anew. */
type Fields = CredentialFields & { value?: Secret };
type Filter = { user_id?: string; kind?: string; external_id?: string };

/** PINs, cards, fobs and phones. Their values are stored as keyed hash and sealed, and unique in the whole site. */
export function credentialsService(parts: {
  directory: Directory;
  vault: Vault;
  writer: RecordWriter;
  /** Keyed hashes of codes that the panel has of its own. */
  reservedPins: ReadonlySet<string>;
  site(): Site;
  feedCursor(): string;
}): CredentialsService {
  const { directory, vault, writer, site } = parts;

  const holderOf = (kind: Credential['kind'], value: Secret): StoredCredential | undefined =>
    directory.holderOf(keyOf(vault, kind, canonicalValue(kind, value, site())));

  const credentials = resource<'credential', Credential, Fields, Filter>(parts, {
    kind: 'credential',
    records: directory.credentials,
    fields(record) {
      const { id, revision, created_at, updated_at, blocked, ...fields } = showCredential(record);
      return fields;
    },
    make({ value, ...fields }, stamp, before, caller) {
      const { uses_left, ...given } = checked(credentialFields, fields);
      checkOwner(directory, given, before);
      const { key, sealed } = sealedValue(given.kind, value, before);
      const holder = directory.holderOf(key);
      if (holder !== undefined && holder.id !== stamp.id) throw valueInUse(directory, holder, caller);
      if (key !== before?.key && parts.reservedPins.has(key)) throw reservedPin();
      for (const { credential_id, holder_id } of directory.slotsHolding(key)) {
        if (credential_id !== stamp.id) throw stillStored(directory.holders.get(holder_id));
      }
      const uses = usesOf(uses_left, before, stamp.revision);
      return {
        ...stamp,
        ...given,
        ...utcValidity(given),
        blocked: before?.blocked ?? false,
        key,
        sealed,
        uses,
      };
    },
    show: showCredential,
    narrows: (before, after) =>
      (after.blocked && !before.blocked) ||
      (after.state === 'draft' && before.state !== 'draft') ||
      after.key !== before.key ||
      usesLeft(after) < usesLeft(before) ||
      isShorter(before, after),
    removal: () => [],
    candidates({ user_id, external_id }) {
      if (external_id !== undefined) {
        const found = directory.byExternalId('credential', external_id);
        return found === undefined ? [] : [found.id];
      }
      return user_id === undefined ? null : directory.credentialsOf(user_id).map(({ id }) => id);
    },
    matches: (record, { user_id, kind }) =>
      (user_id === undefined || record.user_id === user_id) && (kind === undefined || record.kind === kind),
  });

  /** A value sealed anew only when it is another one: sealing the same value twice gives different texts. */
  const sealedValue = (
    kind: Credential['kind'],
    value: Secret | undefined,
    before: StoredCredential | null,
  ): { key: string; sealed: string } => {
    if (value === undefined) {
      if (before !== null) return before;
      throw invalidInput({ pointer: '/value', detail: 'a credential needs a value' });
    }
    const canonical = canonicalValue(kind, value, site());
    const key = keyOf(vault, kind, canonical);
    return key === before?.key ? before : { key, sealed: vault.seal(canonical) };
  };

  return {
    ...credentials,
    async create(fields, options) {
      const holder = holderOf(fields.kind, fields.value);
      if (holder === undefined || holder.user_id !== fields.user_id)
        return credentials.create(fields, options);
      await writer.write([], false, options);
      const object = showCredential(holder);
      const plan = options.dry_run ? { plan: planOf([]) } : {};
      return { object, created: false, applied: null, ...plan, ...syncFor(directory, [holder.id]) };
    },
    async replace(externalId, fields, options) {
      const named = directory.byExternalId('credential', externalId);
      if (named !== undefined) {
        const uses_left = allowanceGiven(named, fields.uses_left);
        return credentials.replace(externalId, { ...fields, uses_left }, options);
      }
      const holder = holderOf(fields.kind, fields.value);
      if (holder?.user_id === fields.user_id && holder.external_id === null) {
        return credentials.update(holder.id, { ...fields, external_id: externalId }, options);
      }
      return credentials.replace(externalId, fields, options);
    },
    setBlocked: (id, blocked, options) =>
      credentials.revise(id, (before, stamp) => ({ ...before, ...stamp, blocked }), options, blocked),
    async reveal(id, caller) {
      if (!caller.scopes.has('credentials:reveal')) {
        throw new AppError('forbidden', 'showing a PIN or card needs the scope credentials:reveal', {
          members: { required_scope: 'credentials:reveal' },
        });
      }
      const { sealed } = credentials.record(id);
      await writer.note({
        type: 'credential.revealed',
        resource: `credential/${id}`,
        data: { by: caller.name },
      });
      return vault.unseal(sealed);
    },
  };
}

function checkOwner(
  directory: Directory,
  { user_id, kind }: Pick<CredentialFields, 'user_id' | 'kind'>,
  before: StoredCredential | null,
): void {
  if (!directory.users.has(user_id))
    throw invalidInput({ pointer: '/user_id', detail: 'there is no such user' });
  if (before === null) return;
  if (user_id !== before.user_id) {
    throw invalidInput({
      pointer: '/user_id',
      detail: 'a credential stays with its user: remove it and make another',
    });
  }
  if (kind !== before.kind) {
    throw invalidInput({
      pointer: '/kind',
      detail: `this credential stays a ${before.kind}: remove it and make another`,
    });
  }
}

/**
 * A number of uses set anew is a new allowance. Its generation is the revision that set it: higher than all before, so
 * that a use counted late at a door never counts against a newer allowance.
 */
function usesOf(
  left: number | null,
  before: StoredCredential | null,
  revision: number,
): StoredCredential['uses'] {
  if (left === null) return null;
  if (before !== null && left === usesLeft(before)) return before.uses;
  return { max: left, used: 0, generation: revision };
}

/**
 * The uses to set when a whole state is given again, as portals and imports do: the allowance it names, if it is the one
 * in force, is no new one, and what is left of it stays.
 */
export function allowanceGiven(record: StoredCredential, given: number | null): number | null {
  return given !== null && given === record.uses?.max ? usesLeft(record) : given;
}

const usesLeft = ({ uses }: StoredCredential): number =>
  uses === null ? Number.POSITIVE_INFINITY : uses.max - uses.used;
