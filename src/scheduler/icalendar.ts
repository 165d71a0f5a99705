import type { ScheduleEdges } from '../core/schedule.ts';
import type { Timetable } from '../core/timetable.ts';
import { standText } from './timetable.ts';

/** What a calendar is of, and the zone whose wall clock it goes by. */
export interface CalendarOf {
  id: string;
  name: string;
  zone: string;
}

/**
 * A schedule as an iCalendar (RFC 5545): each stretch of time it contains within its horizon, as an event of its own in UTC. A rule of
 * recurrence would be shorter, but readers differ in what they make of one at clock changes.
 *
 * @param now when it is made, wall milliseconds
 */
export function scheduleCalendar(of: CalendarOf, { from, until, edges }: ScheduleEdges, now: number): string {
  const events: Stretch[] = [];
  for (let i = 0; i < edges.length; i += 2) {
    const opens = Math.max(edges[i] ?? from, from);
    events.push({ from: opens, until: edges[i + 1] ?? until, summary: of.name });
  }
  return calendar(of, events, now);
}

/** A timetable as an iCalendar, alike: each period in which a door is not normal, with how it stands. */
export function timetableCalendar(of: CalendarOf, { periods }: Timetable, now: number): string {
  const events = periods.map((period) => ({ ...period, summary: `${of.name}: ${standText(period)}` }));
  return calendar(of, events, now);
}

interface Stretch {
  from: number;
  until: number;
  summary: string;
}

function calendar({ id, name, zone }: CalendarOf, events: readonly Stretch[], now: number): string {
  const lines = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//Postern//Schedules//EN',
    'CALSCALE:GREGORIAN',
    `X-WR-CALNAME:${escaped(name)}`,
    `X-WR-TIMEZONE:${zone}`,
  ];
  for (const { from, until, summary } of events) {
    lines.push(
      'BEGIN:VEVENT',
      `UID:${from}-${id}`,
      `DTSTAMP:${utc(now)}`,
      `DTSTART:${utc(from)}`,
      `DTEND:${utc(until)}`,
      `SUMMARY:${escaped(summary)}`,
      'TRANSP:TRANSPARENT',
      'END:VEVENT',
    );
  }
  lines.push('END:VCALENDAR');
  return lines.map((line) => `${folded(line)}\r\n`).join('');
}

/** `20260329T010000Z` (RFC 5545, 3.3.5, form 2). */
const utc = (at: number): string => new Date(at).toISOString().replace(/[-:]|\.\d+/g, '');

/** RFC 5545, 3.3.11. */
const escaped = (text: string): string =>
  text.replace(/[\\;,]/g, (found) => `\\${found}`).replace(/\r\n?|\n/g, '\\n');

/** Lines of at most 75 octets, no character cut in two; the rest goes on after a blank (RFC 5545, 3.1). */
function folded(line: string): string {
  const parts: string[] = [];
  let part = '';
  let octets = 0;
  for (const character of line) {
    const size = new TextEncoder().encode(character).length;
    if (octets + size > 74) {
      parts.push(part);
      [part, octets] = ['', 0];
    }
    part += character;
    octets += size;
  }
  return [...parts, part].join('\r\n ');
}
