/** What the system says of its clock. `mark` differs after each time the clock was compared with a time server's. */
export type NtpWord = { says: 'synchronized'; mark: number } | { says: 'unsynchronized' | 'unknown' };

/** Whose word makes the clock one to be believed: `auto` is `ntp` where the system tells of it, and `system` where it does not. */
export type ClockTrust = 'auto' | 'ntp' | 'system';

/** One look at the clocks, milliseconds. */
export interface ClockReading {
  wall: number;
  mono: number;
  ntp: NtpWord;
}

/**
 * Why the clock is not believed. `not_set`: it reads a time that is known to be past. `not_synchronized`: no time server has been heard,
 * and one must be. `stepped`: it was put on or back, and nothing says that it is right now.
 */
export type ClockDoubt = 'not_set' | 'not_synchronized' | 'stepped';

/** What outlives a restart. `high_water`: the highest time known to be past, wall milliseconds. */
export interface KeptTime {
  high_water: number | null;
  doubt: ClockDoubt | null;
}

/** What is known of the wall clock as of one reading. */
export interface TrustedTime extends KeptTime {
  reading: ClockReading;
  /** Last reading that was right by itself, without a time server's word; null: none was. */
  anchor: { wall: number; mono: number } | null;
  /** In this life the clock was believed with a time server's word. */
  heard: boolean;
  /** A comparison with a time server that was made before the last step, and says nothing any more. */
  stale_mark: number | null;
}

/** The wall clock as those see it who judge by it. */
export interface TrustedClock {
  /** The wall clock may be believed: set, and not stepped without the system's word (NTP) since. */
  trusted(): boolean;
  /** The later of now and the highest trusted time ever seen (wall ms): judges ends of validity. */
  latest(): number;
  /** Called after a step of the wall clock, or when trust comes or goes. */
  onChange(listener: () => void): void;
}

/** No clock that is set reads less: this software is younger. Moved on with releases. */
export const earliestTime = Date.UTC(2026, 0);
/** Less than this is no step: a leap second, or a reading that was interrupted. */
export const stepMs = 2_000;
/** A clock that claims a longer time without power is not believed unless a time server agrees. */
export const longestOffMs = 400 * 86_400_000;

/** The first look of a life. `kept`: what the last one knew; null: there was none. */
export function firstLook(kept: KeptTime | null, reading: ClockReading, trust: ClockTrust): TrustedTime {
  const { high_water, doubt } = kept ?? { high_water: null, doubt: null };
  const { wall, mono, ntp } = reading;
  const off = high_water === null ? 0 : wall - high_water;
  const plausible = wall >= earliestTime && off > -stepMs && off <= longestOffMs;
  const still = doubt === 'stepped';
  return judged(
    {
      reading,
      high_water,
      doubt,
      anchor: plausible && !still ? { wall, mono } : null,
      heard: false,
      stale_mark: still && ntp.says === 'synchronized' ? ntp.mark : null,
    },
    trust,
  );
}

/**
 * The next look, and by how much the wall clock has stepped since the last (milliseconds, forward positive; 0: it has not). A step is
 * believed when a time server was heard after it, and when it takes the clock back to what it read without the last one.
 */
export function nextLook(
  before: TrustedTime,
  reading: ClockReading,
  trust: ClockTrust,
): { time: TrustedTime; stepped: number } {
  const last = before.reading;
  const elapsed = reading.mono - last.mono;
  const off = reading.wall - last.wall - elapsed;
  const stepped = Math.abs(off) < stepMs ? 0 : off;
  const { ntp } = last;
  const stale_mark = stepped !== 0 && ntp.says === 'synchronized' ? ntp.mark : before.stale_mark;
  const time = judged({ ...before, reading, stale_mark }, trust);
  if (time.doubt === null || before.high_water === null) return { time, stepped };
  // Time passes for a clock that is not believed, too.
  return { time: { ...time, high_water: before.high_water + elapsed }, stepped };
}

/** A person says that the clock is right as it reads now. What was known before is forgotten. */
export function vouchedFor({ reading, heard }: TrustedTime, trust: ClockTrust): TrustedTime {
  const { wall, mono } = reading;
  const anchor = wall < earliestTime ? null : { wall, mono };
  return judged({ reading, high_water: null, doubt: null, anchor, heard, stale_mark: null }, trust);
}

/** The later of now and of what is known to be past, wall milliseconds. */
export const latestOf = ({ reading, high_water }: TrustedTime): number =>
  Math.max(reading.wall, high_water ?? reading.wall);

function judged(time: TrustedTime, trust: ClockTrust): TrustedTime {
  const { wall, mono, ntp } = time.reading;
  const doubt = doubtOf(time, trust);
  if (doubt !== null) return { ...time, doubt };
  const heard = time.heard || ntp.says === 'synchronized';
  const high_water = Math.max(time.high_water ?? wall, wall);
  return { ...time, doubt, heard, anchor: { wall, mono }, high_water };
}

function doubtOf(
  { reading, anchor, heard, stale_mark, high_water, doubt }: TrustedTime,
  trust: ClockTrust,
): ClockDoubt | null {
  const { wall, mono, ntp } = reading;
  if (wall < earliestTime) return 'not_set';
  const agrees = anchor !== null && Math.abs(wall - anchor.wall - (mono - anchor.mono)) < stepMs;
  const behind = high_water !== null && wall < high_water - stepMs;
  if (ntp.says === 'synchronized' && (agrees || ntp.mark !== stale_mark)) return null;
  // A time service that is stopped makes no clock wrong that it has set.
  if (!heard && (trust === 'ntp' || (trust === 'auto' && ntp.says !== 'unknown'))) {
    if (ntp.says === 'synchronized') return 'stepped';
    return behind ? 'not_set' : 'not_synchronized';
  }
  if (agrees) return null;
  return behind && anchor === null && doubt !== 'stepped' ? 'not_set' : 'stepped';
}
