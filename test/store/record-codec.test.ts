import { expect, test } from 'vitest';
import { decodeRecord, encode } from '../../src/store/record-codec.ts';
import { userRecord } from '../contract/store.ts';

test('a record that lies under the key of another, or of none, is damage', () => {
  const { id } = userRecord(1);
  for (const [key, value] of [
    [`record/user/${id}`, userRecord(2)],
    [`record/user/${id}`, null],
    [`record/user/${id}`, 'text'],
    [`record/person/${id}`, userRecord(1)],
    [`record/__proto__/${id}`, userRecord(1)],
    [`record/user/${id}/more`, userRecord(1)],
  ] as const) {
    expect(() => decodeRecord(key, encode(value))).toThrow(
      expect.objectContaining({ code: 'storage_damaged' }),
    );
  }
  expect(decodeRecord(`record/user/${id}`, encode(userRecord(1)))).toMatchObject({
    before: null,
    after: { id },
  });
});

test('access of before there were schedules counts at any time', () => {
  const old = { id: 'a', user_id: 'u', target: { door_id: 'd' } };
  expect(decodeRecord('record/access/a', encode(old)).after).toEqual({ ...old, schedule_id: null });
  const given = { ...old, schedule_id: 's' };
  expect(decodeRecord('record/access/a', encode(given)).after).toEqual(given);
});
