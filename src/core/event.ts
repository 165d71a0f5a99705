import type { Reason } from './decision.ts';
import type { ArmState, PanelEvent } from './panel.ts';
import type { ReaderAlarm } from './reader.ts';
import type { SlotResult } from './slot-result.ts';
import type { TableStart } from './status.ts';
import type { DoorMode } from './timetable.ts';
import type { ClockDoubt } from './trusted-time.ts';

/**
 * What happened at the doors, as the journal keeps it and the feed shows it. `time` is wall time in milliseconds;
 * `resource` is `kind/id`. No event holds a PIN or a card number.
 */
export type DoorEvent = { time: number } & (
  | { type: 'access.granted'; resource: string; data: AccessData }
  | { type: 'access.refused'; resource: string; data: AccessData }
  | { type: 'door.unlocked'; resource: string; data: { by: UnlockedBy; operator?: string } }
  | { type: 'door.secured'; resource: string; data: Record<string, never> }
  | {
      type: 'door.opened' | 'door.closed' | 'door.forced_open';
      resource: string;
      data: Record<string, never>;
    }
  | { type: 'door.held_open'; resource: string; data: { held_ms: number } }
  | { type: 'door.unlock_failed'; resource: string; data: { by: UnlockedBy; code: string; detail: string } }
  | { type: 'door.exit_requested'; resource: string; data: Record<string, never> }
  | {
      type: 'door.mode_changed';
      resource: string;
      data: {
        mode: DoorMode;
        by: 'timetable' | 'operator' | 'first_person' | 'clock' | 'partition';
        operator?: string;
        until: number | null;
      };
    }
  | {
      type: 'duress.alarm';
      resource: string;
      data: { reader_id: string; user_id: string; credential_id: string };
    }
  | { type: 'keypad.locked_out'; resource: string; data: { until: number; wrong_tries: number } }
  | { type: 'card.unreadable'; resource: string; data: { bit_count: number; why: string } }
  | { type: 'reader.online'; resource: string; data: { secure: boolean } }
  | { type: 'reader.offline' | 'lock.offline'; resource: string; data: { reason: string } }
  | { type: 'lock.online'; resource: string; data: Record<string, never> }
  | { type: 'lock.mismatch'; resource: string; data: { wanted: string; found: string } }
  | { type: 'lock.unexpected'; resource: string; data: { detail: string; raw: string } }
  | { type: 'reader.tamper' | 'lock.tamper'; resource: string; data: { active: boolean } }
  | { type: 'reader.security'; resource: string; data: { what: ReaderAlarm } }
  | { type: 'reader.pairing_opened'; resource: string; data: { minutes: number; operator: string } }
  | { type: 'reader.paired'; resource: string; data: { operator: string | null } }
  | { type: 'reader.pairing_failed'; resource: string; data: { reason: string; operator: string | null } }
  | {
      type: 'reader.identity_accepted';
      resource: string;
      data: { identity: string | null; operator: string };
    }
  | { type: 'reader.power'; resource: string; data: { fault: boolean } }
  | { type: 'reader.unexpected'; resource: string; data: { detail: string; raw: string } }
  | { type: 'reader.input_fault'; resource: string; data: { input: number; active: boolean } }
  | {
      type: 'reader.output_fault';
      resource: string;
      data: { output: string; active: boolean; detail: string | null };
    }
  | {
      type: 'reader.output_ordered';
      resource: string;
      data: { output: string; on: boolean; for_ms: number | null; operator: string };
    }
  | { type: 'partition.changed'; resource: string; data: { state: ArmState } }
  | {
      type: 'partition.commanded';
      resource: string;
      data: { how: 'away' | 'stay' | 'disarm'; operator: string; code: string | null };
    }
  | { type: 'panel.trouble'; resource: string; data: { what: string; active: boolean; detail: string } }
  | { type: 'slot.result'; resource: string; data: SlotResult & { order_id: string; slot: number } }
  | { type: 'holder.online'; resource: string; data: { firmware: string | null } }
  | { type: 'holder.offline' | 'holder.asleep'; resource: string; data: { reason: string } }
  | { type: 'holder.misconfigured'; resource: string; data: { detail: string } }
  | { type: 'holder.configured'; resource: string; data: Record<string, never> }
  | { type: 'holder.changed_by_hand'; resource: string; data: { slot: number | null } }
  | { type: 'holder.used'; resource: string; data: { slot: number } }
  | { type: PanelEventType; resource: string; data: PanelEventData }
  | { type: 'system.started'; resource: string; data: SystemStarted }
  | { type: 'system.stopped'; resource: string; data: { reason: string } }
  | {
      type: 'admin.restarted' | 'admin.failing';
      resource: string;
      data: { why: string; restarts: number; last_words: readonly string[] };
    }
  | { type: 'admin.recovered'; resource: string; data: { failing_ms: number; restarts: number } }
  | { type: 'clock.stepped'; resource: string; data: { from: string; to: string; by_ms: number } }
  | { type: 'clock.trusted'; resource: string; data: Record<string, never> }
  | { type: 'clock.untrusted'; resource: string; data: { reason: ClockDoubt } }
  | { type: 'clock.reset'; resource: string; data: { operator: string; high_water: string | null } }
  | { type: 'storage.damaged'; resource: string; data: { faults: readonly string[] } }
  | { type: 'journal.damaged'; resource: string; data: { kept: number; cut_bytes: number } }
  | { type: 'journal.overflowed'; resource: string; data: { dropped: number } }
);

/** What the doors went by at the start, and what became of the sealed table. */
export interface SystemStarted {
  version: string;
  table: 'snapshot' | 'none';
  sealed: TableStart['found'];
  /** An instant; null where there is none that can be used. */
  written_at: string | null;
  why: string | null;
}

/** What a panel tells or its log holds. A trouble that begins is told apart from the panel's trouble as a device. */
export type PanelEventType = `panel.${Exclude<PanelEvent['what'], 'trouble'> | 'trouble_began'}`;

/** `slot`: whose code, where the panel says so. `code`: the panel's own notation. `recovered`: read from its log after an outage. */
export interface PanelEventData {
  partition_id: string | null;
  slot: number | null;
  zone: number | null;
  code: string;
  recovered: boolean;
}

/**
 * `mode`: the door stands unlocked. `shutdown`: a door that is to stand unlocked while nobody controls it. `operator` names the key or
 * user that asked.
 */
export type UnlockedBy = 'credential' | 'exit_button' | 'operator' | 'mode' | 'shutdown';

export interface AccessData {
  reader_id: string;
  reason: Reason;
  /** Known only where the credential is. */
  user_id: string | null;
  credential_id: string | null;
  /** For codes with a number of uses: which one this was, and of which allowance (raised when the allowance is set anew). */
  use?: { generation: number; used: number };
  /** Where both are needed: the card that came before this PIN. */
  card?: { credential_id: string | null; use?: { generation: number; used: number } };
}
