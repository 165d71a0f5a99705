import { describe, expect, test } from 'vitest';
import { readSite } from '../../src/site-file/load-site.ts';
import { models, siteText } from './site-text.ts';

const port = '[ports.c]\nkind = "serial"\npath = "/dev/ttyC"\nparity = "even"\ndata_bits = 7\n';
const lines = `[readers.gate]
protocol = "serial_ascii"
port = "c"
frame = { kind = "line", content = "numbers", format = "h10301" }
`;
/** On a port of a USB keyboard instead. */
const keyboard = (reader: string) =>
  `[ports.d]\nkind = "evdev"\ndevice = "/dev/input/by-id/usb-pad-event-kbd"\n${reader.replace('port = "c"', 'port = "d"')}`;
const read = (reader: string) =>
  readSite('/etc/postern/site.toml', `${siteText}\n${port}\n${reader}`, models);

describe('readers that write text', () => {
  test('are read with their defaults; a port of theirs may have 7 bits and parity', () => {
    const site = read(lines);
    expect(site.ok ? site.site.readers[2] : site.problems).toMatchObject({
      name: 'gate',
      secure: false,
      uid: null,
      ascii: {
        frame: {
          kind: 'line',
          prefix: '',
          suffix: '',
          keys: false,
          content: { is: 'numbers', format: { name: 'h10301' }, separator: ',' },
        },
        repeat_ms: 1_000,
        heard_within_ms: null,
      },
    });
  });

  test('send serial numbers as they are where nothing else is said', () => {
    const frame = 'frame = { kind = "stx_etx", checksum = "xor", content = "uid_hex" }';
    const site = read(lines.replace(/frame = .*/, frame));
    expect(site.ok && site.site.readers[2]).toMatchObject({ uid: 'as_sent' });
  });

  test('may have a heartbeat, which is awaited for a minute where nothing else is said', () => {
    const beating = lines.replace('content =', 'heartbeat = "ALIVE", content =');
    const within = (site: ReturnType<typeof read>) =>
      site.ok ? site.site.readers[2]?.ascii?.heard_within_ms : site.problems;
    expect(within(read(beating))).toBe(60_000);
    expect(within(read(`${beating}heard_within = "5m"\n`))).toBe(300_000);
  });

  test('may be a USB keyboard, of cards or of single keys', () => {
    const pad = lines.replace('gate', 'pad').replace(/frame = .*/, 'frame = { kind = "keys" }');
    const site = read(lines + keyboard(pad));
    expect(site.ok ? site.site.ports.slice(-1) : site.problems).toEqual([
      { name: 'd', kind: 'evdev', device: '/dev/input/by-id/usb-pad-event-kbd' },
    ]);
    expect(site.ok && site.site.readers[3]?.ascii?.frame).toEqual({ kind: 'keys' });
  });

  test.each([
    [keyboard(lines).replace('"/dev/input', '"dev/input'), 'ports.d.device', /path of an input device/],
    [keyboard(lines).replace('device =', 'baud = 9600\ndevice ='), 'ports.d.baud', /unknown key|not a key/],
    [
      keyboard(lines.replace(/frame = .*/, 'frame = { kind = "stx_etx", content = "uid_hex" }')),
      'readers.gate.frame.kind',
      /expected "line" or "keys"/,
    ],
    [
      keyboard('[readers.gate]\nprotocol = "osdp"\naddress = 0\nport = "c"\n'),
      'readers.gate.port',
      /USB keyboard: only a reader of protocol serial_ascii/,
    ],
    [
      keyboard(lines.replace('"c"', '"a"')).replace(
        '[readers.gate]',
        '[locks.shed]\nport = "d"\nunit = 9\nmodel = "relay-4"\nrelay = 0\n[readers.gate]',
      ),
      'locks.shed.port',
      /USB keyboard/,
    ],
    [
      `${keyboard(lines)}[ports.e]\nkind = "evdev"\ndevice = "/dev/input/by-id/usb-pad-event-kbd"\n`,
      'ports.e.device',
      /ports\.d.* is the same device/,
    ],
    [lines.replace('"line"', '"keys"'), 'readers.gate.frame.content', /single keys sends no cards/],
    [
      lines.replace(', content = "numbers", format = "h10301"', ''),
      'readers.gate.frame.content',
      /what it sends for a card/,
    ],
    [lines.replace(/frame = .*\n/, ''), 'readers.gate.frame', /kind = "line"/],
    [lines.replace(', format = "h10301"', ''), 'readers.gate.frame.format', /numbers belong to/],
    [lines.replace('h10301', 'h10302'), 'readers.gate.frame.format', /no card format of this site/],
    [lines.replace('numbers', 'uid_hex'), 'readers.gate.frame.format', /only content = "numbers"/],
    [lines.replace('format =', 'checksum = "xor", format ='), 'readers.gate.frame.checksum', /no checksum/],
    [
      lines.replace('"line"', '"stx_etx"').replace('format =', 'keys = true, format ='),
      'readers.gate.frame.keys',
      /only kind = "line"/,
    ],
    [`${lines}heard_within = "1m"\n`, 'readers.gate.heard_within', /only a reader with a heartbeat/],
    [`${lines}address = 1\n`, 'readers.gate.address', /no address/],
    [`${lines}secure = true\n`, 'readers.gate.secure', /no encryption|no part|no address/],
    [`${lines}${lines.replace('gate', 'yard')}`, 'readers.yard.port', /cannot share/],
    [lines.replace('"serial_ascii"', '"osdp"'), 'readers.gate.frame', /only serial_ascii/],
    [
      '[readers.gate]\nprotocol = "osdp"\nport = "a"\nsecure = false',
      'readers.gate.address',
      /expected its OSDP address/,
    ],
  ])('%s is blamed on %s', (text, path, says) => {
    const site = read(text);
    const problems = site.ok ? [] : site.problems;
    expect(problems).toContainEqual(
      expect.objectContaining({ path, severity: 'error', message: expect.stringMatching(says) }),
    );
  });
});
