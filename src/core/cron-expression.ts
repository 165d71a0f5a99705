/** A cron expression is five fields: minute, hour, day of month, month, day of week. There are no seconds. */
interface Field {
  name: string;
  min: number;
  max: number;
  /** The last value of `*`: a Sunday is 0 and 7. */
  star: number;
  /** Names that stand for numbers, from `min` on. */
  names: readonly string[];
  example: string;
}

const fields: readonly Field[] = [
  { name: 'minute', min: 0, max: 59, star: 59, names: [], example: '0, 0,30 or */15' },
  { name: 'hour', min: 0, max: 23, star: 23, names: [], example: '8, 8-17 or */2' },
  { name: 'day of month', min: 1, max: 31, star: 31, names: [], example: '1, 1-7 or *' },
  {
    name: 'month',
    min: 1,
    max: 12,
    star: 12,
    names: ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'],
    example: '12, jan-mar or *',
  },
  {
    name: 'day of week',
    min: 0,
    max: 7,
    star: 6,
    names: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'],
    example: 'mon-fri, sat,sun or *; sun is 0 or 7',
  },
];

/** More times a day than this are a mistake, or windows. */
const maxTimesADay = 24;
const lengths = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/**
 * What is wrong with a cron expression, and what would be right; null: nothing. Read are numbers, names of months and days (three
 * letters), lists `a,b`, ranges `a-b`, and steps `/n` after a range or a star. Times may be at most 24 a day. Where day of month and day
 * of week are both restricted, either counts, as in every cron.
 */
export function cronFault(expression: string): string | null {
  const given = expression.trim().split(/\s+/);
  if (given.length !== fields.length || expression.trim() === '') {
    const found = expression.trim() === '' ? 'none' : String(given.length);
    return `a cron expression has five fields: minute, hour, day of month, month, day of week, such as "0 8 * * mon-fri"; found ${found}`;
  }
  const values: Set<number>[] = [];
  for (const [i, field] of fields.entries()) {
    const read = valuesOf(field, given[i] ?? '');
    if (read === null) {
      const range = field.names.length > 0 ? ` or ${field.names[0]} to ${field.names.at(-1)}` : '';
      return `the ${field.name} is ${field.min} to ${field.max}${range}, each once, such as ${field.example}`;
    }
    values.push(read);
  }
  const [minutes, hours, days, months] = values;
  const times = (minutes?.size ?? 0) * (hours?.size ?? 0);
  if (times > maxTimesADay) {
    return `it comes ${times} times a day: at most ${maxTimesADay}; what holds all day is a window, such as "08:00-18:00"`;
  }
  const first = Math.min(...(days ?? []));
  const never = given[4] === '*' && [...(months ?? [])].every((month) => first > (lengths[month - 1] ?? 0));
  return never ? 'it never comes: none of its months has such a day' : null;
}

function valuesOf(field: Field, text: string): Set<number> | null {
  const values = new Set<number>();
  for (const part of text.toLowerCase().split(',')) {
    const [, any, low, high, step] =
      /^(?:(\*)|([a-z]{3}|\d{1,2})(?:-([a-z]{3}|\d{1,2}))?)(?:\/(\d{1,2}))?$/.exec(part) ?? [];
    if (any === undefined && low === undefined) return null;
    // A step goes with a stretch: what `5/10` means, crons do not agree on.
    if (step !== undefined && (Number(step) === 0 || (any === undefined && high === undefined))) return null;
    const from = any === undefined ? numberOf(field, low ?? '') : field.min;
    const to = any === undefined ? (high === undefined ? from : numberOf(field, high)) : field.star;
    if (from === null || to === null || to < from) return null;
    for (let value = from; value <= to; value += Number(step ?? 1)) {
      const one = field.max === 7 ? value % 7 : value;
      if (values.has(one)) return null;
      values.add(one);
    }
  }
  return values;
}

function numberOf({ min, max, names }: Field, text: string): number | null {
  const named = names.indexOf(text);
  const number = named >= 0 ? min + named : /^\d+$/.test(text) ? Number(text) : Number.NaN;
  return number >= min && number <= max ? number : null;
}
