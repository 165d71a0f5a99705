/** From `from` on and before `until` (wall milliseconds) the zone's clocks read `offset` milliseconds more than UTC. */
export interface OffsetSpan {
  from: number;
  until: number;
  offset: number;
}

/** A time zone, as the zone database in Node knows it. */
export interface Zone {
  readonly name: string;
  /** The spans that fill a stretch of time, in order; neighbours differ in their offset. */
  spans(from: number, until: number): OffsetSpan[];
}

const dayMs = 86_400_000;

/**
 * Opens a zone by its IANA name. Intl tells offsets, not when they change: each day is sampled and a change found by
 * bisection, to the second. A zone that changes and changes back within one day would not be seen; none ever has. What was found is
 * kept. Throws a RangeError for a name Intl does not know.
 */
export function openZone(name: string): Zone {
  const offsetAt = offsetReader(name);
  /** Instants of the changes found in [low, high], in order, and the offset from each on. */
  let changes: { at: number; offset: number }[] = [];
  let [low, high] = [0, 0];
  let first = Number.NaN;

  const cover = (start: number, end: number): void => {
    const [from, until] = [Math.floor(start / dayMs) * dayMs, Math.ceil(end / dayMs) * dayMs];
    if (Number.isNaN(first)) {
      low = high = from;
      first = offsetAt(from);
    }
    if (from < low) {
      const earlier = changesBetween(offsetAt, from, low);
      changes = [...earlier, ...changes];
      first = offsetAt(from);
      low = from;
    }
    if (until > high) {
      changes.push(...changesBetween(offsetAt, high, until));
      high = until;
    }
  };

  return {
    name,
    spans(from, until) {
      cover(from, until);
      const spans: OffsetSpan[] = [];
      let span: OffsetSpan = { from, until, offset: first };
      for (const { at, offset } of changes) {
        if (at >= until) break;
        if (at <= from) {
          span = { from, until, offset };
          continue;
        }
        spans.push({ ...span, until: at });
        span = { from: at, until, offset };
      }
      return [...spans, span];
    },
  };
}

function changesBetween(offsetAt: (instant: number) => number, from: number, until: number) {
  const found: { at: number; offset: number }[] = [];
  let before = offsetAt(from);
  for (let start = from; start < until; start += dayMs) {
    const end = Math.min(start + dayMs, until);
    const after = offsetAt(end);
    if (after === before) continue;
    let [low, high] = [start, end];
    while (high - low > 1000) {
      const middle = low + Math.floor((high - low) / 2000) * 1000;
      if (offsetAt(middle) === before) low = middle;
      else high = middle;
    }
    found.push({ at: high, offset: after });
    before = after;
  }
  return found;
}

/** Reads the wall clock of a zone through Intl: correct for any instant since year 1, but some microseconds each time. */
function offsetReader(timeZone: string): (instant: number) => number {
  const clock = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  return (instant) => {
    // "3/29/2026, 02:00:00"
    const [month = 0, day = 0, year = 0, hour = 0, minute = 0, second = 0] = (
      clock.format(instant).match(/\d+/g) ?? []
    ).map(Number);
    return Date.UTC(year, month - 1, day, hour, minute, second) - instant;
  };
}
