import { expect, test } from 'vitest';
import { command as doorCommand } from '../../src/cli/door.ts';
import { command } from '../../src/cli/timetable.ts';
import { rule } from '../scheduler/rules.ts';
import { closedOn, daily, on } from '../scheduler/shapes.ts';
import { fakeDaemon } from './fake-daemon.ts';

const doorId = '00000000-0000-5000-8000-0000000000a1';
const holidayId = '00000000-0000-5000-8000-0000000000a3';
const shop = {
  id: '00000000-0000-5000-8000-0000000000a2',
  name: 'shop',
  door_ids: [doorId],
  fixed: true,
  rules: [
    rule('unlocked', { week: on(['mon', 'tue', 'fri'], '08:00-18:00'), holidays: closedOn(holidayId) }),
    rule('unlocked', { week: on(['tue'], '07:00-08:00'), first_person: { from: '06:00', to: '08:00' } }),
    rule('card_and_pin', { week: daily('00:00-05:00', '20:15-24:00') }),
    rule('disabled', { cron: { expression: '0 12 * * mon', minutes: 90 } }),
  ],
};

async function run(one: typeof command, ...argv: string[]) {
  const { socket, calls } = await fakeDaemon(({ path, query }) => {
    const page = (items: unknown[]) => ({ body: { items, next_cursor: null } });
    if (path === '/v1/timetables') return page([shop]);
    // The doors of a site come all at once: the real one takes no query there.
    if (path === '/v1/doors' && Object.keys(query).length > 0) return { status: 400, body: {} };
    if (path === '/v1/doors') return page([{ id: doorId, name: 'front' }]);
    if (path === '/v1/holidays')
      return page([{ id: holidayId, days: [{ date: '2026-03-06', until: null, yearly: false }] }]);
    if (path.endsWith('.ics')) return { body: 'calendar' };
    if (path.endsWith('/mode')) return { body: { door_id: doorId, mode: null, until: null } };
    return { body: { time_zone: 'Europe/Berlin', time: '2026-03-02T09:00:00.000Z' } };
  });
  const out: string[] = [];
  const io = { out: (text: string) => void out.push(text), err: () => {}, env: { POSTERN_SOCKET: socket } };
  return { code: await one.run(argv, io), out: out.join(''), calls };
}

test('list says which doors go by each timetable, and where it is made', async () => {
  const { out } = await run(command, 'list');
  expect(out).toMatch(/shop +front +4 +site file +00000000-0000-5000-8000-0000000000a2/);
});

test('preview draws how the doors stand each day', async () => {
  const { out } = await run(command, 'preview', 'shop', '--months', '1');
  const days = out.split('\n').filter((line) => /^(mon|tue|wed|thu|fri|sat|sun) /.test(line));
  expect(days).toHaveLength(31);
  const chart = (...parts: [string, number][]) => parts.map(([sign, n]) => sign.repeat(n)).join('');
  const night = chart(['P', 10], ['.', 6]);
  const evening = chart(['.', 4], ['P', 8]);
  expect(days[0]).toBe(
    `mon 02  |${night}${chart(['U', 8], ['X', 3], ['U', 9])}${evening}|  00:00-05:00 card and PIN, 08:00-12:00 unlocked, 12:00-13:30 disabled, 13:30-18:00 unlocked, 20:15-24:00 card and PIN`,
  );
  expect(days[1]).toContain(`|${chart(['P', 10], ['.', 4], ['f', 2], ['U', 20])}${evening}|`);
  expect(days[1]).toContain('07:00-08:00 unlocked by the first person');
  expect(days[4]).toContain(`|${night}${chart(['.', 20])}${evening}|`);
});

test('export hands over the calendar of the one that is named', async () => {
  const { out, calls } = await run(command, 'export', 'shop');
  expect(out).toContain('calendar');
  expect(calls.at(-1)?.path).toBe(`/v1/timetables/${shop.id}.ics`);
});

test('a name nobody has is answered with one that is near', async () => {
  await expect(run(command, 'preview', 'shpo')).rejects.toThrow(/did you mean shop/);
  await expect(run(command, 'preview')).rejects.toThrow(/name of a timetable is missing/);
});

test.each([
  [['disabled'], { mode: 'disabled', until: null }],
  [['unlocked', '--until', '18:00'], { mode: 'unlocked', until: '2026-03-02T17:00:00.000Z' }],
  // It is 10:00 in Berlin: 09:30 is tomorrow's.
  [['unlocked', '--until', '09:30'], { mode: 'unlocked', until: '2026-03-03T08:30:00.000Z' }],
  [
    ['card_and_pin', '--until', '2026-07-01 18:00'],
    { mode: 'card_and_pin', until: '2026-07-01T16:00:00.000Z' },
  ],
  [['normal', '--until', '2026-07-01T18:00Z'], { mode: 'normal', until: '2026-07-01T18:00:00.000Z' }],
  [['timetable'], { mode: null, until: null }],
])('door mode front %j orders %j', async (words, body) => {
  const { calls } = await run(doorCommand, 'mode', 'front', ...words);
  expect(calls.at(-1)).toMatchObject({ method: 'POST', path: `/v1/doors/${doorId}/mode`, body });
});

test.each([
  [['mode', 'front', 'open'], /MODE is normal, unlocked, card_and_pin, disabled, timetable/],
  [['mode', 'front'], /MODE is/],
  [['mode', 'frnt', 'disabled'], /did you mean front/],
  [['mode', 'front', 'disabled', '--until', 'noon'], /--until is a time such as 18:00/],
  [['mode', 'front', 'timetable', '--until', '18:00'], /leave --until out/],
  [['unlock', 'front'], /say door mode/],
])('door %j is refused with what would be right', async (argv, says) => {
  await expect(run(doorCommand, ...argv)).rejects.toThrow(says);
});
