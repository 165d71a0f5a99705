import ICAL from 'ical.js';
import { describe, expect, test } from 'vitest';
import { timetableSources } from '../../src/admin/timetable-sources.ts';
import type { HolidaySets } from '../../src/core/schedule.ts';
import type { Site } from '../../src/core/site.ts';
import { horizonAt } from '../../src/scheduler/compile.ts';
import { compileTimetable } from '../../src/scheduler/timetable.ts';
import { openZone } from '../../src/scheduler/zone.ts';
import type { Change } from '../../src/schema/storage.ts';
import type { StoredTimetable, TimetableFields } from '../../src/schema/timetable.ts';
import { rule } from '../scheduler/rules.ts';
import { closedOn, daily, on } from '../scheduler/shapes.ts';
import { aSite, doors, resources, write } from './resources.ts';

const dryRun = { ...write(), dry_run: true };
const store = '00000000-0000-5000-8000-0000000000d3';
const fixedTimetable = '00000000-0000-5000-8000-0000000000f3';
const holidaySet = '00000000-0000-5000-8000-0000000000f4';
const [front, back] = aSite.doors as [Site['doors'][number], Site['doors'][number]];
const relay = { id: 'l', name: 'lock' } as Site['locks'][number];
const site: Site = {
  ...aSite,
  time_zone: 'Europe/Berlin',
  locks: [relay],
  doors: [front, back, { ...front, id: store, name: 'store', lock: 'code lock' }],
};
const siteWithFixed: Site = {
  ...site,
  timetables: [
    {
      id: fixedTimetable,
      name: 'shop',
      door_ids: [doors.front],
      rules: [rule('unlocked', { cron: { expression: '0 8 * * mon-fri', minutes: 600 } })],
    },
  ],
};

const rules = (...given: ReturnType<typeof rule>[]) => given as unknown as TimetableFields['rules'];
const fields = (more: Partial<TimetableFields> = {}): TimetableFields => ({
  external_id: null,
  name: 'Shop',
  door_ids: [doors.front],
  rules: rules(rule('unlocked', { week: on(['mon'], '08:00-18:00') })),
  ...more,
});

