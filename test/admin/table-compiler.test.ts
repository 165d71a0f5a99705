import { expect, test } from 'vitest';
import { affectedRows, doorGroupRow, userRow } from '../../src/admin/table-compiler.ts';
import { aCredential, aDoorGroup, anAccess, aUser } from './records.ts';

test('a user row holds all that concerns the user, with times in milliseconds', () => {
  const user = aUser('u', { suspended: true, valid_from: '2026-03-02T09:00:00.000Z', valid_until: null });
  const uses = { max: 3, used: 1, generation: 2 };
  const credential = aCredential('c', 'u', {
    state: 'draft',
    blocked: true,
    duress: true,
    valid_until: '2026-03-02T09:00:01.000Z',
    uses,
  });
  const access = { ...anAccess('a', 'u', { door_id: 'front' }), valid_until: '1970-01-01T00:00:01.000Z' };
  expect(userRow(user, [credential], [access])).toEqual({
    row: 'user',
    id: 'u',
    suspended: true,
    from: Date.UTC(2026, 2, 2, 9),
    until: null,
    credentials: [
      {
        id: 'c',
        key: 'key of c',
        draft: true,
        blocked: true,
        duress: true,
        from: null,
        until: Date.UTC(2026, 2, 2, 9, 0, 1),
        uses: { max: 3, used: 1, generation: 2 },
      },
    ],
    grants: [{ target: { door: 'front' }, schedule: null, from: null, until: 1000 }],
  });
});

test('a row never carries the sealed value: the door needs only the hash', () => {
  const row = userRow(aUser('u'), [aCredential('c', 'u', { sealed: 'g1.sealed-text' })], []);
  expect(JSON.stringify(row)).not.toContain('sealed-text');
});

test('door groups are grants by reference; partitions of the panel are none', () => {
  const access = [
    anAccess('a', 'u', { door_group_id: 'g' }),
    anAccess('b', 'u', { partition: 'house' }),
    anAccess('c', 'u', { door_id: 'd' }),
  ];
  expect(userRow(aUser('u'), [], access).grants.map(({ target }) => target)).toEqual([
    { group: 'g' },
    { door: 'd' },
  ]);
  expect(doorGroupRow(aDoorGroup('g', ['d', 'e']))).toEqual({
    row: 'door_group',
    id: 'g',
    doors: ['d', 'e'],
  });
});

test('a change touches its own row, and both users when something moves between them', () => {
  const moved = aCredential('c', 'u1');
  expect(
    affectedRows([
      { kind: 'credential', id: 'c', before: moved, after: { ...moved, user_id: 'u2' } },
      { kind: 'user', id: 'u2', before: null, after: aUser('u2') },
      { kind: 'access', id: 'a', before: anAccess('a', 'u3', { door_id: 'd' }), after: null },
      { kind: 'door_group', id: 'g', before: aDoorGroup('g', []), after: null },
      { kind: 'api_key', id: 'k', before: null, after: null },
    ]),
  ).toEqual([
    { row: 'user', id: 'u1' },
    { row: 'user', id: 'u2' },
    { row: 'user', id: 'u3' },
    { row: 'door_group', id: 'g' },
  ]);
});
