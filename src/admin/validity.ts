import { invalidInput } from './input.ts';

/** From when (included) until when (not included) something counts; ISO 8601, null is unbounded. */
export interface Validity {
  valid_from: string | null;
  valid_until: string | null;
}

/** In UTC. Throws `invalid_input` when it would end before it begins. */
export function utcValidity({ valid_from, valid_until }: Validity): Validity {
  const validity = {
    valid_from: utc(valid_from, '/valid_from'),
    valid_until: utc(valid_until, '/valid_until'),
  };
  if (from(validity) >= until(validity)) {
    throw invalidInput({ pointer: '/valid_until', detail: 'must be later than valid_from' });
  }
  return validity;
}

/** From when until when, wall milliseconds; without end where there is none. */
export const instantsOf = (validity: Validity): { from: number; until: number } => ({
  from: from(validity),
  until: until(validity),
});

/** Whether anything that counted at some instant no longer does. */
export const isShorter = (before: Validity, after: Validity): boolean =>
  from(after) > from(before) || until(after) < until(before);

function utc(instant: string | null, pointer: string): string | null {
  if (instant === null) return null;
  const at = new Date(instant).toISOString();
  // An offset can lead beyond the years that four digits can write; such an instant could not be sent back.
  if (at.length > utcLength)
    throw invalidInput({ pointer, detail: 'must be within the years 0 to 9999, in UTC' });
  return at;
}
const utcLength = '2026-03-02T09:00:00.000Z'.length;
const from = ({ valid_from }: Validity): number => (valid_from === null ? -Infinity : Date.parse(valid_from));
const until = ({ valid_until }: Validity): number =>
  valid_until === null ? Number.POSITIVE_INFINITY : Date.parse(valid_until);
