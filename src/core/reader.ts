import type { OutputState } from './reader-output.ts';

/** What a reader is told to show and sound. The driver turns it into LEDs and beeps. */
export type ReaderSignal = 'granted' | 'refused' | 'enter_pin' | 'ready' | 'locked_out';

/** A key as every driver reports it: digits, `*` clears, `#` enters, `A` to `H` are function keys. */
export type Key = '0' | '1' | '2' | '3' | '4' | '5' | '6' | '7' | '8' | '9' | '*' | '#' | FunctionKey;
export type FunctionKey = 'A' | 'B' | 'C' | 'D' | 'E' | 'F' | 'G' | 'H';

/** What a reader reports. `after_outage`: it may be older than the outage that just ended, so it must not open. */
export type ReaderReport =
  | { type: 'online'; secure: boolean }
  | { type: 'offline'; reason: string }
  | { type: 'card'; bits: Uint8Array; bit_count: number; after_outage: boolean }
  /** A card whose bits contradict what is said of them; `why` names sizes only. */
  | { type: 'unreadable_card'; bit_count: number; why: string }
  | { type: 'keys'; keys: Key[]; after_outage: boolean }
  | { type: 'tamper'; active: boolean }
  | { type: 'power'; fault: boolean }
  /**
   * Its own inputs in order, told when they change and anew after every outage: then `first`, for nobody saw them change. Only of a
   * reader whose inputs serve a door.
   */
  | { type: 'inputs'; states: readonly InputState[]; first: boolean }
  /**
   * One of its outputs, when it has changed, and anew after every outage. `fault`: why it does not do what it is told; null: it does, or was
   * told nothing.
   */
  | { type: 'output'; output: number; state: OutputState; fault: string | null }
  /** An answer that nobody asked for or nobody can explain. `raw`: hexadecimal, without anything that may be secret. */
  | { type: 'unexpected'; detail: string; raw: string }
  /** Something about its secure channel that an operator should look into. It is told again while it lasts. */
  | { type: 'security'; what: ReaderAlarm }
  /** A session stands under the pending key: it is the reader's key from now on. */
  | { type: 'paired' }
  /** `key_sent`: the reader may have taken the pending key all the same. */
  | { type: 'pairing_failed'; reason: string; key_sent: boolean }
  /** Told by a reader of whom no identity is kept, over its secure channel. */
  | { type: 'identified'; identity: string };

/** The circuit of an input. `fault`: a supervised one that is cut, shorted or not known. */
export type InputState = 'open' | 'closed' | 'fault';

/**
 * `mac_failure`, `plain_answer`: a session was disturbed, and ended. `wrong_key`, `handshake_refused`: the reader does not share our
 * key. `unexpected_handshake`: part of a handshake that nobody began. `install_mode`: the reader takes the public key.
 * `identity_changed`: another device than the one that was paired. `sent_in_clear`: data unencrypted, though genuine. `held_busy`: for the
 * better part of a second it, or somebody in its place, has done nothing but ask for time, which needs no key.
 */
export type ReaderAlarm =
  | 'mac_failure'
  | 'plain_answer'
  | 'wrong_key'
  | 'handshake_refused'
  | 'unexpected_handshake'
  | 'install_mode'
  | 'identity_changed'
  | 'sent_in_clear'
  | 'held_busy';

/** What is kept of a reader with a secure channel. Keys have 16 bytes. */
export interface ReaderSecrets {
  readonly current: Uint8Array | null;
  /** Made for the reader, and not yet known to be taken by it. */
  readonly pending: Uint8Array | null;
  /** Who it said to be when it was paired. */
  readonly identity: string | null;
}

/**
 * How the channel to a reader stands. `insecure`: in plain, as the site file says. `not_paired`: no key is shared with it, so it is out.
 * `pairing`: it may be given a new key. `identity_changed`: another device than the one that was paired, out until it is accepted.
 */
export type ReaderSecurity = 'insecure' | 'not_paired' | 'pairing' | 'paired' | 'identity_changed';

/** `pairing_until`: the window is open until then (wall milliseconds); null: none is. */
export interface ReaderChannel {
  security: ReaderSecurity;
  pairing_until: number | null;
}

/** Where a driver finds the keys of its readers, each time it needs one. */
export interface ReaderKeys {
  of(reader: string): ReaderSecrets;
}

/** How a bus with secure readers is told about keys. */
export interface ReaderPairing {
  /** Lets this reader, and no other, be given its pending key, for at most `ms`. Ends with `paired` or `pairing_failed`. */
  open(reader: string, ms: number): void;
  /** What is kept of the reader has changed. */
  changed(reader: string): void;
}

/**
 * What went over the wire of a reader. `resends`: commands told again. `timeouts`: no answer. `damaged`: one nobody could read.
 * `refusals`: NAK. `busy`: it asked for time.
 */
export interface ReaderTraffic {
  readonly exchanges: number;
  readonly resends: number;
  readonly timeouts: number;
  readonly damaged: number;
  readonly refusals: number;
  readonly busy: number;
}

/** Counters since start, for `postern status` and for installers who look for a bad wire. */
export interface ReaderHealth {
  online: boolean;
  secure: boolean;
  /** Vendor, model, serial number and firmware, once the reader has told them. */
  identity: string | null;
  exchanges: number;
  timeouts: number;
  damaged: number;
  /** The traffic of the last minutes, `span_ms` long; null: one that is never asked anything. */
  recent: (ReaderTraffic & { span_ms: number }) | null;
}

/** All readers of one line. Names are the readers' names in the site file. */
export interface ReaderBus {
  /** Begins to talk. `report` is called synchronously as soon as the last byte of a report is read. */
  start(report: (reader: string, report: ReaderReport) => void): void;
  /** Shows a signal at the next free moment of the bus; a newer signal for the same reader replaces a waiting one. */
  signal(reader: string, signal: ReaderSignal): void;
  /**
   * Switches an output of a reader, counted from 0, at the next free moment; it stays so until it is switched again, through outages too,
   * and is off at first. One that is on goes out by itself soon after nobody is there to renew it. Only where readers may have outputs.
   */
  switchOutput?(reader: string, output: number, on: boolean): void;
  health(reader: string): ReaderHealth;
  /** Only where readers may have secure channels. */
  readonly pairing?: ReaderPairing;
  close(): Promise<void>;
}
