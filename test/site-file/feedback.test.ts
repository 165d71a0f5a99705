import { describe, expect, test } from 'vitest';
import { usualFeedback } from '../../src/core/feedback.ts';
import { readSite } from '../../src/site-file/load-site.ts';
import { edited, models, siteText } from './site-text.ts';

const shown = edited('address = 0', 'address = 0\nfeedback = "quiet"').text;
const read = (table: string, text = shown) => readSite('/etc/postern/site.toml', `${text}\n${table}`, models);

describe('feedback of readers', () => {
  test('signals that a table leaves out are as usual, and so are readers without one', () => {
    const site = read('[feedback.quiet]\ngranted = { color = "green", beeps = 2 }');
    const readers = site.ok ? site.site.readers : [];
    expect(readers.map(({ feedback }) => feedback)).toEqual([
      {
        ...usualFeedback,
        granted: { color: 'green', blink_ms: null, lasts_ms: 3_000, beeps: 2, beep_ms: 100, text: 'Open' },
      },
      undefined,
    ]);
  });

  test.each([
    ['[feedback.quite]', 'readers.front.feedback', /did you mean "quite"/],
    [
      '[feedback.quiet]\nready = { color = "red", lasts = "1s" }',
      'feedback.quiet.ready.lasts',
      /unknown key/,
    ],
    ['[feedback.quiet]\nready = { color = "pink" }', 'feedback.quiet.ready.color', /"amber"/],
    ['[feedback.quiet]\ngranted = { color = "red", lasts = "2m" }', 'feedback.quiet.granted.lasts', /"60s"/],
    [
      '[feedback.quiet]\nready = { color = "red", text = "Tür" }',
      'feedback.quiet.ready.text',
      /printable ASCII/,
    ],
  ])('%s is blamed on %s', (table, path, says) => {
    const site = read(table);
    expect(site.ok ? [] : site.problems).toContainEqual(
      expect.objectContaining({ path, message: expect.stringMatching(says) }),
    );
  });

  test('a table that no reader shows is a warning', () => {
    const site = read('[feedback.loud]', siteText);
    expect(site.ok && site.warnings.map(({ path }) => path)).toEqual(['feedback.loud']);
  });
});
