import type { ReaderOutput } from '../core/reader-output.ts';
import type { ReaderTable } from '../schema/site-file.ts';

/** A siren that sounds for longer is a nuisance, and forbidden in many towns. */
const sounds = 180_000;

/** The outputs of a reader's table. What is said of a door that opens for nobody stays as long as that is so. */
export function readerOutputsOf(table: NonNullable<ReaderTable['outputs']>): ReaderOutput[] {
  return Object.entries(table).map(([name, { output, follows, for: given }]) => ({
    name,
    output,
    follows,
    for_ms: given ?? (follows === 'disabled' ? null : sounds),
  }));
}
