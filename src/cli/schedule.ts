import type { ScheduleShown } from '../schema/schedule.ts';
import { calendarCommand } from './calendar-command.ts';
import { schedulePreview } from './schedule-preview.ts';
import { textTable } from './text-table.ts';

export const command = calendarCommand<ScheduleShown>({
  name: 'schedule',
  summary: 'schedules: which there are, when they open, as a calendar',
  table: async (all) => textTable(['NAME', 'FROM', 'UNTIL', 'MADE IN', 'ID'], all.map(line)),
  legend: '',
  preview: schedulePreview,
});

const line = ({ name, valid_from, valid_until, fixed, id }: ScheduleShown): string[] => [
  name,
  valid_from ?? '-',
  valid_until ?? '-',
  fixed ? 'site file' : 'API',
  id,
];
