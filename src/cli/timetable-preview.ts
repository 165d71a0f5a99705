import type { HolidaySets } from '../core/schedule.ts';
import type { TimetableRule } from '../core/timetable-rule.ts';
import { type LocalSpan, localDays } from '../scheduler/local-days.ts';
import { compileTimetable, standText } from '../scheduler/timetable.ts';
import type { Zone } from '../scheduler/zone.ts';
import { chartDays, dayChart, halfHours, shownSpan } from './day-chart.ts';

/** How a door may stand, with its sign in the chart; where two share half an hour the earlier one here is drawn. */
const stands = [
  { sign: 'X', text: standText({ mode: 'disabled', arrival: null }) },
  { sign: 'P', text: standText({ mode: 'card_and_pin', arrival: null }) },
  { sign: 'f', text: standText({ mode: 'unlocked', arrival: { from: 0, until: 0 } }) },
  { sign: 'U', text: standText({ mode: 'unlocked', arrival: null }) },
];

/** What the signs of the chart mean. */
export const previewLegend = `${stands.map(({ sign, text }) => `${sign} ${text}`).join(', ')}, . normal`;

/** A timetable day by day, from today for some months, by the wall clock: a chart of half hours, and the times. */
export function timetablePreview(
  rules: readonly TimetableRule[],
  holidays: HolidaySets,
  zone: Zone,
  now: number,
  months: number,
): string {
  const days = chartDays(zone, now, months);
  const { from, until, periods } = compileTimetable(rules, holidays, zone, days.horizon);
  const found = stands.map((stand) => {
    const edges = periods
      .filter((period) => standText(period) === stand.text)
      .flatMap((one) => [one.from, one.until]);
    const whole = { from, until, edges: Float64Array.from(edges), holiday_edges: new Float64Array() };
    return { ...stand, days: localDays(whole, zone) };
  });
  return dayChart(zone, days, (day) => {
    const today = found.map((stand) => ({ ...stand, spans: stand.days.get(day) ?? [] }));
    const minutes = today.map(({ spans }) => halfHours(spans));
    const cells = Array.from(
      { length: 48 },
      (_, cell) => today.find((_, i) => (minutes[i]?.[cell] ?? 0) > 0)?.sign ?? '.',
    );
    const texts = today
      .flatMap(({ spans, text }) => spans.map((span): [LocalSpan, string] => [span, text]))
      .sort(([a], [b]) => a.from - b.from)
      .map(([span, text]) => `${shownSpan(span)} ${text}`);
    return { cells: cells.join(''), texts: texts.length > 1 ? [texts.join(', ')] : texts };
  });
}
