import type { ScheduleEdges } from '../core/schedule.ts';

/**
 * A schedule as an iCalendar (RFC 5545): each stretch of time it contains within its horizon, as an event of its own in UTC. A rule of
 * recurrence would be shorter, but readers differ in what they make of one at clock changes.
 *
 * @param now when it is made, wall milliseconds
 */
export function scheduleCalendar(
  { id, name, zone }: { id: string; name: string; zone: string },
  { from, until, edges }: ScheduleEdges,
  now: number,
): string {
  const lines = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//Postern//Schedules//EN',
    'CALSCALE:GREGORIAN',
    `X-WR-CALNAME:${escaped(name)}`,
    `X-WR-TIMEZONE:${zone}`,
  ];
  for (let i = 0; i < edges.length; i += 2) {
    const opens = Math.max(edges[i] ?? from, from);
    lines.push(
      'BEGIN:VEVENT',
      `UID:${opens}-${id}`,
      `DTSTAMP:${utc(now)}`,
      `DTSTART:${utc(opens)}`,
      `DTEND:${utc(edges[i + 1] ?? until)}`,
      `SUMMARY:${escaped(name)}`,
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
  text.replace(/[\\;,]/g, (found) => `\\${found}`).replace(/\r?\n/g, '\\n');

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
