import { usualFeedback } from '../../core/feedback.ts';
import type { Key, ReaderReport } from '../../core/reader.ts';
import type { Reply } from './layout.ts';
import type { Feedback } from './signals.ts';

/** What replies have told about a reader. */
export interface Knowledge {
  /** Vendor, model, serial number and firmware in words. */
  identity: string | null;
  feedback: Feedback;
  tamper: boolean;
  power_fault: boolean;
}

/** Of a reader that has told nothing yet. */
export const nothingKnown: Knowledge = {
  identity: null,
  feedback: { led: true, buzzer: true, patterns: usualFeedback },
  tamper: false,
  power_fault: false,
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
      return {
        known: { ...known, feedback: { ...known.feedback, led: !denied(4), buzzer: !denied(5) } },
        reports: [],
      };
    }
    case 'ack':
    case 'nak':
    case 'busy':
    case 'istatr':
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

function identityOf(pdid: Extract<Reply, { type: 'pdid' }>['value']): string {
  const vendor = Array.from(pdid.vendor, (byte) => byte.toString(16).padStart(2, '0')).join('-');
  const firmware = `${pdid.firmware_major}.${pdid.firmware_minor}.${pdid.firmware_build}`;
  return `vendor ${vendor}, model ${pdid.model}.${pdid.version}, serial ${pdid.serial}, firmware ${firmware}`;
}

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
