import type { Confirmation } from './confirmation.ts';
import { type HeldCode, type Slot, slotId } from './slot.ts';
import type { KnownHolder } from './slot-holder.ts';

type Device = Pick<KnownHolder, 'id' | 'traits'>;

/** What a database knows of the devices that keep codes. */
export interface DeviceRecords {
  slots: ReadonlyMap<string, Slot>;
  confirmations: ReadonlyMap<string, Confirmation>;
}

/**
 * Slots and rows of a backup as they begin their new life. Meanwhile anything may have happened at the devices, so nothing that was
 * proved counts: rows that were confirmed wait to be so again, slots that can be read are read before anything is sent, and what a
 * slot is found to hold as it should is not written.
 *
 * `present`: what the database that is replaced knows, where there is one of the same site key. Codes that it has brought into devices and
 * that the backup does not know are not forgotten: they are replaced by what the backup wants there, or removed.
 *
 * @param holders devices of the site file, and those known that have left it; records of others are left as they are
 * @param now wall milliseconds
 */
export function restoredDevices(
  backup: DeviceRecords,
  present: DeviceRecords | null,
  given: { holders: readonly Device[]; now: number; newId(): string },
): { slots: Slot[]; confirmations: Confirmation[] } {
  const holders: ReadonlyMap<string, Device> = new Map(given.holders.map((holder) => [holder.id, holder]));
  const slots = new Map<string, Slot>();
  const rows = new Map<string, Confirmation>();
  for (const slot of backup.slots.values()) {
    const after = restoredSlot(slot, holders.get(slot.holder_id));
    if (after !== null) slots.set(after.id, after);
  }
  for (const row of backup.confirmations.values()) {
    rows.set(row.id, holders.has(row.holder_id) ? restoredRow(row, given.now) : row);
  }
  if (present === null) return { slots: [...slots.values()], confirmations: [...rows.values()] };

  // Only codes of ours: what else is in a slot was put there by hand, and is none of a restore's business.
  const known = [...present.slots.values()].filter(
    ({ holder_id, holds }) => holders.has(holder_id) && holds.length > 0,
  );
  const ownerAt = rowsBySlot(rows.values());
  const presentAt = rowsBySlot(present.confirmations.values());
  const placed = placesOf(known, rows.values());
  move(placed, ownerAt, { slots, rows });
  const first = [...rows.values()].reduce((oldest, row) => Math.min(oldest, row.queued_at), given.now) - 1;
  for (const slot of known) {
    const here = placed.get(slot.id);
    const mine = slots.get(slot.id);
    const owner = ownerAt.get(slot.id);
    if (here !== undefined) {
      const after = found(slot, here, presentAt.get(slot.id), holders.get(slot.holder_id));
      slots.set(slot.id, after.slot);
      rows.set(here.id, after.row);
    } else if (mine !== undefined && owner !== undefined && rows.get(owner.id)?.slot === slot.slot) {
      slots.set(slot.id, { ...mine, holds: held(slot, mine.holds, owner) });
    } else {
      const left = leftBehind(slot, presentAt.get(slot.id), { ...given, first });
      slots.set(slot.id, left.slot);
      rows.set(left.row.id, left.row);
    }
  }
  return { slots: [...slots.values()], confirmations: [...rows.values()] };
}

const unproved = { proven: 'unreadable', proven_key: null, proven_at: null } as const;

/** Null: nothing is known of it any more, so it is looked at before it is used. */
function restoredSlot(slot: Slot, holder: Device | undefined): Slot | null {
  if (holder === undefined) return slot;
  if (slot.credential_id === null && holder.traits.reads !== 'nothing') return null;
  if (slot.credential_id === null) return { ...slot, order: null };
  return { ...slot, ...unproved, order: null, doubt: true, changed_on_device: false };
}

function restoredRow(row: Confirmation, now: number): Confirmation {
  const again = { next_attempt_at: now, tried_at: null, attempt: 0, late: false, seq: row.seq + 1 };
  switch (row.state) {
    case 'confirmed':
      return { ...row, ...again, state: 'pending', reason: 'queued', evidence: {}, queued_at: now };
    case 'removing':
      return { ...row, ...again, evidence: {} };
    case 'pending':
      return row.reason === 'not_yet_due' ? row : { ...row, ...again, evidence: {} };
    case 'failed':
      // A new controller, or a new day: what came to nothing for want of an answer is tried again.
      return row.reason === 'timeout' ? { ...row, ...again, state: 'pending', reason: 'queued' } : row;
  }
}

/** Rows by the id of the slot they are in. */
function rowsBySlot(rows: Iterable<Confirmation>): Map<string, Confirmation> {
  const found = new Map<string, Confirmation>();
  for (const row of rows) if (row.slot !== null) found.set(slotId(row.holder_id, row.slot), row);
  return found;
}

