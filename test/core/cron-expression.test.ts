import { CronExpressionParser } from 'cron-parser';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cronFault } from '../../src/core/cron-expression.ts';

test.each([
  '0 8 * * mon-fri',
  '30 2 * * *',
  '0,30 8-10 1-7 jan,jul MON',
  '0 */2 * * *',
  '15 6-22/4 * 1-6/2 6,7',
  '0 0 29 2 *',
  '0 0 31 2 mon',
  '  0  8 * *  1 ',
])('%s is read', (expression) => {
  expect(cronFault(expression)).toBeNull();
});

test.each([
  ['', /five fields: minute, hour.*such as "0 8 \* \* mon-fri"; found none/],
  ['0 8 * *', /found 4/],
  ['0 0 8 * * *', /five fields.*found 6/],
  ['@daily', /found 1/],
  ['60 8 * * *', /the minute is 0 to 59/],
  ['0 24 * * *', /the hour is 0 to 23, each once, such as 8, 8-17/],
  ['0 8 0 * *', /the day of month is 1 to 31/],
  ['0 8 * 13 *', /the month is 1 to 12 or jan to dec/],
  ['0 8 * * 8', /the day of week is 0 to 7 or sun to sat/],
  ['0 8 * * monday', /the day of week/],
  ['H 8 * * *', /the minute/],
  ['0 17-8 * * *', /the hour/],
  ['0 8/2 * * *', /the hour/],
  ['0 */0 * * *', /the hour/],
  ['0 8 L * *', /the day of month/],
  ['0 8,, * * *', /the hour/],
  ['0 8,6-9 * * *', /the hour is 0 to 23, each once/],
  ['0 8 * * 0,7', /the day of week is 0 to 7/],
  ['* * * * *', /comes 1440 times a day: at most 24/],
  ['0 8 31 2,4 *', /never comes/],
])('%s is refused with what would be right', (expression, says) => {
  expect(cronFault(expression)).toMatch(says);
});

test('what is read here, the library that works it out reads too', () => {
  const item = (min: number, max: number) =>
    fc.oneof(
      { weight: 2, arbitrary: fc.constant('*') },
      { weight: 4, arbitrary: fc.integer({ min, max }).map(String) },
      {
        weight: 1,
        arbitrary: fc.tuple(fc.integer({ min, max }), fc.integer({ min, max })).map(([a, b]) => `${a}-${b}`),
      },
      {
        weight: 1,
        arbitrary: fc
          .tuple(fc.integer({ min, max }), fc.integer({ min: 0, max: 70 }))
          .map(([a, n]) => `${a}-${max}/${n}`),
      },
      { weight: 1, arbitrary: fc.integer({ min: 0, max: 70 }).map((n) => `*/${n}`) },
      { weight: 1, arbitrary: fc.string({ maxLength: 4 }) },
    );
  const field = (min: number, max: number) =>
    fc.array(item(min, max), { minLength: 1, maxLength: 2 }).map((items) => items.join(','));
  const expression = fc.tuple(field(0, 59), field(0, 23), field(1, 31), field(1, 12), field(0, 7));
  let read = 0;
  fc.assert(
    fc.property(expression, (fields) => {
      const text = fields.join(' ');
      if (cronFault(text) !== null) return;
      read += 1;
      CronExpressionParser.parse(text, { tz: 'UTC' });
    }),
    { numRuns: 3000 },
  );
  expect(read).toBeGreaterThan(100);
});
