import { expect, test } from 'vitest';
import { eventLine } from '../../src/cli/event-line.ts';
import { siteTime } from '../../src/cli/site-time.ts';

test('how a door stands is told with by whom, and until when by the wall clock of the site', () => {
  const entry = {
    seq: 1,
    id: 'e1',
    time: '2026-03-02T09:00:00.000Z',
    type: 'door.mode_changed',
    resource: 'door/d1',
    revision: null,
    data: { mode: 'unlocked', by: 'operator', operator: 'portal', until: Date.UTC(2026, 2, 2, 17) },
  };
  const names = (id: string) => (id === 'd1' ? 'front' : null);
  const line = (data: object) =>
    eventLine({ ...entry, data: { ...data } }, names, siteTime('Europe/Berlin').of);
  expect(line(entry.data)).toBe(
    '2026-03-02 10:00:00  door.mode_changed  front  mode=unlocked  by=operator  operator=portal  until=2026-03-02 18:00:00\n',
  );
  expect(line({ ...entry.data, until: null })).toMatch(/operator=portal\n$/);
});

test('a code that will be late is told with when it is due, by the wall clock of the site, and what stands against it', () => {
  const data = { user_id: 'u1', holder_id: 'h1', state: 'pending', reason: 'not_yet_due', overdue: false };
  const late = { due_at: '2026-03-02T14:00:00.000Z', ahead: true, waits_for: 'panel_armed' };
  const entry = {
    seq: 1,
    id: 'e1',
    time: '2026-03-02T13:46:00.000Z',
    type: 'confirmation.late',
    resource: 'confirmation/c1',
    revision: 3,
    data: { ...data, ...late },
  };
  expect(eventLine(entry, (id) => (id === 'h1' ? 'panel' : null), siteTime('Europe/Berlin').of)).toBe(
    '2026-03-02 14:46:00  confirmation.late  confirmation  user=u1  holder=panel  reason=not_yet_due  due_at=2026-03-02 15:00:00  waits_for=panel_armed\n',
  );
});

test('a list with nothing in it is not told', () => {
  const entry = { seq: 1, id: 'e', time: '2026-03-02T09:00:00.000Z', revision: null, resource: 'system/s' };
  const event = { ...entry, type: 'admin.restarted', data: { why: 'ended by SIGKILL', last_words: [] } };
  expect(eventLine(event, () => null, siteTime('Europe/Berlin').of)).toBe(
    '2026-03-02 10:00:00  admin.restarted  system  why=ended by SIGKILL\n',
  );
});
