import { isDeepStrictEqual } from 'node:util';
import { capacityOf, isNearlyFull } from '../../core/capacity.ts';
import { type Confirmation, newConfirmation } from '../../core/confirmation.ts';
import type { ConfirmationRules } from '../../core/confirmation-step.ts';
import { AppError } from '../../core/error.ts';
import type { SlotHolder } from '../../core/slot-holder.ts';
import type { StoredCredential, User } from '../../schema/record.ts';
import type { ManagedChange } from '../../schema/storage.ts';
import type { Consequences, Directory } from '../storage.ts';
import { type Ledger, type LedgerParts, ledger } from './ledger.ts';
import { assign, fail, withdraw } from './slot-keeping.ts';
import { type HolderBook, isUsable, type Want, wantsOf } from './wants.ts';

/** How a write wants difficulties to be met. */
export interface PlanPolicy {
  /** A change that touches an armed partition: kept until disarmed, or refused. */
  if_armed: 'keep' | 'reject';
}

/** What changes of people, credentials and access mean for the devices that keep codes. */
export interface Planner {
  /**
   * Rows and slots that follow from changes just made in the directory. Throws `system_full` when every device the write needs a slot in
   * is full, and `panel_armed`.
   */
  plan(directory: Directory, changes: readonly ManagedChange[], policy: PlanPolicy): Consequences;
  /** The same for credentials whose time has come or whose row is gone; full devices only fail their rows. */
  replan(into: Ledger, directory: Directory, credentialIds: Iterable<string>): void;
  /** When a credential's wants change by the clock alone (wall ms); null: never. */
  changesAt(directory: Directory, credentialId: string): number | null;
}

export interface PlannerParts extends Omit<LedgerParts, 'directory'> {
  book: HolderBook;
  lengthOf(credential: StoredCredential): number;
  /** The first of these partitions of a device (none: all of them) that is not known to be disarmed; null: all are. */
  armed(holder: SlotHolder, partitions: readonly string[]): string | null;
}

/** The controller's table holds whatever the doors have applied. */
export const localRules: ConfirmationRules = { confirm_at: 'local' };
export const rulesOf = ({ traits }: SlotHolder): ConfirmationRules => traits;

/** Devices that had room for what a plan needed, and those that had not. */
interface Room {
  found: Set<SlotHolder>;
  full: Set<SlotHolder>;
}

