import { expect, test } from 'vitest';
import { readSite } from '../../src/site-file/load-site.ts';
import { models, siteText } from './site-text.ts';

const read = (text: string) => readSite('/etc/postern/site.toml', `${siteText}\n${text}`, models);

function problems(text: string): string[] {
  const site = read(text);
  const found = site.ok ? site.warnings : site.problems;
  return found
    .filter(({ path }) => /schedules|holidays/.test(path))
    .map(({ path, message }) => `${path}: ${message}`);
}

const holidays = '[holidays.public]\ndays = ["12-25/12-26", "2026-04-06", "2026-07-01/2026-07-14"]\n';

test('schedules and holidays are read as their author writes them, with ids that follow from their names', () => {
  const site = read(`${holidays}
[schedules.office]
mon = ["08:00-12:00", "13:00-24:00"]
sat = ["22:00-06:00"]
valid_from = 2026-01-01
valid_until = "2026-12-31"
holidays = { public = ["10:00-12:00"] }
exceptions = [{ date = "2026-12-24", windows = ["08:00-12:00"] }, { date = "2026-12-31" }]
`);
  if (!site.ok) throw new Error(JSON.stringify(site.problems));
  const [set] = site.site.holidays;
  expect(set).toMatchObject({
    name: 'public',
    days: [
      { date: '2000-12-25', until: '2000-12-26', yearly: true },
      { date: '2026-04-06', until: null, yearly: false },
      { date: '2026-07-01', until: '2026-07-14', yearly: false },
    ],
  });
  expect(site.site.schedules).toMatchObject([
    {
      name: 'office',
      week: {
        mon: [
          { from: '08:00', to: '12:00' },
          { from: '13:00', to: '24:00' },
        ],
        tue: [],
        sat: [{ from: '22:00', to: '06:00' }],
      },
      valid_from: '2026-01-01',
      valid_until: '2026-12-31',
      holidays: [{ holiday_id: set?.id, rule: 'windows', windows: [{ from: '10:00', to: '12:00' }] }],
      exceptions: [
        { date: '2026-12-24', windows: [{ from: '08:00', to: '12:00' }] },
        { date: '2026-12-31', windows: [] },
      ],
    },
  ]);
  const again = read(`${holidays}[schedules.office]\nmon = []\n`);
  expect(again.ok && again.site.schedules[0]?.id).toBe(site.site.schedules[0]?.id);
  expect(site.site.schedules[0]?.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5/);
});

test.each([
  [
    'mon = ["9:00-17:00"]',
    /^schedules\.x\.mon\[?\.?0\]?: expected a window such as "09:00-17:00".*found "9:00-17:00"/,
  ],
  ['mon = ["09:00-09:00"]', /not empty/],
  ['mon = ["09:00-24:01"]', /expected a window/],
  ['mon = ["24:00-01:00"]', /expected a window/],
  ['monday = ["09:00-17:00"]', /unknown key; did you mean "mon"\?|unknown key; known here/],
  ['valid_from = "2026-02-30"', /schedules\.x\.valid_from: expected a date/],
  [
    'valid_from = "2026-03-01"\nvalid_until = "2026-02-28"',
    /valid_until: expected valid_from, which is 2026-03-01/,
  ],
  ['holidays = { publik = "closed" }', /no holiday is called "publik"; did you mean "public"\?/],
  ['holidays = { public = "shut" }', /expected "closed", "ignored", or a list of windows/],
  ['holidays = { public = [] }', /expected "closed", "ignored", or a list of windows/],
  ['exceptions = [{ date = "2026-12-24" }, { date = "2026-12-24" }]', /2026-12-24 has an exception already/],
])('%s: the mistake is told with what would be right', (line, says) => {
  const found = problems(`${holidays}[schedules.x]\n${line}\n`);
  expect(found).toHaveLength(1);
  expect(found[0]).toMatch(says);
});

test.each(['"2026-13-01"', '"12-32"', '"2026-07-14/2026-07-01"', '"12-25/2026-01-01"', '7', '"a/b/c"'])(
  'a holiday %s is none',
  (day) => {
    expect(problems(`[holidays.public]\ndays = [${day}]\n`)[0]).toMatch(
      /expected a day such as "2026-12-24"/,
    );
  },
);
