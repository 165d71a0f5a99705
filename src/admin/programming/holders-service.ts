import { capacityOf } from '../../core/capacity.ts';
import { AppError } from '../../core/error.ts';
import { Secret } from '../../core/secret.ts';
import type { Site } from '../../core/site.ts';
import { isOccupied, isUnmanaged, type Slot, unknownSlot } from '../../core/slot.ts';
import type { KnownHolder, SlotHolder } from '../../core/slot-holder.ts';
import type { HolderStatus } from '../../core/status.ts';
import type { HolderView, SlotView } from '../../schema/confirmation.ts';
import type { DoorLink } from '../door-link.ts';
import { succeeded } from '../doors.ts';
import { invalidInput } from '../input.ts';
import type { CredentialsService, HoldersService } from '../ports.ts';
import type { Directory, Vault } from '../storage.ts';
import { type LedgerParts, ledger } from './ledger.ts';
import { forgetHolder, storedIn } from './roll-call.ts';
import { instant } from './shown.ts';
import { type HolderBook, wantsOf } from './wants.ts';

/** The devices that keep codes, what is in their slots, and the partitions of the panel. */
export function holdersService(
  parts: LedgerParts & {
    site: Site;
    book: HolderBook;
    directory: Directory;
    vault: Pick<Vault, 'lookupKey'>;
    credentials: Pick<CredentialsService, 'create' | 'update'>;
    link: Pick<DoorLink, 'status' | 'command'>;
  },
): HoldersService {
  const { site, book, directory, vault, credentials, link } = parts;
  const now = parts.clock.wall;

  const holderOf = (id: string): SlotHolder => {
    const found = book.holders.get(id);
    if (found !== undefined) return found;
    if (id === site.id) throw new AppError('not_found', "the controller's own table has no slots");
    throw new AppError('not_found', 'no device of this site has this id; GET /v1/holders lists them');
  };

  /** Those that have left the site file too. */
  const known = (id: string): SlotHolder | KnownHolder => {
    const gone = directory.holders.get(id);
    return gone?.gone_since == null ? holderOf(id) : gone;
  };

  const view = (holder: SlotHolder | KnownHolder): HolderView => {
    const status = link.status();
    const found = status?.holders.find(({ id }) => id === holder.id);
    const rows = [...directory.confirmationsAt(holder.id).values()];
    return {
      id: holder.id,
      name: holder.name,
      kind: holder.kind,
      model: holder.model,
      ...capacityOf(holder.traits, directory.slotsOf(holder.id), now()),
      reclaimable: rows.filter(({ state, slot }) => state === 'removing' && slot !== null).length,
      stored: storedIn(directory, holder.id),
      never_used: rows.filter(
        ({ state, evidence }) => state === 'confirmed' && evidence.used_at_door === undefined,
      ).length,
      ...('gone_since' in holder ? goneStatus(holder) : shownStatus(found)),
      partitions: ('partitions' in holder ? holder.partitions : []).map(({ id, name }) => ({
        id,
        name,
        state: status?.partitions.find((one) => one.id === id)?.state ?? 'unknown',
      })),
      confirm_at: holder.traits.confirm_at,
      pending: rows.filter(({ state }) => state === 'pending' || state === 'removing').length,
      failed: rows.filter(({ state }) => state === 'failed').length,
    };
  };

  const controller = (): HolderView => {
    const rows = [...directory.confirmationsAt(site.id).values()];
    return {
      id: site.id,
      name: 'controller',
      kind: 'controller',
      model: null,
      capacity: null,
      reserved: 0,
      used: rows.length,
      reclaimable: 0,
      stored: rows.length,
      never_used: 0,
      online: link.status() !== null,
      state: link.status() === null ? 'unknown' : 'online',
      since: null,
      detail: null,
      firmware: null,
      misconfigured: null,
      partitions: [],
      programs_while_armed: true,
      confirm_at: 'local',
      pending: rows.filter(({ state }) => state !== 'confirmed').length,
      failed: 0,
    };
  };

  const slotView = (holder: Pick<SlotHolder, 'id' | 'traits'>, number: number): SlotView => {
    const slot = directory.slotsOf(holder.id).get(number) ?? unknownSlot(holder.id, number);
    const row =
      slot.credential_id === null
        ? undefined
        : directory.confirmationsOf(slot.credential_id).find(({ holder_id }) => holder_id === holder.id);
    return {
      slot: number,
      state: slotState(holder, slot, now()),
      credential_id: slot.credential_id,
      user_id: row?.user_id ?? null,
      confirmation_id: row?.id ?? null,
      proven: slot.proven,
      proven_at: instant(slot.proven_at),
      changed_on_device: slot.changed_on_device,
      rests_until: instant(slot.rests_until),
    };
  };

  const checkReaches = (holder: SlotHolder, userId: string, digits: number): void => {
    if (!directory.users.has(userId))
      throw invalidInput({ pointer: '/user_id', detail: 'there is no such user' });
    const probe = { ...aPin, user_id: userId };
    const { wants } = wantsOf(book, directory, probe, () => digits, {
      now: now(),
      latest: parts.latest(),
    });
    const want = wants.find((one) => one.holder === holder);
    if (want !== undefined && want.due_at <= now() && want.fault === null) return;
    const detail = `has no access to what ${holder.name} guards now: give it first, or the code would be removed`;
    throw invalidInput({ pointer: '/user_id', detail });
  };

  return {
    list() {
      const gone = [...directory.holders.values()].filter(({ gone_since }) => gone_since !== null);
      return [controller(), ...[...book.holders.values(), ...gone].map(view)];
    },
    get: (id) => (id === site.id ? controller() : view(known(id))),
    slots(id) {
      const holder = known(id);
      const { first_slot, capacity } = holder.traits;
      return Array.from({ length: capacity }, (_, i) => slotView(holder, first_slot + i));
    },
    async adopt(id, number, userId, options) {
      const holder = holderOf(id);
      const slot = directory.slotsOf(id).get(number);
      if (slot === undefined || !(isUnmanaged(slot) || slot.changed_on_device)) {
        throw new AppError('nothing_to_adopt', 'nobody but Postern has written this slot, or it is empty');
      }
      const { secret } = succeeded(await link.command({ do: 'reveal_slot', holder_id: id, slot: number }));
      const value = new Secret(Buffer.from(secret ?? []).toString('utf8'));
      secret?.fill(0);
      if (vault.lookupKey('pin', value.reveal()) !== slot.proven_key) {
        throw new AppError('nothing_to_adopt', 'the slot has changed since it was read: look at it again');
      }
      if (slot.credential_id !== null) return credentials.update(slot.credential_id, { value }, options);
      if (userId === null) throw invalidInput({ pointer: '/user_id', detail: 'whose code is it?' });
      checkReaches(holder, userId, value.reveal().length);
      return credentials.create({ ...newPin, user_id: userId, value }, options);
    },
    async forget(id, { caller, dry_run }) {
      const holder = known(id);
      if (!('gone_since' in holder)) {
        const detail = `the site file names ${holder.name}: take it out there first, and restart`;
        throw new AppError('method_not_allowed', detail);
      }
      const stored = storedIn(directory, id);
      const into = ledger(parts);
      forgetHolder(into, directory, holder, caller.name);
      if (!dry_run) await directory.commit(into.consequences());
      return { stored };
    },
    async arm(partitionId, how, caller) {
      if (!site.panel?.partitions.some(({ id }) => id === partitionId)) {
        throw new AppError('not_found', 'no partition of this site has this id');
      }
      succeeded(await link.command({ do: 'arm', partition_id: partitionId, how, by: caller.name }));
    },
  };
}

