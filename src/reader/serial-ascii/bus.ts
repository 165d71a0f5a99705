import type { Cancel, Clock } from '../../core/clock.ts';
import { AppError } from '../../core/error.ts';
import type { Line } from '../../core/line.ts';
import type { ReaderBus, ReaderReport } from '../../core/reader.ts';
import type { SiteReader } from '../../core/site.ts';
import type { CardBits } from '../../core/wiegand.ts';
import { parseAscii } from './frame.ts';

/** A frame comes in one go: what is left of it after a pause like this (milliseconds) has lost its end. */
const stalledAfter = 500;
/** What arrives this soon after the line came up may have waited in a gateway for somebody who has left. */
const freshAfter = 500;

const damage =
  'a text that is no card and no key: its checksum is wrong, it was cut off, or the frame is another';

/**
 * A reader that sends text and listens to nothing, alone on its line. One that says nothing by itself counts as online while its line is
 * up; one with a heartbeat from when it is heard until it was not for the time that the site gives, and then its line is made anew. The
 * same card again within the time that the site gives is the same showing of it. Throws `config_invalid` for several readers on the line.
 */
export function serialAsciiBus(readers: readonly SiteReader[], line: Line, clock: Clock): ReaderBus {
  const [reader] = readers;
  const rules = reader?.ascii;
  if (reader === undefined || rules === undefined || readers.length > 1) {
    const message = `line ${line.name}: a reader of protocol serial_ascii needs a port of its own`;
    throw new AppError('config_invalid', message);
  }
  const { name } = reader;
  const { heard_within_ms: patience } = rules;
  const deaf = `nothing heard for ${(patience ?? 0) / 1000} s`;
  const counts = { exchanges: 0, timeouts: 0, damaged: 0 };
  let report: (reader: string, report: ReaderReport) => void = () => {};
  let told: 'nothing' | 'online' | { offline: string } = 'nothing';
  let upAt = 0;
  let quiet: Cancel = () => {};
  let held = new Uint8Array(0);
  let last: { card: string; at: number } | null = null;
  let stall: Cancel = () => {};

  const card = ({ bits, bit_count }: CardBits): void => {
    const now = clock.mono();
    const shown = `${bit_count}:${bits.join()}`;
    const repeated = last !== null && last.card === shown && now - last.at < rules.repeat_ms;
    last = { card: shown, at: now };
    if (!repeated) report(name, { type: 'card', bits, bit_count, after_outage: now - upAt < freshAfter });
  };

  const data = (bytes: Uint8Array): void => {
    stall();
    held = Uint8Array.from([...held, ...bytes]);
    while (held.length > 0) {
      const parsed = parseAscii(held, rules.frame);
      if (parsed.type === 'need_more') {
        stall = clock.after(stalledAfter, forget);
        return;
      }
      held = held.subarray(parsed.type === 'skip' ? parsed.count : parsed.size);
      if (parsed.type === 'skip' && parsed.damaged) damaged();
      if (parsed.type !== 'skip') {
        counts.exchanges += 1;
        present();
      }
      if (parsed.type === 'card') card(parsed.card);
      if (parsed.type === 'key') {
        report(name, { type: 'keys', keys: [parsed.key], after_outage: clock.mono() - upAt < freshAfter });
      }
    }
  };

  /** Of the bytes nothing is told: they may be most of a card. */
  const damaged = (): void => {
    counts.damaged += 1;
    report(name, { type: 'unexpected', detail: damage, raw: '' });
  };

  const forget = (): void => {
    damaged();
    held = new Uint8Array(0);
  };

  /** Told once, and again when the reason is another one. */
  const tellOffline = (reason: string): void => {
    if (typeof told === 'object' && told.offline === reason) return;
    told = { offline: reason };
    report(name, { type: 'offline', reason });
  };

  /** It is there: its line is up, or it has been heard. What it says first after having been away may be older than that. */
  const present = (): void => {
    if (told !== 'online') {
      told = 'online';
      upAt = clock.mono();
      report(name, { type: 'online', secure: false });
    }
    listen();
  };

  const listen = (): void => {
    quiet();
    if (patience === null) return;
    quiet = clock.after(patience, () => {
      tellOffline(deaf);
      line.reset(deaf);
    });
  };

  return {
    start(owner) {
      report = owner;
      line.open({
        up() {
          upAt = clock.mono();
          held = new Uint8Array(0);
          if (patience === null) present();
          else listen();
        },
        data,
        down(reason) {
          stall();
          quiet();
          held = new Uint8Array(0);
          // A line that is made anew because its reader is silent is no other reason than its silence.
          if (reason !== deaf) tellOffline(`line ${line.name}: ${reason}`);
        },
      });
    },
    // Nothing can be shown at these readers: what they light and sound is their own.
    signal() {},
    health: () => ({ online: told === 'online', secure: false, identity: null, ...counts, recent: null }),
    close() {
      stall();
      quiet();
      return line.close();
    },
  };
}
