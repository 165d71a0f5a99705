import type { PinRules } from './site.ts';

/** Whether a text is a PIN at all: 4 to 10 digits. Leading zeros count. */
export function isPin(text: string): boolean {
  return /^\d{4,10}$/.test(text);
}

/** What is wrong with a new PIN under the site's rules, in words that never repeat it; null when nothing is. */
export function pinFault(text: string, rules: PinRules): string | null {
  if (!/^\d+$/.test(text)) return 'a PIN is a string of digits only';
  if (text.length < rules.min_length || text.length > rules.max_length) {
    return rules.min_length === rules.max_length
      ? `a PIN of this site has ${rules.min_length} digits`
      : `a PIN of this site has ${rules.min_length} to ${rules.max_length} digits`;
  }
  return null;
}
