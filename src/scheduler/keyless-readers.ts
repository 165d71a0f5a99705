import type { Site } from '../core/site.ts';
import type { TimetableRule } from '../core/timetable-rule.ts';
import type { ScheduleWarning } from './lint.ts';

/**
 * Readers that send no keys, at doors of a timetable that wants card and PIN. Pointers are into the timetable. Only of text readers the
 * site file says so; whether one on OSDP has a keypad nobody knows before a key is pressed.
 */
export function keylessReaders(
  rules: readonly TimetableRule[],
  doorIds: readonly string[],
  { doors, readers }: Pick<Site, 'doors' | 'readers'>,
): ScheduleWarning[] {
  if (!rules.some(({ mode }) => mode === 'card_and_pin')) return [];
  const keyless = new Set(readers.filter(sendsNoKeys).map(({ name }) => name));
  return doorIds.flatMap((id, i) => {
    const door = doors.find((one) => one.id === id);
    return (door?.readers ?? [])
      .filter((name) => keyless.has(name))
      .map((name): ScheduleWarning => {
        const detail = `reader ${name} of door ${door?.name} sends no keys: while the door wants card and PIN, nobody gets in by it`;
        return { code: 'no_keypad', pointer: `/door_ids/${i}`, detail };
      });
  });
}

function sendsNoKeys({ ascii }: Site['readers'][number]): boolean {
  switch (ascii?.frame.kind) {
    case undefined:
    case 'keys':
      return false;
    case 'line':
      return !ascii?.frame.keys;
    case 'stx_etx':
      return true;
  }
}
