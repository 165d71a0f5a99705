import { createHash } from 'node:crypto';
import type { Operation } from './database.ts';
import { entryHash } from './tally.ts';

/** Where the chain of a database begins. */
export const firstLink = (id: string): string => createHash('sha256').update(id).digest('hex');

/** The chain after one more batch: it names that batch and all before it, in their order. */
export function nextLink(link: string, operations: readonly Operation[]): string {
  const hashed = createHash('sha256').update(link);
  for (const operation of operations) {
    hashed.update(operation.type);
    hashed.update(entryHash(operation.key, operation.type === 'put' ? operation.value : ''), 'binary');
  }
  return hashed.digest('hex');
}
