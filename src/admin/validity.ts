import { invalidInput } from './input.ts';

/** From when (included) until when (not included) something counts; ISO 8601, null is unbounded. */
export interface Validity {
  valid_from: string | null;
  valid_until: string | null;
}

/** In UTC. Throws `invalid_input` when it would end before it begins. */
export function utcValidity({ valid_from, valid_until }: Validity): Validity {
  const validity = { valid_from: utc(valid_from), valid_until: utc(valid_until) };
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

const utc = (instant: string | null): string | null =>
  instant === null ? null : new Date(instant).toISOString();
const from = ({ valid_from }: Validity): number => (valid_from === null ? -Infinity : Date.parse(valid_from));
const until = ({ valid_until }: Validity): number =>
  valid_until === null ? Number.POSITIVE_INFINITY : Date.parse(valid_until);
