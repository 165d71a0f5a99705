import { createHash } from 'node:crypto';
import type { Operation } from './database.ts';
import { entryHash } from './tally.ts';

/** Where the chain of a database begins. */
export const firstLink = (id: string): string => createHash('sha256').update(id).digest('hex');

/** What the chain names an operation by: the entry's `entryHash`, of one that goes that without a value. */
export const operationHash = (operation: Operation): string =>
  entryHash(operation.key, operation.type === 'put' ? operation.value : '');

/**
 * The chain after one more batch: it names that batch and all before it, in their order.
 * @param hashes `operationHash` of each operation
 */
export function nextLink(link: string, operations: readonly Operation[], hashes: readonly string[]): string {
  const text = operations.reduce((before, { type }, i) => before + type + hashes[i], link);
  return createHash('sha256').update(text, 'binary').digest('hex');
}