describe('timetables', () => {
  test('are stored as they are given, and told in the feed', async () => {
    const { timetables, feedTypes } = await resources(undefined, () => site);
    const { object, created, applied } = await timetables.create(fields(), write());
    expect({ created, applied }).toEqual({ created: true, applied: null });
    expect(timetables.get(object.id)).toMatchObject({ ...fields(), fixed: false });
    await timetables.remove(object.id, write());
    expect(await feedTypes()).toEqual(['timetable.created', 'timetable.deleted']);
  });

  test.each<[string, Partial<TimetableFields>, string, RegExp]>([
    ['a door nobody knows', { door_ids: [fixedTimetable] }, '/door_ids/0', /GET \/v1\/doors/],
    ['a door with a code lock', { door_ids: [doors.back, store] }, '/door_ids/1', /relay lock/],
    ['neither windows nor cron', { rules: rules(rule('unlocked')) }, '/rules/0/week', /not both/],
    [
      'windows and cron',
      { rules: rules(rule('unlocked', { week: daily(), cron: { expression: '0 8 * * *', minutes: 5 } })) },
      '/rules/0/week',
      /not both/,
    ],
    [
      'a cron expression that is none',
      { rules: rules(rule('unlocked', { cron: { expression: '0 8 * *', minutes: 5 } })) },
      '/rules/0/cron/expression',
      /five fields.*found 4/,
    ],
    [
      'a first person who locks',
      { rules: rules(rule('disabled', { week: daily(), first_person: { from: '07:00', to: '09:00' } })) },
      '/rules/0/first_person',
      /only unlocks/,
    ],
    [
      'holidays nobody made',
      { rules: rules(rule('unlocked', { week: daily(), holidays: closedOn(holidaySet) })) },
      '/rules/0/holidays/0/holiday_id',
      /GET \/v1\/holidays/,
    ],
  ])('%s: refused with what would be right', async (_, wrong, pointer, detail) => {
    const { timetables } = await resources(undefined, () => site);
    await expect(timetables.create(fields(wrong), write())).rejects.toMatchObject({
      code: 'invalid_input',
      errors: [{ pointer, detail: expect.stringMatching(detail) as string }],
    });
  });

  test('a door goes by one at most, the site file included', async () => {
    const { timetables } = await resources(undefined, () => siteWithFixed);
    const { object } = await timetables.create(fields({ door_ids: [doors.back] }), write());
    for (const taken of [doors.front, doors.back]) {
      await expect(timetables.create(fields({ door_ids: [taken] }), write())).rejects.toMatchObject({
        errors: [{ pointer: '/door_ids/0', detail: expect.stringMatching(/already/) as string }],
      });
    }
    // Its own doors are not in its way.
    await timetables.update(object.id, { door_ids: [doors.back], name: 'Back' }, write());
    expect(timetables.get(object.id).name).toBe('Back');
  });

  test('of the site file are shown and not changed', async () => {
    const { timetables } = await resources(undefined, () => siteWithFixed);
    const [shown] = timetables.list({ limit: 10, after: null }, {}).items;
    expect(shown).toMatchObject({ id: fixedTimetable, name: 'shop', fixed: true, door_ids: [doors.front] });
    const refused = { code: 'method_not_allowed' };
    await expect(timetables.update(fixedTimetable, { name: 'x' }, write())).rejects.toMatchObject(refused);
    await expect(timetables.remove(fixedTimetable, write())).rejects.toMatchObject(refused);
  });

  test('whoever may lose a door by a change waits for the doors', async () => {
    const { timetables, waits } = await resources(undefined, () => site);
    const shut = rules(rule('disabled', { week: daily('00:00-24:00') }));
    const { object } = await timetables.create(fields(), write());
    expect(waits).toHaveLength(0);
    expect((await timetables.update(object.id, { name: 'Other' }, write())).applied).toBeNull();
    expect((await timetables.update(object.id, { rules: shut }, write())).applied).toBe(true);
    expect((await timetables.create(fields({ door_ids: [doors.back], rules: shut }), write())).applied).toBe(
      true,
    );
    expect((await timetables.remove(object.id, write())).applied).toBe(true);
    expect(waits).toHaveLength(3);
  });

  test('holidays that one goes by stay', async () => {
    const { timetables, holidays } = await resources(undefined, () => site);
    const set = await holidays.create({ external_id: null, name: 'H', days: [] }, write());
    const by = rules(rule('unlocked', { week: daily('08:00-18:00'), holidays: closedOn(set.object.id) }));
    const { object } = await timetables.create(fields({ rules: by }), write());
    await expect(holidays.remove(set.object.id, write())).rejects.toMatchObject({ code: 'still_referenced' });
    const all = { days: [{ date: '2026-01-01', until: '2028-01-01', yearly: false }] };
    expect((await holidays.update(set.object.id, all, dryRun)).warnings).toEqual([]);
    await timetables.remove(object.id, write());
    await holidays.remove(set.object.id, write());
  });

  test('a dry run stores nothing and tells what may not be meant', async () => {
    const { timetables, directory } = await resources(undefined, () => site);
    const both = rules(
      rule('unlocked', { week: daily('08:00-18:00') }),
      rule('disabled', { cron: { expression: '0 12 * * *', minutes: 60 } }),
    );
    const { warnings } = await timetables.create(fields({ rules: both }), dryRun);
    expect(warnings).toMatchObject([{ code: 'contradiction', pointer: '/rules/1' }]);
    expect(directory.timetables.size).toBe(0);
  });
});

