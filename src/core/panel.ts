import type { Holder, HolderReport } from './holder.ts';
import type { Secret } from './secret.ts';

/** `unknown` blocks like `armed`: a lost or silent panel is never taken for disarmed. */
export type ArmState = 'disarmed' | 'arming' | 'armed' | 'unknown';

export type PanelReport =
  | { type: 'partition'; partition: string; state: ArmState; since: number }
  | {
      type: 'trouble';
      what: 'wiring_fault' | 'alarm' | 'trouble' | 'tamper';
      active: boolean;
      detail: string;
    };

/** Something the panel tells or its log holds. `user` is a slot number; `recovered`: read from the log after an outage. */
export interface PanelEvent {
  type: 'event';
  what:
    | 'opened'
    | 'closed'
    | 'alarm'
    | 'alarm_restored'
    | 'trouble'
    | 'trouble_restored'
    | 'tamper'
    | 'tamper_restored'
    | 'duress'
    | 'access'
    | 'code_lockout'
    | 'programming'
    | 'other';
  partition: string | null;
  user: number | null;
  zone: number | null;
  /** The panel's own code for it, in its own notation. */
  code: string;
  /** Wall milliseconds: ours when it arrives, the panel's (in the site's zone) when it was recovered. */
  at: number;
  recovered: boolean;
}

/** The alarm panel. Partitions are named as in the site file and are `unknown` until reported. */
export interface Panel {
  start(report: (report: PanelReport) => void): void;
  close(): Promise<void>;
}

/** How an order to arm or disarm ended; `ok` only when the state was seen to follow. */
export type ArmOutcome =
  | { ok: true; already: boolean }
  | {
      ok: false;
      why: 'offline' | 'no_code' | 'refused' | 'not_ready' | 'unknown_result';
      detail: string;
    };

/** How far a panel's own log has been told, in the notation of its driver. It outlives a restart. */
export interface LogPlace {
  /** From an earlier life; null: from none, or from a panel of another kind. */
  readonly kept: string | null;
  /** Everything up to here has been told. */
  keep(place: string): void;
}

/** What a panel's secure port asks for before it lets anybody speak to the panel. */
export interface PanelLogin {
  user: Secret;
  password: Secret;
}

/** A panel spoken to in its own protocol. */
export interface CodePanel extends Holder {
  start(report: (report: PanelReport | HolderReport | PanelEvent) => void): void;
  /** Reads the state first: a partition that is already as wanted is left alone. */
  arm(partition: string, how: 'away' | 'stay'): Promise<ArmOutcome>;
  disarm(partition: string): Promise<ArmOutcome>;
  close(): Promise<void>;
}