/** Rows of the backup by the slot that their code is in now, whichever slot they had then. */
function placesOf(known: readonly Slot[], rows: Iterable<Confirmation>): Map<string, Confirmation> {
  const codeAt = new Map<string, Slot>();
  const place = (key: string, holderId: string): string => `${holderId} ${key}`;
  // What is proved counts for more than what was only sent.
  for (const slot of known.toSorted((a, b) => b.holds.length - a.holds.length)) {
    for (const { key } of slot.holds) codeAt.set(place(key, slot.holder_id), slot);
  }
  const placed = new Map<string, Confirmation>();
  for (const row of rows) {
    const slot = row.state === 'failed' ? undefined : codeAt.get(place(row.key, row.holder_id));
    if (slot !== undefined && !placed.has(slot.id)) placed.set(slot.id, row);
  }
  return placed;
}

/** Rows leave the slots they had for those their codes are in; whose slot is taken by that looks for another, or is gone if it was to go. */
function move(
  placed: ReadonlyMap<string, Confirmation>,
  ownerAt: ReadonlyMap<string, Confirmation>,
  { slots, rows }: { slots: Map<string, Slot>; rows: Map<string, Confirmation> },
): void {
  const moved = new Set<string>();
  for (const [id, row] of placed) {
    moved.add(row.id);
    if (row.slot !== null && slotId(row.holder_id, row.slot) !== id)
      slots.delete(slotId(row.holder_id, row.slot));
  }
  for (const id of placed.keys()) {
    const owner = ownerAt.get(id);
    if (owner === undefined || moved.has(owner.id)) continue;
    if (owner.state === 'removing') rows.delete(owner.id);
    else rows.set(owner.id, { ...owner, slot: null });
  }
}

/** A slot that holds what a row wants, as far as the present database knows. */
function found(
  known: Slot,
  owner: Confirmation,
  row: Confirmation | undefined,
  holder: Device | undefined,
): { slot: Slot; row: Confirmation } {
  const holds = held(known, [], owner);
  const slot: Slot = {
    ...known,
    credential_id: owner.credential_id,
    order: null,
    holds,
    changed_on_device: false,
  };
  const here = { ...owner, slot: known.slot };
  const isProved = row?.state === 'confirmed' && known.order === null && !known.doubt && holds.length === 1;
  const isRight = owner.state === 'pending' && holds[0]?.revision === owner.revision;
  // Of a device that cannot be read no other proof can be had: sending the code again would prove no more.
  if (holder?.traits.reads !== 'nothing' || row === undefined || !isProved || !isRight) {
    return { slot: { ...slot, ...unproved, doubt: true }, row: here };
  }
  const { evidence, confirmed_at } = row;
  const proved = { state: 'confirmed', reason: null, evidence, confirmed_at, next_attempt_at: null } as const;
  return { slot, row: { ...here, ...proved, confirmed_revision: owner.revision } };
}

/** Never a revision of a row: what holds it proves nothing for the row. */
const noRevision = 0;

/** Codes that may be in a slot: what the present database knows to be there, as the backup's row sees it, and what the backup knows. */
function held(known: Slot, mine: readonly HeldCode[], owner: Confirmation): HeldCode[] {
  const now = known.holds.map((one) => {
    const wanted =
      owner.state !== 'failed' && one.key === owner.key && samePartitions(one.partitions, owner.partitions);
    return { ...one, revision: wanted ? owner.revision : noRevision };
  });
  return [...mine.filter(({ key }) => !now.some((one) => one.key === key)), ...now];
}

const samePartitions = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((partition) => b.includes(partition));

/**
 * A code that only the present database knows: a row of its own sees to it that it is removed, before anything else is sent, for devices refuse
 * a code that another slot holds.
 */
function leftBehind(
  known: Slot,
  row: Confirmation | undefined,
  { now, first, newId }: { now: number; first: number; newId(): string },
): { slot: Slot; row: Confirmation } {
  const credential_id = newId();
  const code = known.holds.at(-1);
  const doubt = known.doubt || known.order !== null;
  const slot: Slot = { ...known, credential_id, order: null, doubt, changed_on_device: false };
  return {
    slot,
    row: {
      id: newId(),
      credential_id,
      user_id: row?.user_id ?? credential_id,
      holder_id: known.holder_id,
      slot: known.slot,
      revision: Math.max(0, ...known.holds.map(({ revision }) => revision)) + 1,
      confirmed_revision: null,
      state: 'removing',
      reason: 'queued',
      evidence: {},
      key: code?.key ?? '',
      partitions: code?.partitions ?? [],
      attempt: 0,
      overdue: false,
      next_attempt_at: now,
      tried_at: null,
      last_error: null,
      raw_answer: null,
      confirmed_at: null,
      queued_at: first,
      // Its age is not its own, so nobody is told that it is late.
      late: true,
      seq: 1,
    },
  };
}