test('the iCalendar, read back by another parser, has the periods and how the doors stand', async () => {
  const { timetables, clock } = await resources(undefined, () => site);
  const given = [
    rule('unlocked', { week: daily('09:00-17:00'), first_person: { from: '08:00', to: '10:00' } }),
    rule('card_and_pin', { week: daily('22:00-06:00') }),
    rule('disabled', { cron: { expression: '30 2 * * sun', minutes: 45 } }),
  ];
  const { object } = await timetables.create(fields({ name: 'Shop; "ä"', rules: rules(...given) }), write());
  const events = new ICAL.Component(ICAL.parse(timetables.calendar(object.id)))
    .getAllSubcomponents('vevent')
    .map((one) => new ICAL.Event(one));
  const { periods } = compileTimetable(given, new Map(), openZone('Europe/Berlin'), horizonAt(clock.wall()));
  expect(
    events.map(({ startDate, endDate }) => [startDate, endDate].map((at) => at.toJSDate().getTime())),
  ).toEqual(periods.map(({ from, until }) => [from, until]));
  expect(new Set(events.map(({ summary }) => summary))).toEqual(
    new Set(['Shop; "ä": unlocked by the first person', 'Shop; "ä": card and PIN', 'Shop; "ä": disabled']),
  );
  expect(new Set(events.map(({ uid }) => uid)).size).toBe(events.length);
  expect(() => timetables.calendar(store)).toThrow(/no timetable/);
});

describe('what the doors timetables are made of', () => {
  const stamp = { revision: 1, created_at: '', updated_at: '', external_id: null, name: '' };
  const timetable = (
    id: string,
    door_ids: string[],
    ...given: ReturnType<typeof rule>[]
  ): StoredTimetable => ({
    ...stamp,
    id,
    door_ids,
    rules: rules(...given),
  });
  const always = rule('card_and_pin', { week: daily('00:00-24:00') });
  const change = (
    before: StoredTimetable | null,
    after: StoredTimetable | null,
  ): Extract<Change, { kind: 'timetable' }> => ({
    kind: 'timetable',
    id: (after ?? before)?.id ?? '',
    before,
    after,
  });
  const base = {
    holidays: new Map() as HolidaySets,
    zone: openZone('UTC'),
    horizon: { from: 0, until: 86_400_000 },
  };
  const made = (more: { base?: typeof base | null; fixed?: Site['timetables'] } = {}) =>
    timetableSources({ timetables: new Map() }, { timetables: more.fixed ?? [] }, () =>
      more.base === undefined ? base : more.base,
    );

  test('a door has a row as long as it is in a timetable, and the one that took it over last counts', () => {
    const sources = made();
    const [one, two] = [timetable('one', ['front', 'back'], always), timetable('two', ['back'], always)];
    sources.apply(change(null, one));
    expect(sources.all().map(({ id }) => id)).toEqual(['front', 'back']);
    const without = { ...one, door_ids: ['front'] };
    sources.apply(change(one, without));
    sources.apply(change(null, two));
    sources.apply(change(without, null));
    expect(sources.all().map(({ id }) => id)).toEqual(['back']);
    expect(sources.of('front')).toBeNull();
    expect(sources.of('back')?.timetable().periods).toEqual([
      { from: 0, until: 86_400_000, mode: 'card_and_pin', arrival: null },
    ]);
  });

  test('the site file goes before the records', () => {
    const fixed = [{ id: 'fixed', name: 'fixed', door_ids: ['front'], rules: [] }];
    const sources = made({ fixed });
    sources.apply(change(null, timetable('one', ['front'], always)));
    expect(sources.of('front')?.timetable().periods).toEqual([]);
  });

  test('is worked out once for all doors of a timetable; without a horizon there is none', () => {
    const sources = made();
    sources.apply(change(null, timetable('one', ['front', 'back'], always)));
    expect(sources.of('front')?.timetable()).toBe(sources.of('back')?.timetable());
    expect(made({ base: null }).of('front')).toBeNull();
  });

  test('a changed holiday touches the doors whose timetable goes by it, a new horizon all', () => {
    const sources = made();
    const by = rule('unlocked', { week: daily('08:00-18:00'), holidays: closedOn('set') });
    sources.apply(change(null, timetable('one', ['front'], by)));
    sources.apply(change(null, timetable('two', ['back'], always)));
    const ids = (changes: Change[]) => sources.touched(changes).map(({ id }) => id);
    expect(ids([{ kind: 'holiday', id: 'set', before: null, after: null }])).toEqual(['front']);
    expect(ids([{ kind: 'horizon', id: 'horizon', before: null, after: null }])).toEqual(['front', 'back']);
    expect(ids([change(null, timetable('three', ['x']))])).toEqual([]);
  });
});
