import { describe, expect, test } from 'vitest';
import { readSite } from '../../src/site-file/load-site.ts';
import { edited, models, siteText } from './site-text.ts';

const siren = 'output = 1\nfollows = "alarm"';
const withOutput = (lines: string, text = siteText) => `${text}\n[readers.front.outputs.siren]\n${lines}\n`;
const read = (text: string) => readSite('/etc/postern/site.toml', text, models);
const outputsIn = (text: string) => {
  const site = read(text);
  if (!site.ok) throw new Error(site.problems.map(({ path, message }) => `${path}: ${message}`).join());
  return site.site.readers.map(({ outputs }) => outputs);
};

describe('an output of a reader', () => {
  test.each([
    ['sounds for three minutes at most', siren, { output: 1, follows: 'alarm', for_ms: 180_000 }],
    [
      'or for as long as it is told',
      `${siren}\nfor = "30s"`,
      { output: 1, follows: 'alarm', for_ms: 30_000 },
    ],
    [
      'of a door that opens for nobody it stays',
      'output = 0\nfollows = "disabled"',
      { output: 0, follows: 'disabled', for_ms: null },
    ],
    [
      'unless it is limited',
      'output = 0\nfollows = "disabled"\nfor = "1h"',
      { output: 0, follows: 'disabled', for_ms: 3_600_000 },
    ],
  ])('%s', (_, lines, expected) => {
    expect(outputsIn(withOutput(lines))).toEqual([[{ name: 'siren', ...expected }], undefined]);
  });

  test.each([
    ['no number', 'follows = "alarm"', 'readers.front.outputs.siren.output', /a whole number from 0 to 63/],
    ['nothing to follow', 'output = 0', 'readers.front.outputs.siren.follows', /missing: expected "alarm"/],
    [
      'a misspelling',
      'output = 0\nfollows = "alram"',
      'readers.front.outputs.siren.follows',
      /did you mean "alarm"/,
    ],
    [
      'a grant',
      'output = 0\nfollows = "granted"',
      'readers.front.outputs.siren.follows',
      /would make it a lock: .* who opens the reader opens the door/,
    ],
    [
      'an unlocked door',
      'output = 0\nfollows = "unlocked"',
      'readers.front.outputs.siren.follows',
      /would make it a lock/,
    ],
    ['no time at all', `${siren}\nfor = 30`, 'readers.front.outputs.siren.for', /did you mean "30s"/],
    [
      'a number that is taken',
      `${siren}\n[readers.front.outputs.lamp]\n${siren}`,
      'readers.front.outputs.lamp.output',
      /siren is output 1 already/,
    ],
    [
      'another key',
      `${siren}\nlock = "front"`,
      'readers.front.outputs.siren.lock',
      /unknown key; known here/,
    ],
  ])('with %s is refused where that stands', (_, lines, path, says) => {
    const site = read(withOutput(lines));
    expect(site.ok ? [] : site.problems).toContainEqual(
      expect.objectContaining({ path, message: expect.stringMatching(says) }),
    );
  });

  test('of a reader that no door has follows nothing', () => {
    const site = read(withOutput(siren, edited('readers = ["front"]', 'readers = []').text));
    expect(site.ok ? [] : site.problems).toContainEqual(
      expect.objectContaining({
        path: 'readers.front.outputs',
        message: expect.stringMatching(/no door has/),
      }),
    );
  });

  test('of a reader that only writes text is refused', () => {
    const text = siteText.replace(
      /protocol = "osdp"\nport = "a"\naddress = 0\n/,
      'protocol = "serial_ascii"\nport = "c"\nframe = { kind = "line", content = "uid_hex" }\n',
    );
    const site = read(withOutput(siren, text));
    expect(site.ok ? [] : site.problems).toContainEqual(
      expect.objectContaining({
        path: 'readers.front.outputs',
        message: expect.stringMatching(/switches nothing/),
      }),
    );
  });

  test('at a door without a contact is a warning, but for one that follows no contact', () => {
    const bare = siteText.replaceAll(/^contact = .*\n/gm, '');
    const paths = (lines: string) => {
      const site = read(withOutput(lines, bare));
      return site.ok ? site.warnings.map(({ path }) => path) : site.problems;
    };
    expect(paths(siren)).toContain('readers.front.outputs.siren.follows');
    expect(paths('output = 0\nfollows = "disabled"')).not.toContain('readers.front.outputs.siren.follows');
  });
});
