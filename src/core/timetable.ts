/** How a door stands. `normal`: a credential releases it. `unlocked`: stands open for anyone. `card_and_pin`: a card must be followed by its owner's PIN. `disabled`: opens for no credential (request to exit and an operator's unlock still work). */
export const doorModes = ['normal', 'unlocked', 'card_and_pin', 'disabled'] as const;
export type DoorMode = (typeof doorModes)[number];

/** A stretch of wall time with a mode other than normal. `arrival`: unlocked only once somebody has been granted here within it (first person in). */
export interface TimetablePeriod {
  from: number;
  until: number;
  mode: Exclude<DoorMode, 'normal'>;
  arrival: { from: number; until: number } | null;
}

/** Periods in order, none overlapping another, for wall time `from` (included) to `until` (not). Outside all periods: normal. */
export interface Timetable {
  from: number;
  until: number;
  periods: readonly TimetablePeriod[];
}
