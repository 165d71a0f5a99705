import { usualFeedback } from '../../core/feedback.ts';
import type { InputState, Key, ReaderReport } from '../../core/reader.ts';
import { type Command, type Reply, unknownCommand } from './layout.ts';
import type { Feedback } from './signals.ts';

/** What replies have told about a reader. */
export interface Knowledge {
  /** Vendor, model, serial number and firmware in words. */
  identity: string | null;
  feedback: Feedback;
  tamper: boolean;
  power_fault: boolean;
  /** As they were told last; null: not since it was away. */
  inputs: readonly InputState[] | null;
  /** Whether it tells by itself when an input changes. */
  tells_inputs: boolean;
}

/** Of a reader that has told nothing yet. */
export const nothingKnown: Knowledge = {
  identity: null,
  feedback: { led: true, buzzer: true, text: false, patterns: usualFeedback },
  tamper: false,
  power_fault: false,
  inputs: null,
  tells_inputs: false,
};

/** What a reply adds to what is known, and what of it is to be reported. `afterOutage` marks reads that may be old. */
export function learn(
  known: Knowledge,
  reply: Reply,
  afterOutage: boolean,
): { known: Knowledge; reports: ReaderReport[] } {
  switch (reply.type) {
    case 'raw': {
      const { bits, bit_count } = reply.value;
      const why = contradiction(reply.value);
      if (why !== null) return { known, reports: [{ type: 'unreadable_card', bit_count, why }] };
      return { known, reports: [{ type: 'card', bits, bit_count, after_outage: afterOutage }] };
    }
    case 'keypad': {
      const keys = Array.from(reply.value.keys, keyOf).filter((key) => key !== null);
      return {
        known,
        reports: keys.length > 0 ? [{ type: 'keys', keys, after_outage: afterOutage }] : [],
      };
    }
    case 'lstatr': {
      const tamper = reply.value.tamper !== 0;
      const fault = reply.value.power !== 0;
      const reports: ReaderReport[] = [];
      if (tamper !== known.tamper) reports.push({ type: 'tamper', active: tamper });
      if (fault !== known.power_fault) reports.push({ type: 'power', fault });
      return { known: { ...known, tamper, power_fault: fault }, reports };
    }
    case 'pdid':
      return { known: { ...known, identity: identityOf(reply.value) }, reports: [] };
    case 'pdcap': {
      const denied = (feature: number): boolean =>
        reply.value.some((entry) => entry.feature === feature && entry.compliance === 0);
      const text = reply.value.some(({ feature, compliance }) => feature === 6 && compliance > 0);
      return {
        known: { ...known, feedback: { ...known.feedback, led: !denied(4), buzzer: !denied(5), text } },
        reports: [],
      };
    }
    case 'istatr': {
      // Told in an outage, it may be long past.
      if (afterOutage) return { known, reports: [] };
      const states = inputStates(reply.value.states);
      const first = known.inputs === null;
      const same = known.inputs?.join() === states.join();
      return {
        known: { ...known, inputs: states },
        reports: same ? [] : [{ type: 'inputs', states, first }],
      };
    }
    case 'ack':
    case 'nak':
    case 'busy':
    case 'ostatr':
    case 'rstatr':
    case 'com':
    case 'ccrypt':
    case 'rmac_i':
    case 'ftstat':
    case 'mfgrep':
      return { known, reports: [] };
  }
}

/**
 * A reader that does not know a command (NAK 3, sheet 5) has nothing to show it with, whether or not its capabilities said so: it is not
 * sent again until it has told them anew.
 */
export function withoutRefused(known: Knowledge, command: Command, reply: Reply | null): Knowledge {
  if (reply?.type !== 'nak' || reply.value.error !== unknownCommand) return known;
  const { feedback } = known;
  switch (command.type) {
    case 'led':
      return { ...known, feedback: { ...feedback, led: false } };
    case 'buz':
      return { ...known, feedback: { ...feedback, buzzer: false } };
    case 'text':
      return { ...known, feedback: { ...feedback, text: false } };
    default:
      return known;
  }
}

/** One byte for each input (sheet 5, ISTATR): 0 inactive, 1 active; more are the faults of supervised ones. */
const inputStates = (states: Uint8Array): InputState[] =>
  Array.from(states, (state) => (state === 0 ? 'open' : state === 1 ? 'closed' : 'fault'));

const mostBits = 1024;

/** What is wrong with a card (sheet 5, RAW): its bits fill their bytes, and are not more than any card has. Null: nothing. */
function contradiction({ bits, bit_count }: Extract<Reply, { type: 'raw' }>['value']): string | null {
  if (bit_count > mostBits)
    return `the reader announces ${bit_count} bits; no card has more than ${mostBits}`;
  const due = Math.ceil(bit_count / 8);
  if (bits.length === due) return null;
  return `the reader announces ${bit_count} bits, which are ${due} bytes, and sends ${bits.length} bytes`;
}

function identityOf(pdid: Extract<Reply, { type: 'pdid' }>['value']): string {
  const vendor = vendorOf(pdid);
  const firmware = `${pdid.firmware_major}.${pdid.firmware_minor}.${pdid.firmware_build}`;
  return `vendor ${vendor}, model ${pdid.model}.${pdid.version}, serial ${pdid.serial}, firmware ${firmware}`;
}

/** The vendor's OUI as it is usually written. */
export const vendorOf = (pdid: { vendor: Uint8Array }): string =>
  Array.from(pdid.vendor, (byte) => byte.toString(16).padStart(2, '0')).join('-');

const specialKeys = new Map<number, Key>([
  [0x7f, '*'],
  [0x0d, '#'],
  ...(['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H'] as const).map((key, n): [number, Key] => [0x41 + n, key]),
]);
const digits = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'] as const;

/** Sheet 5, KEYPAD: ASCII digits, DEL clears, CR enters, letters are function keys and chords. Null: no key we know. */
function keyOf(byte: number): Key | null {
  return digits[byte - 0x30] ?? specialKeys.get(byte) ?? null;
}
