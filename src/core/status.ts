import type { LockHealth, LockState } from './lock.ts';
import type { ArmState } from './panel.ts';
import type { ReaderChannel, ReaderHealth } from './reader.ts';
import type { OutputStatus } from './reader-output.ts';
import type { DoorMode } from './timetable.ts';
import type { ClockDoubt } from './trusted-time.ts';

/** What the door process tells the admin process about itself: a full picture each time, never a difference. */
export interface DoorsStatus {
  doors: DoorStatus[];
  readers: (ReaderHealth & ReaderChannel & { id: string; outputs: OutputStatus[] })[];
  locks: (LockHealth & { id: string })[];
  partitions: { id: string; name: string; state: ArmState; since: number }[];
  /** Devices that keep codes. */
  holders: HolderStatus[];
  table: {
    /** Null: there is no table, or one that newer rows have narrowed. */
    revision: number | null;
    source: 'none' | 'snapshot' | 'admin';
    users: number;
    credentials: number;
    start: TableStart;
  };
  admin: AdminStanding;
  journal: { pending: number; bytes: number; dropped: number };
  clock: {
    /** Whether a time server was heard; null: the system does not tell. */
    synced: boolean | null;
    /** Why the clock is not believed; null: it is. */
    doubt: ClockDoubt | null;
    /** The highest time known to be past (wall milliseconds), by which ends are judged; null: none yet. */
    high_water: number | null;
  };
  started_at: number;
  pid: number;
}

/** What the doors had to start from. `stale`: genuine, and so old that much may have been taken away since. */
export interface TableStart {
  found: 'good' | 'stale' | 'absent' | 'damaged' | 'foreign';
  /** When it was known to be the newest (wall milliseconds); null where there is none that can be used. */
  written_at: number | null;
  /** Why it cannot be used; null: it can be, or there is none. */
  why: string | null;
}

/** How the admin process fares, as the door process sees it. */
export interface AdminStanding {
  /** `degraded`: at work over a damaged database. `down`: none runs. */
  state: 'starting' | 'at_work' | 'degraded' | 'down';
  /** Wall milliseconds, as all times here. */
  since: number;
  /** When the next is started; null while one runs. */
  next_at: number | null;
  /** Since when it is known to end again and again; null: it does not. */
  failing_since: number | null;
  /** Since the start of the door process. */
  restarts: number;
  /** How the last that ended did; null: none has. */
  last_end: AdminEnd | null;
}

export interface AdminEnd {
  at: number;
  why: string;
  /** What it wrote to standard error at last; whatever looks like a secret is masked. */
  last_words: string[];
}

export interface HolderStatus {
  id: string;
  /** `unknown`: not heard of since the start. */
  state: 'online' | 'offline' | 'asleep' | 'unknown';
  /** Wall milliseconds. */
  since: number;
  detail: string | null;
  firmware: string | null;
  /** What to set at the device before it takes codes; null: nothing. */
  misconfigured: string | null;
  programs_while_armed: boolean;
}

export interface DoorStatus {
  id: string;
  lock: LockState | 'unknown';
  contact: 'open' | 'closed' | 'unknown';
  /** The keypad's lock-out ends then (wall milliseconds); null when there is none. */
  locked_out_until: number | null;
  held_open: boolean;
  forced_open: boolean;
  mode: {
    /** In force. */
    now: DoorMode;
    /** What the timetable says, were somebody there and the clock trusted. */
    timetable: DoorMode;
    /** What an operator has set; until then (wall milliseconds), or, null, until released. */
    override: { mode: DoorMode; until: number | null } | null;
    /** What must come before the door stands as the timetable, or an override of before the start, says. */
    waits_for: 'disarm' | 'first_person' | 'trusted_clock' | null;
  };
}
