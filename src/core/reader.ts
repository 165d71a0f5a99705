/** What a reader is told to show and sound. The driver turns it into LEDs and beeps. */
export type ReaderSignal = 'granted' | 'refused' | 'enter_pin' | 'ready';

/** A key as every driver reports it: digits, `*` clears, `#` enters, `A` to `H` are function keys. */
export type Key = '0' | '1' | '2' | '3' | '4' | '5' | '6' | '7' | '8' | '9' | '*' | '#' | FunctionKey;
export type FunctionKey = 'A' | 'B' | 'C' | 'D' | 'E' | 'F' | 'G' | 'H';

/** What a reader reports. `after_outage`: it may be older than the outage that just ended, so it must not open. */
export type ReaderReport =
  | { type: 'online'; secure: boolean }
  | { type: 'offline'; reason: string }
  | { type: 'card'; bits: Uint8Array; bit_count: number; after_outage: boolean }
  | { type: 'keys'; keys: Key[]; after_outage: boolean }
  | { type: 'tamper'; active: boolean }
  | { type: 'power'; fault: boolean };

/** Counters since start, for `postern status` and for installers who look for a bad wire. */
export interface ReaderHealth {
  online: boolean;
  secure: boolean;
  /** Vendor, model, serial number and firmware, once the reader has told them. */
  identity: string | null;
  exchanges: number;
  timeouts: number;
  damaged: number;
}

/** All readers of one line. Names are the readers' names in the site file. */
export interface ReaderBus {
  /** Begins to talk. `report` is called synchronously as soon as the last byte of a report is read. */
  start(report: (reader: string, report: ReaderReport) => void): void;
  /** Shows a signal at the next free moment of the bus; a newer signal for the same reader replaces a waiting one. */
  signal(reader: string, signal: ReaderSignal): void;
  health(reader: string): ReaderHealth;
  close(): Promise<void>;
}
