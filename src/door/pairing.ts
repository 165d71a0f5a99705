import type { Clock } from '../core/clock.ts';
import type { ErrorCode } from '../core/error.ts';
import type { DoorEvent } from '../core/event.ts';
import type { ReaderBus, ReaderChannel, ReaderPairing, ReaderReport } from '../core/reader.ts';
import type { Site, SiteReader } from '../core/site.ts';
import type { CommandResult } from '../link/message.ts';
import type { Journal } from './journal.ts';
import type { ReaderKeyStore } from './reader-keys.ts';

/**
 * Gives readers their keys. One window for the whole site, opened by somebody who is named, for minutes and for one reader; in it that
 * reader gets a new random key, which is on the disk before it is sent and in force when a session stands under it.
 */
export interface Pairing {
  /**
   * Opens the window of a reader for `minutes` (1 to 60). Refused with `not_found`, `reader_in_plain`, `pairing_open` or
   * `reader_keys_unusable`. `operator` names who asked, for the journal.
   */
  open(readerId: string, minutes: number, operator: string): Promise<CommandResult>;
  /** Takes the device that is there now for the reader. Refused as above, and with `not_waiting` where no other device is there. */
  accept(readerId: string, operator: string): Promise<CommandResult>;
  /** What a reader reports about itself and its channel. */
  heard(reader: SiteReader, report: ReaderReport): void;
  channel(reader: SiteReader): ReaderChannel;
  /** Why the last window of a reader came to nothing; null: it did not, or there was none since the start. */
  failure(reader: string): string | null;
  /** Closes the window, if one is open, as the process ends. */
  stop(): void;
}

export interface PairingParts {
  site: Pick<Site, 'readers'>;
  /** Buses by the name of their port. */
  readerBuses: ReadonlyMap<string, Pick<ReaderBus, 'health' | 'pairing'>>;
  /** Null: the file they lie in cannot be used. */
  readerKeys: ReaderKeyStore | null;
  clock: Clock;
  journal: Pick<Journal, 'append'>;
  changed(): void;
  /** A change of the keys did not get to the disk. */
  keysFailed(error: unknown): void;
}

/** Minutes that a window may be open. */
export const longestWindow = 60;

/** An event of a reader without when and where. */
type News<Event> = Event extends { type: `reader.${string}` } ? Omit<Event, 'time' | 'resource'> : never;

export function pairing(parts: PairingParts): Pairing {
  const { site, readerBuses: buses, readerKeys: keys, clock, journal, changed, keysFailed: failed } = parts;
  let window: { reader: string; operator: string; until: number } | null = null;
  /** Readers in whose place another device answers. */
  const strangers = new Set<string>();
  const failures = new Map<string, string>();

  const tell = (reader: SiteReader, news: News<DoorEvent>): void => {
    journal.append({ time: clock.wall(), resource: `reader/${reader.id}`, ...news });
    changed();
  };

  type Found = { ok: true; reader: SiteReader; keys: ReaderKeyStore; port: ReaderPairing };
  function find(readerId: string): Found | Refused {
    const reader = site.readers.find(({ id }) => id === readerId);
    if (reader === undefined) return refused('not_found', 'there is no such reader');
    const port = buses.get(reader.port)?.pairing;
    if (!reader.secure || port === undefined) {
      return refused(
        'reader_in_plain',
        `reader ${reader.name} runs in plain, as the site file says: it has no key. Remove its secure = false and restart`,
      );
    }
    return keys === null
      ? unusable('damaged, or of another site: the log says which')
      : { ok: true, reader, keys, port };
  }

  /** Closes the window if it is this reader's. Who had opened it; null: nobody since the start. */
  function close(reader: SiteReader): string | null {
    if (window?.reader !== reader.name) return null;
    const { operator } = window;
    window = null;
    return operator;
  }

  return {
    async open(readerId, minutes, operator) {
      const found = find(readerId);
      if (!found.ok) return found;
      const { reader } = found;
      if (window !== null) {
        const detail = `the window of reader ${window.reader} is open; one reader is paired at a time`;
        return refused('pairing_open', detail);
      }
      window = { reader: reader.name, operator, until: clock.wall() + minutes * 60_000 };
      const { until } = window;
      try {
        await found.keys.propose(reader.name);
      } catch (error) {
        window = null;
        failed(error);
        return unusable('not to be written: the log says why');
      }
      failures.delete(reader.name);
      found.port.open(reader.name, minutes * 60_000);
      tell(reader, { type: 'reader.pairing_opened', data: { minutes, operator } });
      return { ok: true, pairing_until: until };
    },

    async accept(readerId, operator) {
      const found = find(readerId);
      if (!found.ok) return found;
      const { reader } = found;
      if (!strangers.has(reader.name)) {
        const detail = `at reader ${reader.name} no other device than the one that was paired has answered: there is nothing to accept`;
        return refused('not_waiting', detail);
      }
      try {
        await found.keys.pin(reader.name, null);
      } catch (error) {
        failed(error);
        return unusable('not to be written: the log says why');
      }
      strangers.delete(reader.name);
      found.port.changed(reader.name);
      const identity = buses.get(reader.port)?.health(reader.name).identity ?? null;
      tell(reader, { type: 'reader.identity_accepted', data: { identity, operator } });
      return { ok: true };
    },

    heard(reader, report) {
      switch (report.type) {
        case 'paired':
          strangers.delete(reader.name);
          // A key that cannot be settled now is found again by the next session: both are kept, and both are tried.
          keys?.settle(reader.name).then(
            () => tell(reader, { type: 'reader.paired', data: { operator: close(reader) } }),
            (error: unknown) => {
              close(reader);
              failed(error);
            },
          );
          return;
        case 'pairing_failed': {
          const { reason, key_sent } = report;
          failures.set(reader.name, reason);
          if (!key_sent) keys?.discard(reader.name).catch(failed);
          tell(reader, { type: 'reader.pairing_failed', data: { reason, operator: close(reader) } });
          return;
        }
        case 'identified':
          keys?.pin(reader.name, report.identity).catch(failed);
          return;
        case 'security':
          if (report.what === 'identity_changed') strangers.add(reader.name);
          return;
        case 'online':
          strangers.delete(reader.name);
          return;
        case 'offline':
        case 'card':
        case 'unreadable_card':
        case 'inputs':
        case 'output':
        case 'unexpected':
        case 'keys':
        case 'tamper':
        case 'power':
          return;
      }
    },

    channel(reader) {
      if (!reader.secure) return { security: 'insecure', pairing_until: null };
      if (window?.reader === reader.name) return { security: 'pairing', pairing_until: window.until };
      if (strangers.has(reader.name)) return { security: 'identity_changed', pairing_until: null };
      const paired = keys !== null && keys.of(reader.name).current !== null;
      return { security: paired ? 'paired' : 'not_paired', pairing_until: null };
    },

    failure: (reader) => failures.get(reader) ?? null,

    stop() {
      const reader = site.readers.find(({ name }) => name === window?.reader);
      if (reader === undefined) return;
      const data = { reason: 'Postern was stopped', operator: close(reader) };
      tell(reader, { type: 'reader.pairing_failed', data });
    },
  };
}

type Refused = CommandResult & { ok: false };

const refused = (code: ErrorCode, detail: string): Refused => ({ ok: false, code, detail });

const unusable = (how: string): Refused =>
  refused('reader_keys_unusable', `the file of the readers' keys is ${how}. Nothing was sent to the reader`);
