import { describe, expect, test } from 'vitest';
import { nextReading, siteTime, writtenTime } from '../../src/cli/site-time.ts';

const site = { time: '2026-03-02T09:00:00.000Z', time_zone: 'Europe/Berlin' };

describe('instants for people', () => {
  test('stand in the clock of the site, winter and summer, however the API wrote them', () => {
    const { in: shown } = siteTime('Europe/Berlin');
    expect(shown('a 2026-03-02T09:00:00.000Z, b 2026-07-01T09:00:00Z, c 2026-07-01T12:00:00+03:00')).toBe(
      'a 2026-03-02 10:00:00, b 2026-07-01 11:00:00, c 2026-07-01 11:00:00',
    );
  });

  test('have their zone said, once, and only where there are any', () => {
    const clock = siteTime('Europe/Berlin');
    expect(clock.rows([['Ada', '2026-03-02', '-']])).toEqual([['Ada', '2026-03-02', '-']]);
    expect(clock.note()).toBe('');
    expect(clock.rows([['Ada', '2026-03-02T09:00:00.000Z']])).toEqual([['Ada', '2026-03-02 10:00:00']]);
    expect(clock.note()).toBe('times are those of Europe/Berlin\n');
  });
});

describe('times that people write', () => {
  test.each([
    ['2026-03-02T18:00', '2026-03-02T17:00:00.000Z'],
    ['2026-07-01 18:00:30', '2026-07-01T16:00:30.000Z'],
    ['2026-07-01T18:00Z', '2026-07-01T18:00:00.000Z'],
    ['2026-07-01T18:00:00.500+05:30', '2026-07-01T12:30:00.500Z'],
  ])('%s is by the clock of the site, unless it says otherwise', (text, instant) => {
    const at = writtenTime(text)?.(site) ?? Number.NaN;
    expect(new Date(at).toISOString()).toBe(instant);
  });

  test.each([
    'noon',
    '2026-03-02',
    '18:00',
    '2026-13-02T18:00',
    '2026-02-30T18:00',
    '2026-02-29T18:00+01:00',
    '2026-03-02T18:00X',
    '',
  ])('%j is none', (text) => {
    expect(writtenTime(text)).toBeNull();
  });

  test.each([
    ['10:01', '2026-03-02T09:01:00.000Z'],
    ['10:00', '2026-03-03T09:00:00.000Z'],
  ])('%s is the next one', (text, instant) => {
    expect(new Date(nextReading(text, site)).toISOString()).toBe(instant);
  });
});
