/** Why a door opened or did not. A refusal is a decision, not an error. */
export type Reason =
  | 'granted'
  | 'unknown_credential'
  | 'wrong_pin'
  | 'draft'
  | 'blocked'
  | 'suspended'
  | 'not_yet_valid'
  | 'expired'
  | 'no_uses_left'
  | 'use_not_recordable'
  | 'not_this_door'
  | 'outside_schedule'
  | 'holiday'
  | 'clock_not_trusted'
  | 'door_disabled'
  | 'restricted_while_armed'
  | 'second_factor_needed'
  | 'locked_out'
  | 'read_during_outage'
  | 'no_table';

export interface Decision {
  granted: boolean;
  reason: Reason;
  user_id: string | null;
  credential_id: string | null;
  /** The PIN is one given under threat: open as ever, alarm in silence. */
  duress: boolean;
  /**
   * Set when granting uses up one of a number of uses, which must be durable before the lock is released; of a card that a PIN must
   * follow, too: it is used when that is granted.
   */
  use: { generation: number; used: number } | null;
}
