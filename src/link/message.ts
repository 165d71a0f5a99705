import type { Decision } from '../core/decision.ts';
import type { DoorEvent } from '../core/event.ts';
import type { Site } from '../core/site.ts';
import type { SlotOp } from '../core/slot.ts';
import type { DoorsStatus } from '../core/status.ts';
import type { RowRef, TableRow, TableVersion } from '../core/table-row.ts';
import type { DoorMode } from '../core/timetable.ts';

/**
 * The Link: everything the two processes say to each other. Messages are structured-cloned, so they hold plain data
 * only; a secret crosses as revealed bytes in a field named `secret`.
 */

/** An event with its place in the door journal. `journal` is the journal's id: a lost journal starts a new one at 1. */
export interface JournalRecord {
  seq: number;
  event: DoorEvent;
}

/** From the door process to the admin process. */
export type FromDoor =
  /** First message of every connection. */
  | {
      type: 'configure';
      site: Site;
      version: string;
      journal_id: string;
      table: TableVersion | null;
      /** Keyed hashes of PINs nobody may have: codes the panel has of its own. */
      reserved_pins: string[];
    }
  /** Records in order, from the oldest not yet stored; at most 100 a message. */
  | { type: 'journal'; journal_id: string; records: JournalRecord[] }
  /** The table in force is now this one. */
  | { type: 'applied'; version: TableVersion }
  /** The table in force grants nothing that the patches up to this version take away; a table of that version is being built. */
  | { type: 'narrowed'; version: TableVersion }
  /** Asks for the next part of an offered table. */
  | { type: 'pull'; offer: number; from: number }
  /** What was said does not fit the table in force: offer a whole one. */
  | { type: 'resync'; table: TableVersion | null }
  | { type: 'status'; status: DoorsStatus }
  | { type: 'result'; command: number; result: CommandResult }
  /** Answer to `orders`. */
  | { type: 'order_states'; states: OrderState[] }
  /** Answered at once by `pong`: proof that the admin process makes progress. */
  | { type: 'ping'; n: number };

/** From the admin process to the door process. */
export type FromAdmin =
  /** The database is open, and this is its table: the admin process is ready. */
  | { type: 'ready'; version: TableVersion; listening: string }
  /** The database is damaged, in these ways: there will be no table of it until somebody has said what is to be done. */
  | { type: 'storage_damaged'; faults: string[] }
  /** Rows replaced or removed, from one committed change to another; at most 250 in all. */
  | { type: 'patch'; base: TableVersion; version: TableVersion; rows: TableRow[]; removed: RowRef[] }
  /** A whole table of so many rows can be pulled. A newer offer replaces an older one. */
  | { type: 'offer'; offer: number; version: TableVersion; rows: number }
  /** Rows `from` onwards of an offer; at most 250. */
  | { type: 'part'; offer: number; from: number; rows: TableRow[] }
  /** All records up to this one are stored and synced. */
  | { type: 'stored'; journal_id: string; seq: number }
  | { type: 'command'; command: number; order: Command }
  /** Carries out one order at a device that keeps codes; its result comes with the journal. */
  | { type: 'order'; order: Order }
  /** What has become of these orders of an earlier connection? */
  | { type: 'orders'; order_ids: string[] }
  | { type: 'pong'; n: number };

/** What the admin process asks the door process to do. Answered by a `result` with the same number. */
export type Command =
  /** Releases a door for its strike time. `by` names the key or user that asked, for the event. */
  | { do: 'unlock'; door_id: string; by: string }
  /**
   * Decides as if the credential (`secret`: UTF-8 of the digits or of the canonical card) were presented at the reader.
   * `open`: really present it, with all that follows. `at`: at this instant instead of now (never with `open`).
   */
  | {
      do: 'try';
      reader_id: string;
      kind: 'pin' | 'token';
      secret: Uint8Array;
      at: number | null;
      open: boolean;
    }
  /** Arms or disarms a partition; `by` as above. */
  | { do: 'arm'; partition_id: string; how: 'away' | 'stay' | 'disarm'; by: string }
  /** Opens the window in which a reader may be given a new key, for so many minutes (1 to 60); `by` as above. */
  | { do: 'pair_reader'; reader_id: string; minutes: number; by: string }
  /** Takes the device that is there now for the reader; `by` as above. */
  | { do: 'accept_reader'; reader_id: string; by: string }
  /**
   * Puts a door into a mode until then (wall milliseconds) or, null, until released, whatever its timetable says; a mode of null
   * releases it. `by` as above.
   */
  | { do: 'mode'; door_id: string; mode: DoorMode | null; until: number | null; by: string }
  /** The clock is right as it reads now: forgets what was known of the time; `by` as above. */
  | { do: 'reset_clock'; by: string }
  /** Reads the code in a slot, to take it over; its digits are the answer's `secret`. */
  | { do: 'reveal_slot'; holder_id: string; slot: number };

export type CommandResult =
  /** `pairing_until`: wall milliseconds. */
  | {
      ok: true;
      decision?: Decision;
      secret?: Uint8Array;
      pairing_until?: number;
      clock?: DoorsStatus['clock'];
    }
  | { ok: false; code: string; detail: string };

/** An order at a slot. It is kept as sent before it is sent: whoever loses it reads the slot before anything else. */
export interface Order {
  order_id: string;
  holder_id: string;
  slot: number;
  credential_id: string | null;
  revision: number;
  op: SlotOp;
  /** Partitions a code is written for, by name. */
  partitions: string[];
  /** Partitions the change touches: none of a panel's may be armed. Empty for a panel: all of them. */
  touches: string[];
  /** UTF-8 of the digits to write, or of those a removal is proved by; null: not known, or nothing to write. */
  secret: Uint8Array | null;
}

/** `done`: its result is in the journal. `unknown`: nothing is known of it, it may have been carried out. */
export interface OrderState {
  order_id: string;
  state: 'queued' | 'in_flight' | 'done' | 'unknown';
}
