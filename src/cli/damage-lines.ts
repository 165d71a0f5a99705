import type { StorageDamage } from '../schema/storage-damage.ts';
import { printable } from './text-table.ts';

const shownNames = 20;

/** What is wrong with a damaged database, a line each, and what to do. */
export function damageLines({ faults, kinds, commits, missing, missing_in_all }: StorageDamage): string[] {
  return [
    'THE DATABASE IS DAMAGED',
    ...faults.map((fault) => `  ${printable(fault)}`),
    ...(commits.found < commits.should
      ? [`  commits ${commits.found + 1} to ${commits.should} are lost`]
      : []),
    ...kinds.map(({ kind, should, found }) =>
      should === found
        ? `  ${printable(kind)}: ${found}, some of them altered`
        : `  ${printable(kind)}: ${found} of ${should}`,
    ),
    ...(missing_in_all === 0 ? [] : [`  known to be missing: ${missing_in_all}`]),
    ...missing.slice(0, shownNames).map(({ kind, id }) => `    ${printable(`${kind}/${id}`)}`),
    ...(missing_in_all > shownNames ? ['    and more: --json lists them'] : []),
    'Nothing is written to it; doors go on by the table they have.',
    'Go back to a backup: postern restore FILE. Or go on with what is left: postern store accept.',
  ];
}
