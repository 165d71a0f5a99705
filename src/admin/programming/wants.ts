import type { FailedReason } from '../../core/confirmation.ts';
import type { Site } from '../../core/site.ts';
import { type SlotHolder, slotHolders } from '../../core/slot-holder.ts';
import type { Access, StoredCredential, User } from '../../schema/record.ts';
import type { Directory } from '../storage.ts';

/** The devices of a site that keep codes, and by what a person comes to need a slot there. */
export interface HolderBook {
  /** Id of the controller's own table as a device. */
  readonly controllerId: string;
  readonly holders: ReadonlyMap<string, SlotHolder>;
  /** The device that decides at a door, by the door's id. */
  readonly byDoor: ReadonlyMap<string, SlotHolder>;
  readonly panel: SlotHolder | null;
}

export function holderBook(site: Site): HolderBook {
  const holders = slotHolders(site);
  const locks = new Map(holders.filter(({ kind }) => kind === 'code_lock').map((one) => [one.name, one]));
  const byDoor = new Map<string, SlotHolder>();
  for (const { id, lock } of site.doors) {
    const holder = locks.get(lock);
    if (holder !== undefined) byDoor.set(id, holder);
  }
  return {
    controllerId: site.id,
    holders: new Map(holders.map((one) => [one.id, one])),
    byDoor,
    panel: holders.find(({ kind }) => kind === 'panel') ?? null,
  };
}

/** What one device is to hold of a credential. */
export interface Want {
  holder: SlotHolder;
  /** Partitions the code is good for, by name, sorted; empty for a lock. */
  partitions: string[];
  /** Wall ms from when; not after now when it is to be there now. */
  due_at: number;
  /** Why it cannot be there. */
  fault: { reason: FailedReason; detail: string } | null;
}

/** Wants of a credential, and when they next change by the clock alone (wall ms; null: never). */
export interface Wants {
  wants: Want[];
  changes_at: number | null;
}

interface Span {
  holder: SlotHolder;
  partition: string | null;
  scheduled: boolean;
  from: number;
  until: number;
}

/** An instant (wall ms); `latest`: the later of it and what is known to be past, by which ends are judged. */
export interface Instant {
  now: number;
  latest: number;
}

/** Which devices are to hold a PIN, from when on. Devices know no schedules: a code is there or it is not. */
export function wantsOf(
  book: HolderBook,
  directory: Pick<Directory, 'users' | 'accessOf' | 'door_groups'>,
  credential: StoredCredential | undefined,
  lengthOf: (credential: StoredCredential) => number,
  { now, latest }: Instant,
): Wants {
  const user = credential === undefined ? undefined : directory.users.get(credential.user_id);
  if (credential === undefined || user === undefined || !isUsable(credential, user)) return none;
  const spans = directory
    .accessOf(user.id)
    .flatMap((access) => spansOf(book, directory, access, credential, user))
    .filter(({ from, until }) => from < until && until > latest);
  const edges = spans
    .flatMap(({ from, until }) => [from, until])
    .filter((at) => at > now && Number.isFinite(at));
  const wants = [...new Set(spans.map(({ holder }) => holder))].map((holder): Want => {
    const mine = spans.filter((span) => span.holder === holder);
    const active = mine.filter(({ from }) => from <= now);
    const dated = active.length > 0 ? active : mine;
    const free = dated.filter(({ scheduled }) => !scheduled);
    const chosen = free.length > 0 ? free : dated;
    return {
      holder,
      partitions: [...new Set(chosen.flatMap(({ partition }) => partition ?? []))].sort(),
      due_at: active.length > 0 ? now : Math.min(...mine.map(({ from }) => from)),
      fault: faultOf(holder, credential, chosen, lengthOf),
    };
  });
  return { wants, changes_at: edges.length === 0 ? null : Math.min(...edges) };
}

const none: Wants = { wants: [], changes_at: null };

/** Whether any device may hold it at all, wherever it leads. */
export function isUsable({ kind, state, blocked, uses }: StoredCredential, user: User): boolean {
  if (kind !== 'pin' || state !== 'programmed' || blocked || user.suspended) return false;
  return uses === null || uses.used < uses.max;
}

function spansOf(
  book: HolderBook,
  directory: Pick<Directory, 'door_groups'>,
  access: Access,
  credential: StoredCredential,
  user: User,
): Span[] {
  const from = Math.max(...[access, credential, user].map((one) => start(one.valid_from)));
  const until = Math.min(...[access, credential, user].map((one) => end(one.valid_until)));
  const shared = { scheduled: access.schedule_id !== null, from, until };
  const { target } = access;
  if ('partition' in target) {
    const known = book.panel?.partitions.some(({ name }) => name === target.partition) ?? false;
    return book.panel !== null && known
      ? [{ ...shared, holder: book.panel, partition: target.partition }]
      : [];
  }
  const doors =
    'door_id' in target
      ? [target.door_id]
      : (directory.door_groups.get(target.door_group_id)?.door_ids ?? []);
  return doors.flatMap((door) => {
    const holder = book.byDoor.get(door);
    return holder === undefined ? [] : [{ ...shared, holder, partition: null }];
  });
}

const start = (at: string | null): number => (at === null ? Number.NEGATIVE_INFINITY : Date.parse(at));
const end = (at: string | null): number => (at === null ? Number.POSITIVE_INFINITY : Date.parse(at));

function faultOf(
  holder: SlotHolder,
  credential: StoredCredential,
  spans: readonly Span[],
  lengthOf: (credential: StoredCredential) => number,
): Want['fault'] {
  const { code_lengths } = holder.traits;
  if (credential.duress) {
    return {
      reason: 'unsupported_duress',
      detail: `${holder.name} would take a duress PIN for any other code, and raise no alarm`,
    };
  }
  if (spans.every(({ scheduled }) => scheduled)) {
    return {
      reason: 'unsupported_schedule',
      detail: `${holder.name} knows no schedules: give access without one`,
    };
  }
  if (!code_lengths.includes(lengthOf(credential))) {
    return {
      reason: 'unsupported_length',
      detail: `${holder.name} takes codes of ${code_lengths.join(' or ')} digits`,
    };
  }
  return null;
}
