import type { OutputStatus } from '../core/reader-output.ts';

/** Sounders and lamps of a reader in a few words; one that does not obey stands out. */
export const outputLine = (outputs: readonly OutputStatus[]): string =>
  outputs.map(({ name, state, fault }) => `${name} ${fault === null ? state : `FAULT: ${fault}`}`).join(', ');
