import { beforeEach, describe, expect, it } from 'vitest';
import { type ApiUnderTest, apiUnderTest } from './api-under-test.ts';

let api: ApiUnderTest;
beforeEach(async () => {
  api = await apiUnderTest();
});

it('what is stored and may not be meant is told on one page', async () => {
  const answer = await api.call('GET', '/v1/warnings');
  expect(answer.body).toMatchObject({ items: [{ code: 'never', pointer: '/week/mon/0' }], more: false });
});

describe('schedules over HTTP', () => {
  it('take a week in which days without windows are left out', async () => {
    const body = { name: 'Office', week: { mon: [{ from: '09:00', to: '24:00' }] } };
    const made = await api.call('POST', '/v1/schedules', body);
    expect(made.status).toBe(201);
    expect(made.body['week']).toMatchObject({ mon: [{ from: '09:00', to: '24:00' }], sun: [] });
    expect(made.body).toMatchObject({ valid_from: null, holidays: [], exceptions: [], fixed: false });
  });

  it.each([
    [{ from: '9:00', to: '17:00' }, '/week/mon/0/from'],
    [{ from: '24:00', to: '17:00' }, '/week/mon/0/from'],
    [{ from: '09:00', to: '24:01' }, '/week/mon/0/to'],
    [{ from: '09:00' }, '/week/mon/0/to'],
  ])('%o is no window, and the answer says where', async (window, pointer) => {
    const refused = await api.call('POST', '/v1/schedules', { name: 'Office', week: { mon: [window] } });
    expect(refused.status).toBe(400);
    expect(refused.body['errors']).toMatchObject([{ pointer }]);
  });

  it('come as an iCalendar too', async () => {
    const { body } = await api.call('POST', '/v1/schedules', { name: 'Office', week: {} });
    const answer = await api.call('GET', `/v1/schedules/${body['id']}.ics`);
    expect([answer.status, answer.headers['content-type']]).toEqual([200, 'text/calendar; charset=utf-8']);
    expect(answer.text).toMatch(/^BEGIN:VCALENDAR\r\n/);
  });
});
