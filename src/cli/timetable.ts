import type { z } from 'zod';
import type { door } from '../schema/api/system.ts';
import type { TimetableShown } from '../schema/timetable.ts';
import { calendarCommand } from './calendar-command.ts';
import { textTable } from './text-table.ts';
import { previewLegend, timetablePreview } from './timetable-preview.ts';

export const command = calendarCommand<TimetableShown>({
  name: 'timetable',
  summary: 'timetables of doors: which there are, how the doors stand when, as a calendar',
  async table(all, client) {
    const { items: doors } = await client.get<{ items: z.infer<typeof door>[] }>('/v1/doors');
    const nameOf = new Map(doors.map((one) => [one.id, one.name]));
    const rows = all.map((one) => [
      one.name,
      one.door_ids.map((id) => nameOf.get(id) ?? id).join(', ') || '-',
      String(one.rules.length),
      one.fixed ? 'site file' : 'API',
      one.id,
    ]);
    return textTable(['NAME', 'DOORS', 'RULES', 'MADE IN', 'ID'], rows);
  },
  legend: previewLegend,
  preview: ({ rules }, ...more) => timetablePreview(rules, ...more),
});