export function planner(parts: PlannerParts): Planner {
  const { book, lengthOf } = parts;
  const { controllerId } = book;
  const instant = () => ({ now: parts.clock.wall(), latest: parts.latest() });

  /** Refuses what would have to wait, where the caller or the site will not have it wait. A removal waits by the site's rule. */
  function checkArmed(
    holder: SlotHolder,
    partitions: readonly string[],
    policy: PlanPolicy,
    adds: boolean,
  ): void {
    const rejects = policy.if_armed === 'reject' || (adds && holder.rules.armed_changes === 'reject');
    if (!rejects || holder.kind !== 'panel') return;
    const partition = parts.armed(holder, partitions);
    if (partition === null) return;
    throw new AppError(
      'panel_armed',
      `partition ${partition} is armed, or its state unknown: disarm it, or let the change wait (if_armed=keep)`,
      { members: { partition } },
    );
  }

  function local(into: Ledger, directory: Directory, credentialId: string, touched: boolean): void {
    const credential = directory.credentials.get(credentialId);
    const user = credential === undefined ? undefined : directory.users.get(credential.user_id);
    const row = into.rowAt(credentialId, controllerId);
    const wanted =
      credential !== undefined &&
      user !== undefined &&
      credential.state === 'programmed' &&
      !credential.blocked &&
      !user.suspended;
    if (!wanted) {
      if (row !== undefined) into.step(row, { type: 'unwanted' }, localRules);
      return;
    }
    const { key, user_id } = credential;
    if (row === undefined) into.add(newRow(into, credential, controllerId, [], user_id));
    else if (touched || row.state === 'removing') {
      into.step(row, { type: 'wanted', key, partitions: [], slot: null, due_at: into.now }, localRules);
    }
  }

  function device(
    into: Ledger,
    credential: StoredCredential,
    { holder, partitions, due_at, fault }: Want,
    policy: PlanPolicy,
    room: Room,
  ): void {
    const { key } = credential;
    const rules = rulesOf(holder);
    const known = into.rowAt(credential.id, holder.id);
    const slot = known?.slot == null ? undefined : into.slot(holder.id, known.slot);
    const stored = slot !== undefined && (slot.holds.length > 0 || slot.order !== null);
    if (known !== undefined && due_at > into.now && stored) {
      // Its time has moved to later: what is there goes first, and comes back when it is due.
      checkArmed(holder, known.partitions, policy, false);
      withdraw(into, holder, known);
      return;
    }
    if (known !== undefined && isAsWanted(known, { key, partitions, due_at, fault }, into.now)) return;
    const due = due_at <= into.now && fault === null;
    if (due) checkArmed(holder, [...new Set([...partitions, ...(known?.partitions ?? [])])], policy, true);
    const again = { type: 'wanted', key, partitions, slot: known?.slot ?? null, due_at } as const;
    let row: Confirmation | null;
    if (known !== undefined) row = into.step(known, again, rules);
    else {
      row = newRow(into, credential, holder.id, partitions, credential.user_id);
      into.add(row);
      if (due_at > into.now) row = into.step(row, { ...again, slot: null }, rules);
    }
    if (row === null) return;
    if (fault !== null) {
      fail(into, holder, row, fault);
      return;
    }
    if (!due || row.slot !== null) return;
    (assign(into, holder, row) ? room.found : room.full).add(holder);
  }

  function credentialPlan(
    into: Ledger,
    directory: Directory,
    id: string,
    touched: boolean,
    policy: PlanPolicy,
    room: Room,
  ): void {
    local(into, directory, id, touched);
    withdrawFromGone(into, directory, id);
    if (book.holders.size === 0) return;
    const credential = directory.credentials.get(id);
    const { wants } = wantsOf(book, directory, credential, lengthOf, into);
    if (credential !== undefined) for (const want of wants) device(into, credential, want, policy, room);
    const wanted = new Set(wants.map(({ holder }) => holder.id));
    for (const row of into.rowsOf(id)) {
      const holder = book.holders.get(row.holder_id);
      if (holder === undefined || wanted.has(row.holder_id) || row.state === 'removing') continue;
      checkArmed(holder, row.partitions, policy, false);
      withdraw(into, holder, row);
    }
  }

  /** What a device that has left the site file is to hold is not known; but a code that is good for nothing is to go, once it is back. */
  function withdrawFromGone(into: Ledger, directory: Directory, id: string): void {
    const credential = directory.credentials.get(id);
    const user = credential === undefined ? undefined : directory.users.get(credential.user_id);
    if (credential !== undefined && user !== undefined && isUsable(credential, user)) return;
    for (const row of into.rowsOf(id)) {
      const gone = book.holders.has(row.holder_id) ? undefined : directory.holders.get(row.holder_id);
      if (gone !== undefined && row.state !== 'removing') withdraw(into, gone, row);
    }
  }

  return {
    plan(directory, changes, policy) {
      const into = ledger({ ...parts, directory });
      const room: Room = { found: new Set(), full: new Set() };
      const before = usage(book, directory, into.now);
      for (const [id, touched] of affected(directory, changes)) {
        credentialPlan(into, directory, id, touched, policy, room);
      }
      if (room.full.size > 0 && room.found.size === 0) throw systemFull([...room.full], directory, into.now);
      tellNearlyFull(into, book, before);
      return into.consequences();
    },
    replan(into, directory, credentialIds) {
      const room: Room = { found: new Set(), full: new Set() };
      const before = usage(book, directory, into.now);
      for (const id of credentialIds) credentialPlan(into, directory, id, false, { if_armed: 'keep' }, room);
      tellNearlyFull(into, book, before);
    },
    changesAt: (directory, id) =>
      book.holders.size === 0
        ? null
        : wantsOf(book, directory, directory.credentials.get(id), lengthOf, instant()).changes_at,
  };
}

