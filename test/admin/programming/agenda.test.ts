import fc from 'fast-check';
import { expect, test } from 'vitest';
import { agenda } from '../../../src/admin/programming/agenda.ts';

const deed = fc.oneof(
  fc.record({
    do: fc.constant('set' as const),
    id: fc.nat(20).map(String),
    at: fc.option(fc.integer({ min: -50, max: 50 })),
  }),
  fc.record({ do: fc.constant('due' as const), now: fc.integer({ min: -50, max: 50 }) }),
);

test('whatever is set, put off, taken away and taken out: what is due comes out once, the earliest first, and the next is the earliest left', () => {
  fc.assert(
    fc.property(fc.array(deed, { maxLength: 200 }), (deeds) => {
      const mine = agenda();
      const model = new Map<string, number>();
      for (const one of deeds) {
        if (one.do === 'set') {
          mine.set(one.id, one.at);
          if (one.at === null) model.delete(one.id);
          else model.set(one.id, one.at);
          expect(mine.at(one.id)).toBe(one.at);
        } else {
          const due = [...model].filter(([, at]) => at <= one.now);
          const found = mine.due(one.now);
          expect(found.toSorted()).toEqual(due.map(([id]) => id).toSorted());
          const times = found.map((id) => model.get(id) ?? Number.NaN);
          expect(times).toEqual(times.toSorted((a, b) => a - b));
          for (const [id] of due) model.delete(id);
        }
        expect(mine.next()).toBe(model.size === 0 ? null : Math.min(...model.values()));
      }
    }),
    { numRuns: 500 },
  );
});

test('one that is put off again and again takes no room: ten thousand changes, and what is due is found', () => {
  const mine = agenda();
  for (let at = 10_000; at > 0; at--) mine.set('one', at);
  mine.set('other', 5);
  expect(mine.due(4)).toEqual(['one']);
  expect(mine.due(1_000_000)).toEqual(['other']);
});

test('of one instant, what was set first comes out first', () => {
  const mine = agenda();
  const ids = Array.from({ length: 100 }, (_, i) => String(i));
  for (const id of ids) mine.set(id, 7);
  expect(mine.due(7)).toEqual(ids);
});
