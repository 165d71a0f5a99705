import { Secret } from '../../src/core/secret.ts';
import type { DoorMode } from '../../src/core/timetable.ts';
import type { TimetableRule } from '../../src/core/timetable-rule.ts';
import type { ScheduleFields } from '../../src/schema/schedule.ts';
import type { TimetableFields } from '../../src/schema/timetable.ts';
import { intlClock, plain } from '../scheduler/plain.ts';
import { plainTimetable } from '../scheduler/plain-timetable.ts';
import { rule } from '../scheduler/rules.ts';
import { closedOn, daily, never, on, schedule, windows } from '../scheduler/shapes.ts';
import { plainly, type SiteOptions, type SiteUnderTest, siteUnderTest } from './site-under-test.ts';

/** Everybody's card has the facility 12, and this number. */
const cards = { ada: 1, ben: 2, guest: 3 } as const;
export type Person = keyof typeof cards;
const adasPin = '0493';

/** Wall milliseconds at which the clock of a zone reads this (`2026-03-29T09:00`), the first time. */
export function instantOf(zone: string, reading: string): number {
  const clock = intlClock(zone);
  const wanted = Date.parse(`${reading}Z`);
  for (let at = wanted - 15 * 3_600_000; at < wanted + 15 * 3_600_000; at += 60_000) {
    const { year, month, day, minute } = clock(at);
    if (Date.UTC(year, month - 1, day) + minute * 60_000 === wanted) return at;
  }
  throw new Error(`the clock never reads ${reading} in ${zone}`);
}

/** A site whose front door goes by a timetable, with what docs/time.md says of it, worked out by Intl alone. */
export interface WeekHouse {
  readonly at: SiteUnderTest;
  /** How the front door stands now, and where its relay is. */
  front(): { mode: DoorMode; lock: 'released' | 'secured' };
  /** How it must stand at an instant, if these were the grants there so far. */
  expectedMode(at: number, grants: readonly number[]): DoorMode;
  /** What the card of a person must be answered at a door that stands so. */
  expectedReason(who: Person, at: number, mode: DoorMode): string;
  /** Shows a card, and types what the door asks Ada for. Takes one second. */
  visit(who: Person, door: 'front' | 'back'): Promise<void>;
}

/**
 * Ada may go everywhere at any time and has a PIN; Ben goes by office hours; a guest's card ends at `guestUntil`. `holiday` is a Saturday
 * on which the office is closed and the front door disabled from 08:00 to 02:30.
 */
