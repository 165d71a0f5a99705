import type { Cancel, Clock } from '../core/clock.ts';
import type { DoorsStatus } from '../core/status.ts';
import {
  type ClockDoubt,
  type ClockReading,
  type ClockTrust,
  firstLook,
  latestOf,
  type NtpWord,
  nextLook,
  type TrustedClock,
  type TrustedTime,
  vouchedFor,
} from '../core/trusted-time.ts';
import type { Journal } from './journal.ts';

/** Watches the wall clock, tells of what happens to it, and keeps what is known of the time over a restart. */
export interface ClockKeeper extends TrustedClock {
  /** Looks at once, and then once a second. */
  start(): void;
  /** A person says that the clock is right as it reads now: what was known of the time before is forgotten. */
  reset(operator: string): void;
  status(): DoorsStatus['clock'];
  /** Looks no more, and hands the journal what is known. */
  close(): void;
}

const lookMs = 1_000;
/** Whoever waits for an instant of the wall clock is told of a difference like this. */
const noticedMs = 100;
/** What is known is made durable at most as often, and whenever trust comes or goes. */
const keepMs = 60_000;

/**
 * @param parts.ntp what the system says of its clock; looked at once a second, so that it must not wait for anything
 * @param parts.resource what events are about: `system/<site id>`
 * @param parts.doubted told when the clock ceases to be believed, or never was
 */
export function trustedClock(parts: {
  clock: Clock;
  journal: Pick<Journal, 'append' | 'keepTime' | 'time'>;
  ntp(): NtpWord;
  trust: ClockTrust;
  resource: string;
  doubted(why: ClockDoubt): void;
}): ClockKeeper {
  const { clock, journal, trust, resource } = parts;
  const listeners: (() => void)[] = [];
  const reading = (ntp: NtpWord): ClockReading => ({ wall: clock.wall(), mono: clock.mono(), ntp });
  const kept = journal.time();
  let time = firstLook(kept, reading(parts.ntp()), trust);
  let told: ClockDoubt | null = kept?.doubt ?? null;
  let keptAt = Number.NEGATIVE_INFINITY;
  let cancel: Cancel = () => {};

  /** As of now, even if the last look was a second ago. */
  const present = (): TrustedTime => nextLook(time, reading(time.reading.ntp), trust).time;

  function keep(): void {
    const { high_water, doubt } = time;
    keptAt = clock.mono();
    journal.keepTime({ high_water, doubt });
  }
  function tell(): void {
    const { doubt } = time;
    if (doubt !== null && told === null) parts.doubted(doubt);
    told = doubt;
    const at = { time: clock.wall(), resource };
    if (doubt === null) journal.append({ ...at, type: 'clock.trusted', data: {} });
    else journal.append({ ...at, type: 'clock.untrusted', data: { reason: doubt } });
  }
  function follow(moved: boolean): void {
    const turned = time.doubt !== told;
    if (turned) tell();
    if (turned || clock.mono() - keptAt >= keepMs) keep();
    if (turned || moved) for (const listener of listeners) listener();
  }
  function look(): void {
    const before = time.reading;
    const next = nextLook(time, reading(parts.ntp()), trust);
    time = next.time;
    const drift = time.reading.wall - before.wall - (time.reading.mono - before.mono);
    if (next.stepped !== 0) {
      const { wall } = time.reading;
      const by_ms = Math.round(next.stepped);
      const data = { from: instant(wall - by_ms), to: instant(wall), by_ms };
      journal.append({ time: wall, type: 'clock.stepped', resource, data });
    }
    // Too little for a step, and too much for timers that were set by the wall clock.
    follow(Math.abs(drift) >= noticedMs);
    cancel();
    cancel = clock.after(lookMs, look);
  }

  return {
    trusted: () => present().doubt === null,
    latest: () => latestOf(present()),
    onChange: (listener) => void listeners.push(listener),
    start: look,
    reset(operator) {
      look();
      const { high_water } = time;
      const data = { operator, high_water: high_water === null ? null : instant(high_water) };
      journal.append({ time: clock.wall(), type: 'clock.reset', resource, data });
      time = vouchedFor(time, trust);
      keep();
      follow(true);
    },
    status() {
      const { doubt, high_water, reading: last } = present();
      const synced = last.ntp.says === 'unknown' ? null : last.ntp.says === 'synchronized';
      return { synced, doubt, high_water };
    },
    close() {
      cancel();
      time = present();
      keep();
    },
  };
}

const instant = (wallMs: number): string => new Date(wallMs).toISOString();
