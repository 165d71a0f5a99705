import { expect, test } from 'vitest';
import { sharedTexts } from '../../src/admin/shared-texts.ts';
import type { Change } from '../../src/schema/storage.ts';
import { aCredential, anAccess, aUser } from './records.ts';

/** Each text a copy of its own, as when records are read. */
const read = (change: Change): Change => JSON.parse(JSON.stringify(change)) as Change;

test('records come out as they went in, whatever they share', () => {
  const dated = { valid_from: '2026-03-02T09:00:00.000Z', valid_until: null };
  const changes: Change[] = [
    { kind: 'access', id: 'a1', before: null, after: anAccess('a1', 'u1', { door_id: 'd1' }) },
    { kind: 'access', id: 'a2', before: null, after: anAccess('a2', 'u1', { door_group_id: 'g1' }) },
    { kind: 'access', id: 'a3', before: null, after: anAccess('a3', '__proto__', { partition: 'Main' }) },
    {
      kind: 'access',
      id: 'a4',
      before: null,
      after: { ...anAccess('a4', 'u1', { door_id: 'd1' }), ...dated },
    },
    {
      kind: 'access',
      id: 'a5',
      before: null,
      after: { ...anAccess('a5', 'u1', { door_id: 'd1' }), schedule_id: 'u1' },
    },
    { kind: 'credential', id: 'c1', before: null, after: aCredential('c1', 'u1') },
    { kind: 'user', id: 'u1', before: null, after: aUser('u1') },
    { kind: 'user', id: '__proto__', before: null, after: aUser('__proto__') },
    { kind: 'user', id: 'u2', before: aUser('u2'), after: null },
  ];
  const shared = sharedTexts();
  expect(changes.map((change) => shared(read(change)))).toEqual(changes);
});
