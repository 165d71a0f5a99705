import type { OutputStatus } from '../core/reader-output.ts';

/** Sounders and lamps of a reader in a few words; one that is on or does not obey stands out. */
export const outputLine = (outputs: readonly OutputStatus[]): string =>
  outputs
    .map(({ name, state, fault }) => `${name} ${fault === null ? shown[state] : `FAULT: ${fault}`}`)
    .join(', ');

const shown = { on: 'ON', off: 'off', unknown: 'unknown' } as const;
