import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { deriveKeys } from '../../src/door/site-key.ts';
import { openGuardedStore } from '../../src/store/guarded-store.ts';
import { userRecord } from '../contract/store.ts';
import { virtualClock } from '../support/virtual-clock.ts';

test('a store that is killed within a second of its beginning is not taken for another one', async () => {
  const stateDir = await mkdtemp(join(tmpdir(), 'postern-first-'));
  const open = () =>
    openGuardedStore({
      stateDir,
      headKey: deriveKeys(createHash('sha256').update('x').digest()).head,
      clock: virtualClock(),
      newId: () => 'db',
      mayOpen: () => Promise.resolve(true),
      headLags: () => {},
      doors: null,
      knownAtDoors: () => Promise.resolve([]),
    });
  const first = await open();
  if (first.kind !== 'open') throw new Error('a new store is damaged');
  for (let n = 1; n <= 3; n++) {
    await first.store.commit({
      changes: [{ kind: 'user', id: userRecord(n).id, before: null, after: userRecord(n) }],
      feed: [],
    });
  }
  // The head outside is never written: its clock stands still.
  await first.database.close();
  const again = await open();
  expect(again.kind).toBe('open');
  if (again.kind === 'open') await again.store.close();
  await rm(stateDir, { recursive: true });
});
