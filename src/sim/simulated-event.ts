/** What happened at a simulated site. No event holds a card or a key. */
export type SimulatedEvent =
  /** A reader's report is about to be put on its wire. */
  | { event: 'card_reported' | 'key_reported'; reader: string }
  /** A relay has moved, on a command just received or by the board's own timer. */
  | { event: 'lock_moved'; lock: string; state: 'released' | 'secured' }
  | { event: 'door_moved'; door: string; open: boolean }
  | { event: 'partition_moved'; partition: string; armed: boolean };
