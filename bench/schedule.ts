import { type CronExpression, CronExpressionParser } from 'cron-parser';
import { DateTime } from 'luxon';
import rrule from 'rrule';
import { compiledSchedule, inside, type Schedule } from '../src/core/schedule.ts';
import { compileSchedule } from '../src/scheduler/compile.ts';
import { openZone } from '../src/scheduler/zone.ts';
import type { BenchLine } from './bench-line.ts';
import { microsecondsEach, microsecondsOfBoth } from './samples.ts';
import { seededRandom } from './world.ts';

const zone = 'Europe/Berlin';
const dayMs = 86_400_000;
const from = Date.UTC(2026, 0, 1);
const days = 400;
const [opens, closes] = [9, 17];

/** Mondays to Fridays, 09:00 to 17:00. */
const day = [{ from: '09:00', to: '17:00' }];
const office: Schedule = {
  week: { mon: day, tue: day, wed: day, thu: day, fri: day, sat: [], sun: [] },
  valid_from: null,
  valid_until: null,
  holidays: [],
  exceptions: [],
};

/** One that answers the same question. `calls`: as many as take a fraction of a second. */
interface Peer {
  name: string;
  goal: number;
  calls: number;
  inside(instant: number): boolean;
}

/** S3: whether an instant is inside a schedule, against what others would use for it; the answers must agree. */
export async function run(): Promise<BenchLine[]> {
  const horizon = { from: from - 2 * dayMs, until: from + (days + 2) * dayMs };
  const schedule = compiledSchedule(compileSchedule(office, new Map(), openZone(zone), horizon));
  const random = seededRandom(3);
  const scattered = Float64Array.from({ length: 100_000 }, () => from + random(days * 1440) * 60_000);
  const rising = Float64Array.from({ length: 100_000 }, (_, n) => from + n * 1000);

  const countInside = (instants: Float64Array): void => {
    let count = 0;
    for (let i = 0; i < instants.length; i++) if (inside(schedule, instants[i] ?? 0)) count++;
    if (count === 0) throw new Error('nothing was inside');
  };
  const time = (instants: Float64Array) => microsecondsEach(instants.length, () => countInside(instants));
  const ours = await time(scattered);
  const clock = await time(rising);
  const lines: BenchLine[] = [
    {
      goal: 'S3',
      what: 'inside a schedule? 400 days compiled; instants all over them, and as a clock brings them',
      target: '<= 40 ns',
      measured: `${(ours * 1000).toFixed(0)} ns, ${(clock * 1000).toFixed(1)} ns`,
      met: ours <= 0.04,
    },
  ];
  for (const peer of peers()) {
    const asked = scattered.slice(0, peer.calls);
    for (const instant of asked) {
      if (peer.inside(instant) === inside(schedule, instant)) continue;
      throw new Error(`${peer.name} answers otherwise at ${new Date(instant).toISOString()}`);
    }
    const [theirs, beside] = await microsecondsOfBoth(
      asked.length,
      () => {
        for (const instant of asked) peer.inside(instant);
      },
      () => countInside(asked),
    );
    const times = theirs / beside;
    lines.push({
      goal: 'S3',
      what: `the same asked of ${peer.name}, ${theirs.toFixed(1)} µs`,
      target: `>= ${peer.goal}x slower`,
      measured: `${times.toFixed(0)}x`,
      met: times >= peer.goal,
    });
  }
  return lines;
}

function peers(): Peer[] {
  const reading = new Intl.DateTimeFormat('en-GB', { timeZone: zone, weekday: 'short', hour: '2-digit' });
  /** rrule knows no zones of its own to rely on: it is asked by the wall clock, and the reading of that is not counted. */
  const readings = new Map<number, Date>();
  const wallClock = (instant: number): Date => {
    const known = readings.get(instant);
    if (known !== undefined) return known;
    const read = new Date(instant + DateTime.fromMillis(instant, { zone }).offset * 60_000);
    readings.set(instant, read);
    return read;
  };
  const { RRule } = rrule;
  const weekdays = [RRule.MO, RRule.TU, RRule.WE, RRule.TH, RRule.FR];
  const start = new Date(Date.UTC(2025, 11, 29, opens));
  const rule = new RRule({ freq: RRule.WEEKLY, byweekday: weekdays, dtstart: start }, true);
  const [opening, closing] = [opens, closes].map((hour) =>
    CronExpressionParser.parse(`0 ${hour} * * 1-5`, { tz: zone }),
  );
  const next = (expression: CronExpression | undefined, instant: number): number => {
    expression?.reset(new Date(instant));
    return expression?.next().getTime() ?? 0;
  };
  return [
    {
      name: 'Intl.DateTimeFormat',
      goal: 50,
      calls: 20_000,
      inside(instant) {
        const [weekday = '', hour = ''] = reading.format(instant).split(', ');
        return !weekday.startsWith('S') && Number(hour) >= opens && Number(hour) < closes;
      },
    },
    {
      name: 'luxon',
      goal: 400,
      calls: 10_000,
      inside(instant) {
        const { weekday, hour } = DateTime.fromMillis(instant, { zone });
        return weekday <= 5 && hour >= opens && hour < closes;
      },
    },
    {
      name: 'rrule',
      goal: 1_500,
      calls: 200,
      inside(instant) {
        const now = wallClock(instant);
        const begun = rule.before(now, true);
        return begun !== null && now.getTime() - begun.getTime() < (closes - opens) * 3_600_000;
      },
    },
    {
      name: 'cron-parser',
      goal: 50_000,
      calls: 100,
      // By next(): its prev() is wrong at clock changes. At the opening itself the next opening is another day's.
      inside: (instant) => next(closing, instant) < next(opening, instant),
    },
  ];
}
