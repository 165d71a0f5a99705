import { expect, test } from 'vitest';
import { command } from '../../src/cli/schedule.ts';
import { schedulePreview } from '../../src/cli/schedule-preview.ts';
import { openZone } from '../../src/scheduler/zone.ts';
import { closedOn, daily, schedule, windows } from '../scheduler/shapes.ts';
import { fakeDaemon } from './fake-daemon.ts';

const holidayId = '00000000-0000-5000-8000-0000000000a1';
const office = {
  id: '00000000-0000-5000-8000-0000000000a2',
  name: 'office',
  fixed: true,
  ...schedule(daily('09:00-17:00'), { holidays: closedOn(holidayId) }),
};

async function run(...argv: string[]) {
  const { socket, calls } = await fakeDaemon(({ path }) => {
    const page = (items: unknown[]) => ({ body: { items, next_cursor: null } });
    if (path === '/v1/schedules') return page([office]);
    if (path === '/v1/holidays')
      return page([{ id: holidayId, days: [{ date: '2026-03-06', until: null, yearly: false }] }]);
    if (path.endsWith('.ics')) return { body: 'calendar' };
    return { body: { time_zone: 'Europe/Berlin', time: '2026-03-02T09:00:00.000Z' } };
  });
  const out: string[] = [];
  const io = { out: (text: string) => void out.push(text), err: () => {}, env: { POSTERN_SOCKET: socket } };
  return { code: await command.run(argv, io), out: out.join(''), calls };
}

test('list says what there is, and where it is made', async () => {
  const { out } = await run('list');
  expect(out).toMatch(/office +- +- +site file +00000000-0000-5000-8000-0000000000a2/);
});

test('preview draws each day for as many months as are asked for, with holidays named', async () => {
  const { code, out } = await run('preview', 'office', '--months', '1');
  expect(code).toBe(0);
  const days = out.split('\n').filter((line) => /^(mon|tue|wed|thu|fri|sat|sun) /.test(line));
  expect(days).toHaveLength(31);
  expect(days[0]).toBe(`mon 02  |${'.'.repeat(18)}${'#'.repeat(16)}${'.'.repeat(14)}|  09:00-17:00`);
  expect(days[4]).toBe(`fri 06  |${'.'.repeat(48)}|  (holiday)`);
});

test('export hands over the calendar of the one that is named', async () => {
  const { calls, out } = await run('export', 'office');
  expect(calls.at(-1)?.path).toBe(`/v1/schedules/${office.id}.ics`);
  expect(out).toContain('calendar');
});

test('a name nobody has is answered with one that is near; a wrong number of months is told', async () => {
  await expect(run('preview', 'ofice')).rejects.toThrow(/did you mean office/);
  await expect(run('preview', 'office', '--months', '99')).rejects.toThrow(/1 to 24/);
});

test('a preview shows what the clock really reads on the days it is moved', () => {
  const one = schedule(daily('01:30-03:30'), {
    exceptions: [{ date: '2026-03-30', windows: windows('22:00-02:00') }],
  });
  const zone = openZone('Europe/Berlin');
  const lines = schedulePreview(one, new Map(), zone, Date.UTC(2026, 2, 29), 1).split('\n');
  expect(lines.slice(2, 5).map((line) => line.slice(8).replace(/\|.*\| {2}/, ''))).toEqual([
    '01:30-02:00 03:00-03:30 (clock goes from 02:00 to 03:00)',
    '22:00-24:00 (exception)',
    '00:00-03:30',
  ]);
});
