import { describe, expect, test } from 'vitest';
import { standardFormats } from '../../src/core/card-format.ts';
import { readSite } from '../../src/site-file/load-site.ts';
import { models, siteText } from './site-text.ts';

const read = (more: string) => readSite('/etc/postern/site.toml', `${siteText}\n${more}`, models);
const own = `[formats.own]
length = 26
facility = { first = 1, length = 8 }
number = { first = 9, length = 16 }
parity = [{ kind = "even", bit = 0, over = "1-4, 6" }]
`;

describe('card formats of a site', () => {
  test('are the usual ones where nothing is said', () => {
    const site = read('');
    expect(site.ok && site.site.formats.map(({ name }) => name)).toEqual([
      'h10301',
      'h10306',
      'corporate-1000',
    ]);
  });

  test('are those named, in that order, built in or described', () => {
    const site = read(`[cards]\nformats = ["own", "h10304", "h10301"]\n${own}`);
    expect(site.ok ? site.site.formats : site.problems).toEqual([
      {
        name: 'own',
        length: 26,
        facility: { first: 1, length: 8 },
        number: { first: 9, length: 16 },
        parity: [{ kind: 'even', bit: 0, over: [1, 2, 3, 4, 6] }],
      },
      standardFormats.h10304,
      standardFormats.h10301,
    ]);
  });

  test.each([
    ['[cards]\nformats = ["h10031"]', 'cards.formats[0]', /did you mean "h10301"/],
    ['[cards]\nformats = ["h10301", "h10301"]', 'cards.formats[1]', /already/],
    ['[cards]\nformats = ["h10302", "h10304"]', 'cards.formats[1]', /same parity only one can stay/],
    [
      `[cards]\nformats = ["own", "h10301"]\n${own.replace(/parity.*\n/, '')}`,
      'cards.formats[1]',
      /more parity goes first/,
    ],
    [own.replace('[formats.own]', '[formats.uid]'), 'formats.uid', /mean something else/],
    [own.replace('[formats.own]', '[formats.h10301]'), 'formats.h10301', /built in/],
    [own.replace('length = 16', 'length = 18'), 'formats.own.number', /bits 0 to 25.*found 26/],
    [own.replace('"1-4, 6"', '"1-26"'), 'formats.own.parity[0]', /found 26/],
    [own.replace('"1-4, 6"', '"0-4"'), 'formats.own.parity[0]', /parity bit itself/],
    [own.replace('"1-4, 6"', '"4-1"'), 'formats.own.parity[0].over', /such as "1-12"/],
    [own.replace('"1-4, 6"', '"1-9999"'), 'formats.own.parity[0].over', /0 to 127/],
  ])('%s is blamed on %s', (text, path, says) => {
    const site = read(text);
    const problems = site.ok ? [] : site.problems.filter(({ severity }) => severity === 'error');
    expect(problems).toEqual([expect.objectContaining({ path, message: expect.stringMatching(says) })]);
  });

  test('one that no card is read by is a warning', () => {
    const site = read(own);
    expect(site.ok && site.warnings.map(({ path }) => path)).toEqual(['formats.own']);
  });
});