export async function weekHouse(
  zone: string,
  times: { startsAt: number; until: number; holiday: string; guestUntil: number },
  options: SiteOptions = {},
): Promise<WeekHouse> {
  const { startsAt, until, guestUntil } = times;
  // Readers that are not polled: nothing of them is late when time leaps.
  const at = await siteUnderTest({
    ...options,
    startsAt,
    adapt: (text) => withQuietReaders(text).replace('Europe/Berlin', zone),
  });
  const front = at.site.doors.find(({ name }) => name === 'front')?.id ?? '';

  const days = [{ date: times.holiday, until: null, yearly: false }];
  const set = { external_id: null, name: 'Public', days };
  const { object: holiday } = await at.done(at.admin.holidays.create(set, plainly));
  const closed = { holidays: closedOn(holiday.id) };
  const office = schedule(on(['mon', 'tue', 'wed', 'thu', 'fri', 'sat'], '08:00-18:00'), closed);
  const rules: readonly TimetableRule[] = [
    rule('unlocked', {
      week: daily('09:00-17:00'),
      first_person: { from: '07:00', to: '11:00' },
      ...closed,
    }),
    rule('unlocked', { week: on(['fri'], '16:00-19:00'), ...closed }),
    rule('card_and_pin', { week: daily('22:00-06:00'), ...closed }),
    rule('disabled', {
      week: never,
      holidays: [{ holiday_id: holiday.id, rule: 'windows', windows: windows('08:00-02:30') }],
    }),
    rule('disabled', { cron: { expression: '15,45 1,2 * * sun', minutes: 10 } }),
  ];
  await furnish();

  const clock = intlClock(zone);
  const sets = new Map([[holiday.id, days]]);
  const inOffice = plain(office, sets);
  const inOfficeButForHolidays = plain(office, new Map());
  const rulesSay = plainTimetable(rules, sets, zone, startsAt, until);

  return {
    at,
    front() {
      const status = at.composed.door.doors.status().doors.find(({ id }) => id === front);
      const lock = at.devices.state().doors['front']?.lock;
      if (status === undefined || lock === undefined) throw new Error('there is no front door');
      return { mode: status.mode.now, lock };
    },
    expectedMode(now, grants) {
      const said = rulesSay(now);
      const [first] = said;
      if (first === undefined) return 'normal';
      const opens = said.some(
        ({ arrival }) =>
          arrival === null ||
          grants.some((grant) => grant <= now && grant >= arrival.from && grant < arrival.until),
      );
      return opens ? first.mode : 'normal';
    },
    expectedReason(who, now, mode) {
      const own = who === 'guest' ? guests(now) : who === 'ben' ? bens(now) : 'granted';
      if (own !== 'granted') return own;
      if (mode === 'disabled') return 'door_disabled';
      return mode === 'card_and_pin' && who !== 'ada' ? 'second_factor_needed' : 'granted';
    },
    async visit(who, door) {
      at.devices.present(door, { format: 'h10301', facility: 12, number: cards[who] });
      await at.run(50);
      const asks = at.composed.door.doors.status().doors.find(({ id }) => id === front)?.mode.now;
      if (who === 'ada' && door === 'front' && asks === 'card_and_pin') at.devices.type(door, `${adasPin}#`);
      await at.run(950);
    },
  };

  function guests(now: number): string {
    return now < guestUntil ? 'granted' : 'expired';
  }
  function bens(now: number): string {
    if (inOffice(clock(now))) return 'granted';
    return inOfficeButForHolidays(clock(now)) ? 'holiday' : 'outside_schedule';
  }

  async function furnish(): Promise<void> {
    const fields = { external_id: null, name: 'Office', ...office } as ScheduleFields;
    const { object: hours } = await at.done(at.admin.schedules.create(fields, plainly));
    const shop = { external_id: null, name: 'Shop', door_ids: [front], rules } as TimetableFields & {
      rules: readonly TimetableRule[];
    };
    await at.done(at.admin.timetables.create(shop, plainly));
    const bounds = { valid_from: null, valid_until: new Date(guestUntil).toISOString() };
    await person('ada', null);
    await person('ben', hours.id);
    await person('guest', null, bounds);
    await at.until('the doors know everybody', () => at.admin.system().doors_in_sync);
    // The panel's contacts are believed after a while.
    await at.run(3_000);
  }

  async function person(
    who: Person,
    schedule_id: string | null,
    bounds: { valid_from: string | null; valid_until: string | null } = {
      valid_from: null,
      valid_until: null,
    },
  ): Promise<void> {
    const unbounded = { external_id: null, valid_from: null, valid_until: null };
    const unknown = { email: null, mobile: null, department: null, language: null };
    const named = { ...unbounded, ...unknown, kind: 'member' as const, first_name: '', last_name: who };
    const { object: user } = await at.done(at.admin.users.create({ ...named, ...bounds }, plainly));
    for (const { id: door_id } of at.site.doors) {
      const access = { ...unbounded, user_id: user.id, target: { door_id }, schedule_id };
      await at.done(at.admin.access.create(access, plainly));
    }
    const held = {
      ...unbounded,
      user_id: user.id,
      state: 'programmed' as const,
      duress: false,
      uses_left: null,
    };
    const card = { ...held, kind: 'card' as const, value: new Secret(`12:${cards[who]}`) };
    await at.done(at.admin.credentials.create(card, plainly));
    if (who !== 'ada') return;
    await at.done(at.admin.credentials.create({ ...held, kind: 'pin', value: new Secret(adasPin) }, plainly));
  }
}

/** Readers that write by themselves, each on a port of its own. */
function withQuietReaders(text: string): string {
  const frame =
    'frame = { kind = "line", keys = true, content = "numbers", format = "h10301", separator = "," }';
  const back = '[ports.back]\nkind = "tcp"\nhost = "127.0.0.1"\nport = 5\nbaud = 9600\n';
  return `${text
    .replace(
      'protocol = "osdp"\nport = "readers"\naddress = 0\nsecure = false',
      `protocol = "serial_ascii"\nport = "readers"\n${frame}`,
    )
    .replace(
      'protocol = "osdp"\nport = "readers"\naddress = 1\nsecure = false',
      `protocol = "serial_ascii"\nport = "back"\n${frame}`,
    )}\n${back}`;
}
