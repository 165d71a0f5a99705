import type { Confirmation } from './confirmation.ts';
import { type HeldCode, type Slot, slotId } from './slot.ts';
import type { SlotHolder } from './slot-holder.ts';

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
 * @param holders devices of the site file; records of others are left as they are
 * @param now wall milliseconds
 */
export function restoredDevices(
  backup: DeviceRecords,
  present: DeviceRecords | null,
  given: { holders: readonly SlotHolder[]; now: number; newId(): string },
): { slots: Slot[]; confirmations: Confirmation[] } {
  const holders = new Map(given.holders.map((holder) => [holder.id, holder]));
  const slots = new Map<string, Slot>();
  const rows = new Map<string, Confirmation>();
  for (const slot of backup.slots.values()) {
    const after = restoredSlot(slot, holders.get(slot.holder_id));
    if (after !== null) slots.set(after.id, after);
  }
  for (const row of backup.confirmations.values()) {
    rows.set(row.id, holders.has(row.holder_id) ? restoredRow(row, given.now) : row);
  }
  const ownerAt = rowsBySlot(rows.values());
  const unplaced = new Map(
    [...rows.values()].filter(({ slot }) => slot === null).map((row) => [ownerOf(row), row]),
  );
  const presentAt = rowsBySlot(present?.confirmations.values() ?? []);
  for (const known of present?.slots.values() ?? []) {
    const holder = holders.get(known.holder_id);
    if (holder === undefined || (known.holds.length === 0 && known.order === null)) continue;
    const mine = slots.get(known.id);
    const owner = mine?.credential_id == null ? undefined : ownerAt.get(mine.id);
    const waits = unplaced.get(ownerOf(known));
    if (mine !== undefined && owner !== undefined) {
      const both = met(mine, owner, known, presentAt.get(known.id), holder);
      slots.set(mine.id, both.slot);
      rows.set(owner.id, both.row);
    } else if (waits?.state === 'pending') {
      const slot: Slot = { ...known, ...unproved, order: null, doubt: true, holds: held(known, [], waits) };
      slots.set(known.id, slot);
      rows.set(waits.id, { ...waits, slot: known.slot });
    } else {
      const left = leftBehind(known, presentAt.get(known.id), given);
      slots.set(known.id, left.slot);
      rows.set(left.row.id, left.row);
    }
  }
  return { slots: [...slots.values()], confirmations: [...rows.values()] };
}

const unproved = { proven: 'unreadable', proven_key: null, proven_at: null } as const;

/** Null: nothing is known of it any more, so it is looked at before it is used. */
function restoredSlot(slot: Slot, holder: SlotHolder | undefined): Slot | null {
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
      return row;
  }
}

const ownerOf = ({ credential_id, holder_id }: Pick<Slot, 'credential_id' | 'holder_id'>): string =>
  `${credential_id} ${holder_id}`;

/** Rows by the id of the slot they are in. */
function rowsBySlot(rows: Iterable<Confirmation>): Map<string, Confirmation> {
  const found = new Map<string, Confirmation>();
  for (const row of rows) if (row.slot !== null) found.set(slotId(row.holder_id, row.slot), row);
  return found;
}

/** A slot that both databases know, and its row of the backup. */
function met(
  mine: Slot,
  owner: Confirmation,
  known: Slot,
  row: Confirmation | undefined,
  { traits }: SlotHolder,
): { slot: Slot; row: Confirmation } {
  const holds = held(known, mine.holds, owner);
  const [only, ...more] = holds;
  const isProved =
    row?.state === 'confirmed' && known.order === null && !known.doubt && known.holds.length === 1;
  const isRight = only?.key === owner.key && only.revision === owner.revision && more.length === 0;
  // Of a device that cannot be read no other proof can be had: sending the code again would prove no more.
  if (traits.reads !== 'nothing' || owner.state !== 'pending' || row === undefined || !isProved || !isRight) {
    return { slot: { ...mine, holds }, row: owner };
  }
  const { evidence, confirmed_at } = row;
  const proved = { state: 'confirmed', reason: null, evidence, confirmed_at, next_attempt_at: null } as const;
  return {
    slot: { ...known, credential_id: mine.credential_id, holds },
    row: { ...owner, ...proved, confirmed_revision: owner.revision },
  };
}

/** Never a revision of a row: what holds it proves nothing for the row. */
const noRevision = 0;

/** Codes that may be in a slot: what the present database knows to be there, as the backup's row sees it, and what the backup knows. */
function held(known: Slot, mine: readonly HeldCode[], owner: Confirmation): HeldCode[] {
  const now = known.holds.map((one) => {
    const wanted = one.key === owner.key && samePartitions(one.partitions, owner.partitions);
    return { ...one, revision: wanted ? owner.revision : noRevision };
  });
  return [...mine.filter(({ key }) => !now.some((one) => one.key === key)), ...now];
}

const samePartitions = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((partition) => b.includes(partition));

/** A code that only the present database knows: a row of its own sees to it that it is removed. */
function leftBehind(
  known: Slot,
  row: Confirmation | undefined,
  { now, newId }: { now: number; newId(): string },
): { slot: Slot; row: Confirmation } {
  const credential_id = newId();
  const code = known.holds.at(-1);
  const slot: Slot = { ...known, credential_id, order: null, doubt: true, changed_on_device: false };
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
      queued_at: now,
      late: false,
      seq: 1,
    },
  };
}
