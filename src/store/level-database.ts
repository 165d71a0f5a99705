import type { Level } from 'level';
import type { Database } from './database.ts';

/**
 * An open LevelDB as a database. Batches are written as chained ones: in the array form LevelDB's binding copies every operation with all
 * its options, and reads them back by name, which costs twice the time of all else that a commit does.
 */
export function levelDatabase(level: Level<string, string>): Database {
  return {
    get: (key) => level.get(key),
    getMany: (keys) => level.getMany(keys),
    async batch(operations, { sync }) {
      const batch = level.batch();
      for (const operation of operations) {
        if (operation.type === 'put') batch.put(operation.key, operation.value);
        else batch.del(operation.key);
      }
      await batch.write({ sync });
    },
    iterator: (range) => level.iterator(range),
    open: (options) => level.open(options),
    close: () => level.close(),
  };
}
