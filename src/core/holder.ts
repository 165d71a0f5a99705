import type { Secret } from './secret.ts';

/**
 * How well it is proved that a device holds a code, weakest first. `sent` proves nothing. `acknowledged`: the device says it took
 * slot N. `verified`: a query shows the code is live. `read_back`: the slot was read and holds these digits.
 * `used_at_door`: an event of that device named that slot. `local`: no device, only our own table.
 */
export const evidences = ['sent', 'acknowledged', 'verified', 'read_back', 'used_at_door', 'local'] as const;
export type Evidence = (typeof evidences)[number];

/** What is fixed about a device that keeps codes in numbered slots: the alarm panel, or a lock with a table of its own. */
export interface HolderTraits {
  /** All slots it has, reserved ones included. Slots are numbered from `first_slot`. */
  capacity: number;
  first_slot: number;
  /** Slots that are never ours: master, installer, duress. */
  reserved_slots: readonly number[];
  /** Lengths a code may have. */
  code_lengths: readonly number[];
  /** Evidence from which a code counts as confirmed. */
  confirm_at: Evidence;
  /** How well a removal can be proved: by reading the slot, or only by the device's word. */
  removal_proof: 'read_back' | 'acknowledged';
  /** Whether a slot can be read, and whether digits are then seen. */
  reads: 'digits' | 'masked' | 'nothing';
  /** Is asleep most of the time, and reached when it wakes. */
  sleeps: boolean;
}

/** How an attempt at a slot ended. `raw` is the device's answer in hex with every code masked. */
export type SlotOutcome =
  | { ok: true; evidence: 'acknowledged' | 'verified' | 'read_back' }
  /** Nothing was sent, or the device said "not now": wait, no attempt is burnt. */
  | { ok: false; why: 'armed' | 'busy' | 'offline' | 'asleep'; detail: string }
  /** The device itself is set up wrongly; `detail` says what to set, and where. */
  | { ok: false; why: 'bad_master' | 'no_authority' | 'disabled_in_panel'; detail: string; raw: string }
  /** Final. `slot`: the one that holds the same code already, where the device says so. */
  | {
      ok: false;
      why: 'duplicate' | 'full' | 'unsupported_length' | 'rejected';
      detail: string;
      raw: string;
      slot?: number;
    }
  /** Sent, and nobody knows whether it was carried out: read the slot before anything else is sent. */
  | { ok: false; why: 'unknown_result'; detail: string };

/** What a slot proves to hold. Only an explicit "nothing here" is `empty`; masked or missing answers are `unreadable`. */
export type SlotReading =
  | { ok: true; content: 'empty' }
  | { ok: true; content: 'code'; digits: Secret }
  | { ok: true; content: 'unreadable'; detail: string }
  | { ok: false; why: 'offline' | 'asleep' | 'busy' | 'unknown_result'; detail: string };

/** What a device tells by itself. */
export type HolderReport =
  /** Connected and synchronised. `firmware` null: it has not told. */
  | { type: 'online'; firmware: string | null }
  | { type: 'offline' | 'asleep'; detail: string }
  /** Set up so that codes cannot be written; ends with `ok`. */
  | { type: 'misconfigured'; detail: string }
  | { type: 'configured' }
  /** Somebody changed codes on the device itself; `slot` null: it does not say which. */
  | { type: 'changed_by_hand'; slot: number | null }
  /** A code was used at the device. */
  | { type: 'used'; slot: number; at: number };

/** A driver of one device that keeps codes. One order at a time; the caller waits for the answer before the next. */
export interface Holder {
  readonly traits: HolderTraits;
  /**
   * Puts the code into the slot, for these partitions (names of the site file; empty for a lock). `mayWrite` is asked immediately before
   * the first byte of each write leaves: false ends the order with `armed` and no byte of the code on the wire.
   */
  write(
    slot: number,
    code: Secret,
    partitions: readonly string[],
    mayWrite: () => boolean,
  ): Promise<SlotOutcome>;
  /** Empties the slot. `code`: what it is known to hold, for devices that prove a removal by asking for the code; null: unknown. */
  clear(slot: number, code: Secret | null, mayWrite: () => boolean): Promise<SlotOutcome>;
  read(slot: number): Promise<SlotReading>;
}
