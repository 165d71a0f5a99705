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

/** The alarm panel. Partitions are named as in the site file and are `unknown` until reported. */
export interface Panel {
  start(report: (report: PanelReport) => void): void;
  close(): Promise<void>;
}
