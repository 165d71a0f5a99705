import { beforeAll, describe, expect, it } from 'vitest';
import { scopes } from '../../src/schema/record.ts';
import { type ApiUnderTest, apiUnderTest } from './api-under-test.ts';
import { doorId } from './fake-admin.ts';

let api: ApiUnderTest;
beforeAll(async () => {
  api = await apiUnderTest();
});

describe('timetables over HTTP', () => {
  it('take rules of which only the mode and the times are needed', async () => {
    const rules = [
      { mode: 'unlocked', week: { mon: [{ from: '08:00', to: '18:00' }] } },
      { mode: 'disabled', cron: { expression: '0 22 * * *', minutes: 480 } },
    ];
    const made = await api.call('POST', '/v1/timetables', { name: 'Shop', door_ids: [doorId], rules });
    expect(made.status).toBe(201);
    const rest = { valid_from: null, valid_until: null, holidays: [], exceptions: [], first_person: null };
    expect(made.body).toMatchObject({
      fixed: false,
      rules: [
        { ...rest, cron: null },
        { ...rest, week: null },
      ],
    });
  });

  it('come as an iCalendar too', async () => {
    const { body } = await api.call('POST', '/v1/timetables', { name: 'Shop', door_ids: [], rules: [] });
    const answer = await api.call('GET', `/v1/timetables/${body['id']}.ics`);
    expect([answer.status, answer.headers['content-type']]).toEqual([200, 'text/calendar; charset=utf-8']);
    expect(answer.text).toMatch(/^BEGIN:VCALENDAR\r\n/);
  });

  it.each([
    [{ mode: 'normal' }, '/rules/0/mode'],
    [{ mode: 'unlocked', cron: { expression: '0 8 * * *' } }, '/rules/0/cron/minutes'],
    [{ mode: 'unlocked', cron: { expression: '0 8 * * *', minutes: 0 } }, '/rules/0/cron/minutes'],
    [{ mode: 'unlocked', first_person: { from: '7:00', to: '09:00' } }, '/rules/0/first_person/from'],
  ])('%o is no rule, and the answer says where', async (rule, pointer) => {
    const refused = await api.call('POST', '/v1/timetables', { name: 'Shop', door_ids: [], rules: [rule] });
    expect(refused.status).toBe(400);
    expect(refused.body['errors']).toMatchObject([{ pointer }]);
  });
});

describe('how doors stand', () => {
  it('is set by nobody who may only give access or open a door once', async () => {
    const others = scopes.filter((scope) => scope !== 'doors:mode');
    const call = api.as(api.admin.key('portal', ...others));
    const timetable = { name: 'open for all', door_ids: [doorId], rules: [] };
    for (const [method, url, body] of [
      ['POST', `/v1/doors/${doorId}/mode`, { mode: 'unlocked' }],
      ['POST', '/v1/timetables', timetable],
      ['PUT', '/v1/timetables/by-external-id/shop', timetable],
      ['PATCH', `/v1/timetables/${doorId}`, { rules: [] }],
      ['DELETE', `/v1/timetables/${doorId}`, undefined],
    ] as const) {
      const { status, body: told } = await call(method, url, body);
      expect([status, told['required_scope']], `${method} ${url}`).toEqual([403, 'doors:mode']);
    }
  });
});

describe('the mode of a door over HTTP', () => {
  it.each([
    [{ mode: 'open' }, '/mode'],
    [{}, '/mode'],
    [{ mode: 'disabled', until: '19:00' }, '/until'],
    [{ mode: 'disabled', until: '2026-03-02T19:00:00' }, '/until'],
    [{ mode: null, until: '2026-03-02T19:00:00Z' }, '/until'],
  ])('%o is refused with what would be right', async (body, pointer) => {
    const refused = await api.call('POST', `/v1/doors/${doorId}/mode`, body);
    expect(refused.status).toBe(400);
    expect(refused.body['errors']).toMatchObject([{ pointer }]);
    expect(api.admin.modes).toEqual([]);
  });

  it('is put for some time, or until released', async () => {
    const put = (body: object) => api.call('POST', `/v1/doors/${doorId}/mode`, body);
    const timed = await put({ mode: 'disabled', until: '2026-03-02T19:00:00+01:00' });
    expect([timed.status, timed.body]).toMatchObject([
      200,
      { door_id: doorId, mode: 'disabled', until: '2026-03-02T18:00:00.000Z' },
    ]);
    await put({ mode: 'unlocked' });
    await put({ mode: null });
    expect(api.admin.modes).toEqual([
      `${doorId} disabled ${Date.UTC(2026, 2, 2, 18)}`,
      `${doorId} unlocked null`,
      `${doorId} null null`,
    ]);
  });

  it('of no door of the site is not found', async () => {
    const url = '/v1/doors/0f0e0d0c-0b0a-5908-8706-0000000000ff/mode';
    expect((await api.call('POST', url, { mode: 'disabled' })).status).toBe(404);
  });

  it('is shown with every door: how it stands, and why', async () => {
    const { body } = await api.call('GET', `/v1/doors/${doorId}`);
    expect(body['mode']).toEqual({
      now: 'normal',
      timetable: 'unlocked',
      override: { mode: 'normal', until: '2026-03-02T18:00:00.000Z' },
      waits_for: null,
    });
  });
});
