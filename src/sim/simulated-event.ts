/** What happened at a simulated site. No event holds a card or a key. */
export type SimulatedEvent =
  /** A reader's report is about to be put on its wire. */
  | { event: 'card_reported' | 'key_reported'; reader: string }
  /** A reader has a new key for its secure channel, or none any more. */
  | { event: 'key_changed'; reader: string; paired: boolean }
  /** A board was told to write a lock's relay; the relay has moved, by that or by the board's own timer. */
  | { event: 'lock_written' | 'lock_moved'; lock: string; state: 'released' | 'secured' }
  /** A slot of a lock with a code table has changed, by an order or by hand. */
  | { event: 'slot_written'; lock: string; slot: number; holds: boolean }
  /** Somebody typed a code at such a lock; `slot` null: none that it knows. */
  | { event: 'code_used'; lock: string; slot: number | null }
  /** An output of a reader has gone on or off. */
  | { event: 'output_moved'; reader: string; output: number; on: boolean }
  | { event: 'door_moved'; door: string; open: boolean }
  | { event: 'partition_moved'; partition: string; armed: boolean };
