import fc from 'fast-check';
import { expect, test } from 'vitest';
import { emptyTable, putRow } from '../../src/core/access-table.ts';
import { periodAt, stricter, type Timetable } from '../../src/core/timetable.ts';
import { narrowBy } from '../../src/door/table-build.ts';
import { doorIds } from '../support/table-rows.ts';
import { someTimetable } from '../support/timetables.ts';

const version = { table_id: 't', revision: 1 };
const modeAt = (timetable: Timetable | null | undefined, at: number) =>
  timetable == null ? 'normal' : (periodAt(timetable, at)?.mode ?? 'normal');

test('narrowed by a patch, a timetable is at every instant the stricter of the old and the new, also where one is none', () => {
  fc.assert(
    fc.property(fc.option(someTimetable), fc.option(someTimetable), (before, after) => {
      const table = emptyTable(doorIds);
      const id = 'door-a';
      if (before !== null) putRow(table, { row: 'timetable', id, ...before });
      const rows = after === null ? [] : [{ row: 'timetable', id, ...after } as const];
      const removed = after === null ? [{ row: 'timetable', id } as const] : [];
      narrowBy(table, { type: 'patch', base: version, version, rows, removed });
      for (let at = -7; at < 68; at++) {
        const now = modeAt(table.timetables.get(id), at);
        expect(now).toBe(stricter(modeAt(before, at), modeAt(after, at)));
      }
    }),
  );
});
