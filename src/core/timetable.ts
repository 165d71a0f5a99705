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

/** Whether the timetable says anything of an instant (wall milliseconds). */
export const reaches = (timetable: Timetable, instant: number): boolean => holds(timetable, instant);

/** The period that holds an instant (wall milliseconds); null: none does, or the timetable does not reach so far. */
export function periodAt(timetable: Timetable, instant: number): TimetablePeriod | null {
  if (!holds(timetable, instant)) return null;
  const period = timetable.periods[firstEndingAfter(timetable, instant)];
  return period !== undefined && holds(period, instant) ? period : null;
}

/**
 * The first instant after this one (wall milliseconds) at which a period, its arrival window or the timetable begins or ends; null: none
 * is left. At some of them nothing changes.
 */
export function nextEdge(timetable: Timetable, instant: number): number | null {
  const period = timetable.periods[firstEndingAfter(timetable, instant)];
  const edges = [timetable, ...(period === undefined ? [] : [period, period.arrival ?? period])].flatMap(
    ends,
  );
  const left = edges.filter((edge) => edge > instant);
  return left.length === 0 ? null : Math.min(...left);
}

/** The stricter of two modes: disabled, card and PIN, normal, unlocked, in this order. */
export function stricter(a: DoorMode, b: DoorMode): DoorMode {
  return strictness[a] >= strictness[b] ? a : b;
}

/** Of two timetables, at every instant what is stricter. Somebody must have come for both. */
export function strictest(a: Timetable, b: Timetable): Timetable {
  const marks = [a, ...a.periods, b, ...b.periods].flatMap(ends).sort((x, y) => x - y);
  const periods = marks.flatMap((from, i): TimetablePeriod[] => {
    const until = marks[i + 1] ?? from;
    const [one, other] = [periodAt(a, from), periodAt(b, from)];
    const mode = stricter(one?.mode ?? 'normal', other?.mode ?? 'normal');
    if (mode === 'normal' || until === from) return [];
    const arrival = mode === 'unlocked' ? common(one?.arrival ?? null, other?.arrival ?? null) : null;
    return [{ from, until, mode, arrival }];
  });
  return { from: marks[0] ?? 0, until: marks.at(-1) ?? 0, periods };
}

const strictness: Readonly<Record<DoorMode, number>> = {
  unlocked: 0,
  normal: 1,
  card_and_pin: 2,
  disabled: 3,
};

interface Span {
  from: number;
  until: number;
}

const holds = ({ from, until }: Span, instant: number): boolean => instant >= from && instant < until;
const ends = ({ from, until }: Span): number[] => [from, until];

/** The time in both windows, perhaps none; null is no condition. */
const common = (a: Span | null, b: Span | null): Span | null =>
  a === null || b === null ? (a ?? b) : { from: Math.max(a.from, b.from), until: Math.min(a.until, b.until) };

/** Position of the first period that ends after an instant; as many as there are when none does. */
function firstEndingAfter({ periods }: Timetable, instant: number): number {
  let low = 0;
  let high = periods.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((periods[middle]?.until ?? 0) <= instant) low = middle + 1;
    else high = middle;
  }
  return low;
}
