import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nearestName } from '../../src/core/nearest-name.ts';

const known = ['relay', 'released_when', 'readers', 'restricted_by', 'Europe/Berlin', 'tcp'];

test.each([
  ['rely', 'relay'],
  ['reader', 'readers'],
  ['restricted-by', 'restricted_by'],
  ['RELAY', 'relay'],
  ['tpc', 'tcp'],
  ['released', 'released_when'],
  ['berlin', 'Europe/Berlin'],
  ['colour', null],
  ['', null],
])('"%s" probably means %s', (given, meant) => {
  expect(nearestName(given, known)).toBe(meant);
});

test.each([
  ['north', 'nora', 'forth'],
  ['gadrne', 'garden', 'gadrnx'],
  ['stiar', 'stake', 'stair'],
])('"%s" is further from %s than from %s, whichever comes first', (given, far, near) => {
  expect([nearestName(given, [far, near]), nearestName(given, [near, far])]).toEqual([near, near]);
});

test('a known name is its own nearest, and any input is answered', () => {
  for (const name of known) expect(nearestName(name, known)).toBe(name);
  fc.assert(
    fc.property(fc.string({ maxLength: 200 }), fc.array(fc.string({ maxLength: 20 })), (given, all) => {
      const near = nearestName(given, all);
      expect(near === null || all.includes(near)).toBe(true);
    }),
  );
});