const newPin = {
  external_id: null,
  kind: 'pin',
  state: 'programmed',
  valid_from: null,
  valid_until: null,
  uses_left: null,
  duress: false,
} as const;
const aPin = {
  ...newPin,
  id: '',
  revision: 1,
  created_at: '',
  updated_at: '',
  blocked: false,
  key: '',
  sealed: '',
  uses: null,
};

function shownStatus(status: HolderStatus | undefined) {
  return {
    online: status === undefined || status.state === 'unknown' ? null : status.state === 'online',
    state: status?.state ?? ('unknown' as const),
    since: instant(status?.since ?? null),
    detail: status?.detail ?? null,
    firmware: status?.firmware ?? null,
    misconfigured: status?.misconfigured ?? null,
    programs_while_armed: status?.programs_while_armed ?? false,
  };
}

function goneStatus({ gone_since }: KnownHolder) {
  return { ...shownStatus(undefined), state: 'gone' as const, since: instant(gone_since) };
}

function slotState({ traits }: Pick<SlotHolder, 'traits'>, slot: Slot, now: number): SlotView['state'] {
  if (traits.reserved_slots.includes(slot.slot)) return 'reserved';
  if (slot.credential_id !== null) return 'ours';
  if (isUnmanaged(slot)) return 'unmanaged';
  if (slot.rests_until !== null && slot.rests_until > now) return 'resting';
  if (isOccupied(slot, now)) return 'ours';
  return slot.proven_at === null && traits.reads !== 'nothing' ? 'not_read' : 'free';
}
