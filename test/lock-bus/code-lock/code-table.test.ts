import { describe, expect, test } from 'vitest';
import {
  identityOf,
  lastUseOf,
  mailboxWords,
  resultOf,
  slotOf,
} from '../../../src/lock-bus/code-lock/code-table.ts';
import { decodeReply, decodeRequest, unpackRegisters } from '../../../src/lock-bus/frame.ts';
import vectors from '../../fixtures/modbus-locks.json' with { type: 'json' };
import { modelNamed } from './code-site.ts';

const reference = modelNamed('code-lock-1000');
const { map } = reference;

const vector = (meaning: RegExp) => vectors.find((each) => meaning.test(each.meaning)) ?? expect.fail();
/** The registers of a vector's reply. */
const replied = (meaning: RegExp): number[] => {
  const reply = decodeReply(Buffer.from(vector(meaning).reply, 'hex'));
  if (reply === null || 'exception' in reply || reply.fn !== 'read_holding') return expect.fail();
  return unpackRegisters(reply.body.values);
};

describe('the vectors of the sheet', () => {
  test('the mailbox of a stored code', () => {
    const request = decodeRequest(Buffer.from(vector(/^store PIN/).request, 'hex'));
    if (request?.fn !== 'write_registers') return expect.fail();
    const words = mailboxWords(map, { do: 'store', slot: 3, digits: '0012345' }, 0x1234);
    expect(request.body.address).toBe(map.mailbox.address);
    expect(words).toEqual(unpackRegisters(request.body.values));
  });

  test('results: done, full, still working', () => {
    const done = { sequence: 0x1234, meaning: 'done', slot: 3, used: 41, raw: '1234 0000 0003 0029' };
    expect(resultOf(map, replied(/^status of that/))).toMatchObject(done);
    expect(resultOf(map, replied(/full/))).toMatchObject({ meaning: 'full', used: 1000 });
    expect(resultOf(map, replied(/still working/))).toMatchObject({ meaning: 'working' });
  });

  test('the identity block', () => {
    expect(identityOf(reference, replied(/^identity/))).toEqual({ version: 1, fault: null });
  });
});

describe('what a lock answers', () => {
  test('a result that nobody has mapped is unmapped, and keeps its number', () => {
    expect(resultOf(map, [1, 77, 3, 0])).toMatchObject({ meaning: 'unmapped', value: 77 });
  });

  test.each([
    ['an empty slot', [3, 0, 0, 0xffff, 0xffff, 0xffff, 0], { state: 'empty', digits: null }],
    ['a code', [3, 1, 7, 0x0012, 0x345f, 0xffff, 1], { state: 'code', digits: '0012345' }],
    ['a masked code', [3, 1, 7, 0xffff, 0xffff, 0xffff, 1], { state: 'code', digits: null }],
    ['a slot it cannot read', [3, 2, 0, 0, 0, 0, 0], { state: 'unreadable', digits: null }],
    [
      'a state that nobody has mapped',
      [3, 9, 4, 0x1234, 0xffff, 0xffff, 1],
      { state: 'unreadable', digits: null },
    ],
  ])('%s', (_, block, content) => {
    expect(slotOf(map, block)).toEqual({ slot: 3, ...content });
  });

  test.each([
    [[0x1234, 1, 1000, 3, 0x040a, 0], /does not show the mark/],
    [[0x504c, 1, 10, 3, 0x040a, 0], /has 10 slots, not the 1000/],
    [[0x504c, 1, 1000, 5, 0x040a, 0], /reserves 5 slots, not the 3/],
    [[0x504c, 1, 1000, 3, 0x0608, 0], /takes codes of 6 to 8 digits/],
  ])('a lock that has less than its model promises is told from it: %j', (block, fault) => {
    expect(identityOf(reference, block).fault).toMatch(fault);
  });

  test('a lock that has more is no fault', () => {
    expect(identityOf(modelNamed('code-lock-10'), [0x504c, 2, 1000, 0, 0x010c, 0])).toEqual({
      version: 2,
      fault: null,
    });
  });

  test('a use counts as granted where its result means done', () => {
    expect(lastUseOf(map, [9, 3, 0, 12, 0, 0, 0, 0])).toEqual({
      counter: 9,
      slot: 3,
      granted: true,
      age_s: 12,
    });
    expect(lastUseOf(map, [9, 3, 6, 12, 0, 0, 0, 0])?.granted).toBe(false);
  });
});

test('on a map of another shape the same command lies elsewhere', () => {
  const other = modelNamed('code-lock-30-ascii').map;
  expect(mailboxWords(other, { do: 'store', slot: 3, digits: '0012345' }, 0x1234)).toEqual([
    0x3030, 0x3132, 0x3334, 0x3520, 0x2020, 3, 10,
  ]);
  expect(mailboxWords(other, { do: 'remove', slot: 3 }, 1)).toEqual([
    0x2020, 0x2020, 0x2020, 0x2020, 0x2020, 3, 11,
  ]);
  expect(slotOf(other, [1, 3, 0x3030, 0x3132, 0x3334, 0x3520, 0x2020])).toEqual({
    slot: 3,
    state: 'code',
    digits: '0012345',
  });
});
