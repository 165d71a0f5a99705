import type { ApiKey, Credential, StoredApiKey, StoredCredential } from '../schema/record.ts';
import type { FeedEntry, ManagedChange, ManagedKind, Records } from '../schema/storage.ts';
import type { StoredWebhook, Webhook } from '../schema/webhook.ts';

/** A change of one record; `before` null makes it, `after` null removes it. One of them is a record. */
export function changeOf<K extends ManagedKind>(
  kind: K,
  id: string,
  before: Records[K] | null,
  after: Records[K] | null,
): ManagedChange {
  // For each single K this is that member of the union; the compiler does not spread a type parameter over it.
  return { kind, id, before, after } as ManagedChange;
}

/** A credential as people see it: without its value. */
export function showCredential({ key: _, sealed: __, uses, ...shown }: StoredCredential): Credential {
  return { ...shown, uses_left: uses === null ? null : uses.max - uses.used };
}

/** An API key as people see it: without the hash of its token. */
export function showApiKey({ hash: _, ...shown }: StoredApiKey): ApiKey {
  return shown;
}

/** A webhook as people see it: without its secrets. */
export function showWebhook({
  sealed: _,
  previous_sealed: __,
  start_seq: ___,
  ...shown
}: StoredWebhook): Webhook {
  return shown;
}

/** What the feed says of a change: `user.updated` and the user as it now is, `user.deleted` and as it was. */
export function changeEntry(change: ManagedChange, id: string, time: string): Omit<FeedEntry, 'seq'> {
  const { before, after } = change;
  const what = before === null ? 'created' : after === null ? 'deleted' : 'updated';
  return {
    id,
    type: `${change.kind}.${what}`,
    time,
    resource: `${change.kind}/${change.id}`,
    // One more than the last, so that whoever drops what is not newer does not drop the end.
    revision: after === null ? (before?.revision ?? 0) + 1 : after.revision,
    data: shown(change),
  };
}

function shown(change: ManagedChange): Record<string, unknown> {
  switch (change.kind) {
    case 'credential': {
      const record = change.after ?? change.before;
      return record === null ? {} : { ...showCredential(record) };
    }
    case 'api_key': {
      const record = change.after ?? change.before;
      return record === null ? {} : { ...showApiKey(record) };
    }
    case 'webhook': {
      const record = change.after ?? change.before;
      if (record === null) return {};
      // Many receivers know a caller by a token in the query.
      return { ...showWebhook(record), url: record.url.replace(/[?#].*$/, '') };
    }
    case 'user':
    case 'access':
    case 'door_group':
    case 'schedule':
    case 'holiday':
    case 'timetable':
      return { ...(change.after ?? change.before) };
  }
}
