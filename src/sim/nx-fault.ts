/** What can go wrong with a simulated NX panel, each switched on and off by itself. */
export const nxFaults = [
  /** Hears and says nothing. */
  'silent',
  /** One bit of everything it says is wrong. */
  'garbled',
  'noise_before',
  /** Its answers ask to be acknowledged, like its pushes. */
  'flagged_answers',
  /** Fills up codes of four digits with F instead of 0. */
  'padded_with_f',
  'deaf_to_acknowledgements',
  'no_pushes',
  /** Says it has a code, and keeps what it had. */
  'forgets_codes',
  /** Somebody has changed the master's code. */
  'master_changed',
  /** The master has partition 1 only. */
  'narrow_master',
  /** Every code is another user's. */
  'duplicates',
  /** Codes have six digits, whatever they had. */
  'six_digits',
  /** Reading and changing users (32h to 37h) is switched off in the panel. */
  'user_commands_off',
  /** The other of the two framings is programmed. */
  'other_framing',
  /** Finds every second request malformed. */
  'naks',
  /** Carries out the next command, and its answer is lost; goes off by itself. */
  'lose_answer',
  /** Starts anew, as after a power cut; over at once. */
  'restart',
  'refuses_authority',
  /** Acknowledges orders to arm and disarm, and does nothing. */
  'ignores_keypad',
  'in_programming',
  'in_download',
  'box_tamper',
  'mains_failure',
] as const;
export type NxFault = (typeof nxFaults)[number];

/** Faults that its system status shows (sheet 3.3). */
export const statusFlags: Partial<Record<NxFault, { byte: number; bit: number }>> = {
  in_programming: { byte: 6, bit: 1 },
  in_download: { byte: 3, bit: 3 },
  box_tamper: { byte: 4, bit: 4 },
  mains_failure: { byte: 4, bit: 7 },
};
