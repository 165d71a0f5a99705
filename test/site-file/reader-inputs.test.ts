import { describe, expect, test } from 'vitest';
import { readSite } from '../../src/site-file/load-site.ts';
import { edited, models, siteText } from './site-text.ts';

const contact = 'contact = { reader = "back", input = 1 }';
const back = (line: string, text = siteText) =>
  edited('lock = "back"\n', `lock = "back"\n${line}\n`, text).text;
const read = (text: string) => readSite('/etc/postern/site.toml', text, models);

describe('a door contact or exit button at a reader', () => {
  test('is part of the door, and its reader is asked for its inputs', () => {
    const button = 'exit_button = { reader = "back", input = 0, active_when = "open" }';
    const site = read(back(`${contact}\n${button}`));
    if (!site.ok) throw new Error(site.problems.map(({ message }) => message).join());
    const door = site.site.doors.find(({ name }) => name === 'back');
    expect(door?.contact).toEqual({ reader: 'back', input: 1, active_when: 'open' });
    expect(door?.exit_button).toEqual({ reader: 'back', input: 0, active_when: 'open' });
    expect(site.site.readers.map(({ inputs_used }) => inputs_used)).toEqual([undefined, true]);
    expect(site.warnings).toEqual([]);
  });

  test('counts as a use of the reader', () => {
    const text = back(contact).replace('readers = ["back"]', 'readers = []');
    const site = read(text);
    expect(site.ok && site.warnings.map(({ message }) => message)).toEqual(['no reader opens this door']);
  });

  test('pressed over a plain wire is a warning, for anyone there can press it', () => {
    const text = back('exit_button = { reader = "back", input = 0 }').replace(
      'address = 1\nsecure = true',
      'address = 1\nsecure = false',
    );
    const site = read(text);
    expect(site.ok && site.warnings.map(({ path }) => path)).toContain('doors.back.exit_button');
  });

  test.each([
    [
      'nobody',
      back('contact = { reader = "bakc", input = 0 }'),
      'doors.back.contact.reader',
      /did you mean "back"/,
    ],
    [
      'two doors',
      back(contact).replace(
        'lock = "front"\n',
        `lock = "front"\nexit_button = { reader = "back", input = 1 }\n`,
      ),
      'doors.back.contact',
      /input 1 of reader "back" is used by doors.front already/,
    ],
    [
      'a door whose lock has one',
      siteText.replace('lock = "front"\n', `lock = "front"\n${contact}\n`),
      'doors.front.contact',
      /on its board already/,
    ],
    [
      'a reader without inputs',
      back(contact).replace(
        'protocol = "osdp"\nport = "a"\naddress = 1\nsecure = true',
        'protocol = "serial_ascii"\nport = "c"\nframe = { kind = "line", content = "uid_hex" }',
      ),
      'doors.back.contact.reader',
      /only writes text/,
    ],
    [
      'a lock',
      siteText.replace('relay = 1\n', 'reader = "back"\n'),
      'locks.back.reader',
      /who opens the reader opens the door/,
    ],
  ])('for %s is refused where it stands', (_, text, path, says) => {
    const site = read(text);
    expect(site.ok ? [] : site.problems).toContainEqual(
      expect.objectContaining({ path, message: expect.stringMatching(says) }),
    );
  });
});

test('a reader may send whole PINs', () => {
  const text = edited('address = 0', 'address = 0\nkeypad = { whole_pins = true }').text;
  const site = read(text);
  expect(site.ok && site.site.readers.map(({ keypad }) => keypad.whole_pins)).toEqual([true, undefined]);
});
