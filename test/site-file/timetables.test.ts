import { expect, test } from 'vitest';
import { readSite } from '../../src/site-file/load-site.ts';
import { edited, models, siteText } from './site-text.ts';

const attached = edited('lock = "front"\nreaders', 'lock = "front"\ntimetable = "shop"\nreaders').text;
const holidays = '[holidays.public]\ndays = ["12-25/12-26"]\n';
const read = (text: string, site = attached) =>
  readSite('/etc/postern/site.toml', `${site}\n${text}`, models);

function problems(text: string, site?: string): string[] {
  const loaded = read(text, site);
  const found = loaded.ok ? loaded.warnings : loaded.problems;
  return found
    .filter(({ path }) => /timetable/.test(path))
    .map(({ path, message, severity }) => `${severity === 'warning' ? 'warning: ' : ''}${path}: ${message}`);
}

test('a timetable is a list of rules for the doors that name it', () => {
  const site = read(`${holidays}
[[timetables.shop.rules]]
mode = "unlocked"
mon = ["08:00-12:00", "13:00-18:00"]
first_person = "07:30-10:00"
holidays = { public = "closed" }
valid_until = "2026-12-31"

[[timetables.shop.rules]]
mode = "card_and_pin"
cron = "0 20 * * mon-fri"
for = "10h"
exceptions = [{ date = "2026-12-24", windows = ["12:00-24:00"] }]
`);
  if (!site.ok) throw new Error(JSON.stringify(site.problems));
  const { timetables, doors, holidays: sets } = site.site;
  const empty = { tue: [], wed: [], thu: [], fri: [], sat: [], sun: [] };
  expect(timetables).toEqual([
    {
      id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-5/) as string,
      name: 'shop',
      door_ids: [doors.find(({ name }) => name === 'front')?.id],
      rules: [
        {
          mode: 'unlocked',
          week: {
            mon: [
              { from: '08:00', to: '12:00' },
              { from: '13:00', to: '18:00' },
            ],
            ...empty,
          },
          cron: null,
          valid_from: null,
          valid_until: '2026-12-31',
          holidays: [{ holiday_id: sets[0]?.id, rule: 'closed', windows: [] }],
          exceptions: [],
          first_person: { from: '07:30', to: '10:00' },
        },
        {
          mode: 'card_and_pin',
          week: null,
          cron: { expression: '0 20 * * mon-fri', minutes: 600 },
          valid_from: null,
          valid_until: null,
          holidays: [],
          exceptions: [{ date: '2026-12-24', windows: [{ from: '12:00', to: '24:00' }] }],
          first_person: null,
        },
      ],
    },
  ]);
});

test.each([
  ['mode = "open"', /rules\[0\]\.mode: expected "unlocked", "card_and_pin" or "disabled", found "open"/],
  ['mode = "normal"', /expected "unlocked"/],
  ['mon = ["08:00-18:00"]', /rules\[0\]\.mode: missing: expected "unlocked"/],
  ['mode = "unlocked"\nmon = ["8-18"]', /rules\[0\]\.mon\[0\]: expected a window/],
  ['mode = "unlocked"\ncron = "0 8 * *"\nfor = "8h"', /rules\[0\]\.cron: a cron expression has five fields/],
  ['mode = "unlocked"\ncron = "0 25 * * *"\nfor = "8h"', /the hour is 0 to 23/],
  ['mode = "unlocked"\ncron = "0 8 * * *"', /rules\[0\]\.for: missing: expected how long.*for = "8h"/],
  ['mode = "unlocked"\ncron = "0 8 * * *"\nfor = "8"', /the unit is missing/],
  ['mode = "unlocked"\ncron = "0 8 * * *"\nfor = "90s"', /expected whole minutes/],
  ['mode = "unlocked"\ncron = "0 8 * * *"\nfor = "169h"', /expected a duration from "1m" to "168h"/],
  ['mode = "unlocked"\nfor = "8h"\nmon = ["08:00-18:00"]', /rules\[0\]\.for: only a cron time/],
  [
    'mode = "unlocked"\ncron = "0 8 * * *"\nfor = "8h"\nmon = ["08:00-18:00"]',
    /rules\[0\]\.mon: .*another rule/,
  ],
  [
    'mode = "disabled"\nmon = ["08:00-18:00"]\nfirst_person = "07:00-09:00"',
    /first_person: a first person only/,
  ],
  [
    'mode = "unlocked"\nmon = ["08:00-18:00"]\nholidays = { publik = "closed" }',
    /no holiday is called "publik"/,
  ],
  ['mode = "unlocked"\nmonday = ["08:00-18:00"]', /unknown key/],
  ['mode = "unlocked"\nvalid_from = 2026-02-01\nvalid_until = 2026-01-01', /expected valid_from/],
])('%s: the mistake is told with what would be right', (lines, says) => {
  const found = problems(`${holidays}[[timetables.shop.rules]]\n${lines}\n`);
  expect(found).toHaveLength(1);
  expect(found[0]).toMatch(says);
});

test('a timetable that no door names is a warning, one that is not there a mistake', () => {
  const shop = '[[timetables.shop.rules]]\nmode = "unlocked"\nmon = ["08:00-18:00"]\n';
  expect(problems(shop)).toEqual([]);
  expect(problems(shop, siteText)).toEqual(['warning: timetables.shop: no door goes by this timetable']);
  expect(problems('')[0]).toMatch(/^doors\.front\.timetable: no timetable is called "shop"/);
  expect(problems('[timetables.shop]\nrules = []\n')[0]).toMatch(/at least one rule/);
});

test('a lock that decides by itself takes no timetable', () => {
  const text = `
[locks.store]
port = "b"
unit = 9
model = "code-lock-10"
[doors.store]
lock = "store"
timetable = "shop"
[[timetables.shop.rules]]
mode = "unlocked"
mon = ["08:00-18:00"]
`;
  expect(problems(text)[0]).toMatch(/^doors\.store\.timetable: lock "store" decides by its own code table/);
});