const newRow = (
  into: Ledger,
  { id, key }: StoredCredential,
  holder_id: string,
  partitions: readonly string[],
  user_id: string,
): Confirmation =>
  newConfirmation({ id: into.newId(), credential_id: id, user_id, holder_id, key, partitions }, into.now);

/** Whether a row already stands for what is wanted, so that asking again must change nothing. */
function isAsWanted(
  row: Confirmation,
  { key, partitions, due_at, fault }: Pick<Want, 'partitions' | 'due_at' | 'fault'> & { key: string },
  now: number,
): boolean {
  if (row.state === 'removing' || row.key !== key || !isDeepStrictEqual(row.partitions, partitions))
    return false;
  if (fault !== null) return row.reason === fault.reason;
  if (due_at > now) {
    return (row.reason === 'not_yet_due' || row.reason === 'cancelled') && row.next_attempt_at === due_at;
  }
  return row.reason !== 'not_yet_due' && row.reason?.startsWith('unsupported_') !== true;
}

/** Credentials that changes concern; true: the doors' table changes for them too. */
function affected(directory: Directory, changes: readonly ManagedChange[]): Map<string, boolean> {
  const ids = new Map<string, boolean>();
  const person = (userId: string, touched: boolean): void => {
    for (const { id } of directory.credentialsOf(userId)) ids.set(id, touched || ids.get(id) === true);
  };
  for (const change of changes) {
    switch (change.kind) {
      case 'user':
        person(
          change.id,
          change.before === null || change.after === null || concernsDoors(change.before, change.after),
        );
        break;
      case 'credential':
        ids.set(change.id, true);
        break;
      case 'access':
        for (const one of [change.before, change.after]) if (one !== null) person(one.user_id, true);
        break;
      case 'door_group':
        for (const { target, user_id } of directory.access.values()) {
          if ('door_group_id' in target && target.door_group_id === change.id) person(user_id, false);
        }
        break;
      default:
        break;
    }
  }
  return ids;
}

const concernsDoors = (before: User, after: User): boolean =>
  before.suspended !== after.suspended ||
  before.valid_from !== after.valid_from ||
  before.valid_until !== after.valid_until;

type Usage = Map<SlotHolder, boolean>;
const usage = (book: HolderBook, directory: Pick<Directory, 'slotsOf'>, now: number): Usage =>
  new Map(
    [...book.holders.values()].map((one) => [
      one,
      isNearlyFull(capacityOf(one.traits, directory.slotsOf(one.id), now)),
    ]),
  );

function tellNearlyFull(into: Ledger, book: HolderBook, before: Usage): void {
  for (const holder of book.holders.values()) {
    if (before.get(holder) === true) continue;
    const capacity = capacityOf(holder.traits, into.slotsOf(holder.id), into.now);
    if (!isNearlyFull(capacity)) continue;
    into.tell({ type: 'holder.nearly_full', resource: `holder/${holder.id}`, data: { ...capacity } });
  }
}

function systemFull(full: readonly SlotHolder[], directory: Directory, now: number): AppError {
  const holders = full.map((one) => ({
    holder_id: one.id,
    ...capacityOf(one.traits, directory.slotsOf(one.id), now),
  }));
  const said = full.map(({ name }, i) => {
    const { capacity, reserved, used } = holders[i] ?? { capacity: 0, reserved: 0, used: 0 };
    return `${name} holds ${used} codes in ${capacity} slots, ${reserved} of them reserved`;
  });
  return new AppError('system_full', `System Full: ${said.join('; ')}. Remove a code first`, {
    members: { holders },
  });
}
