import { describe, expect, test } from 'vitest';
import { readSite } from '../../src/site-file/load-site.ts';
import type { Problem } from '../../src/site-file/problem.ts';
import { edited, models, siteText } from './site-text.ts';

const problemsIn = (text: string, path = '/etc/postern/site.toml'): Problem[] => {
  const read = readSite(path, text, models);
  return read.ok ? read.warnings : read.problems;
};

interface Row {
  what: string;
  from: string;
  /** `▸` marks where the mistake is to be blamed. */
  to: string;
  path: string;
  says: RegExp;
}

const errors: Row[] = [
  // Syntax
  {
    what: 'a value without quotes',
    from: 'strike = "5s"',
    to: 'strike = ▸5s',
    path: 'doors.front.strike',
    says: /expected a value: text, names and durations in quotes/,
  },
  {
    what: 'a word without quotes',
    from: 'secure = true\n\n[readers.back]',
    to: 'secure = ▸True\n\n[readers.back]',
    path: 'readers.front.secure',
    says: /text, names and durations in quotes, a number, true or false/,
  },
  {
    what: 'a letter of another encoding than UTF-8',
    from: 'name = "Test"',
    to: 'name = "Caf▸\uFFFD"',
    path: '',
    says: /not UTF-8: save the file as UTF-8/,
  },
  {
    what: 'an open string',
    from: 'name = "Test"',
    to: 'name = ▸"Test',
    path: 'site.name',
    says: /quote at its end is missing/,
  },
  {
    what: 'an open list',
    from: 'readers = ["front"]',
    to: 'readers = ▸["front"',
    path: 'doors.front.readers',
    says: /not closed/,
  },
  {
    what: 'an open inline table',
    from: 'contact = { input = 0 }',
    to: 'contact = ▸{ input = 0',
    path: 'locks.front.contact',
    says: /not closed/,
  },
  { what: 'a header without its end', from: '[pin]', to: '[pin▸', path: '', says: /ends with ]/ },
  { what: 'a key without a value', from: 'relay = 1', to: 'relay▸', path: '', says: /followed by =/ },
  {
    what: 'a key twice',
    from: 'min_length = 4',
    to: 'min_length = 4\nmin_length = 5▸',
    path: '',
    says: /twice/,
  },
  {
    what: 'a name every object has',
    from: '[pin]',
    to: '▸[pin.__proto__]',
    path: 'pin.__proto__',
    says: /may not be used as a name/,
  },
  // Shape
  {
    what: 'an unknown key',
    from: 'unit = 1\n',
    to: 'unit = 1\n▸relays = 0\n',
    path: 'locks.front.relays',
    says: /did you mean "relay"\?/,
  },
  {
    what: 'an unknown key unlike any other',
    from: 'min_length = 4',
    to: 'min_length = 4\n▸zzzzzzzzzz = 1',
    path: 'pin.zzzzzzzzzz',
    says: /known here: min_length, max_length/,
  },
  {
    what: 'an unknown table',
    from: '[doors.back]',
    to: '▸[door.back]',
    path: 'door',
    says: /did you mean "doors"\?/,
  },
  {
    what: 'an unknown key of an inline table',
    from: '{ input = 1 }',
    to: '{ input = 1, ▸active = "open" }',
    path: 'locks.front.exit_button.active',
    says: /did you mean "active_when"\?/,
  },
  {
    what: 'an unknown key of one kind of port',
    from: 'host = "gateway"',
    to: 'host = "gateway"\n▸hst = 1',
    path: 'ports.b.hst',
    says: /did you mean "host"\?/,
  },
  {
    what: 'a wrong type',
    from: 'address = 1',
    to: 'address = ▸"1"',
    path: 'readers.back.address',
    says: /expected a whole number from 0 to 126, found "1"/,
  },
  {
    what: 'a value where a table belongs',
    from: 'contact = { input = 0 }',
    to: 'contact = ▸0',
    path: 'locks.front.contact',
    says: /expected a table such as \{ input = 0 \}, found 0/,
  },
  {
    what: 'a number out of range',
    from: 'address = 1',
    to: 'address = ▸127',
    path: 'readers.back.address',
    says: /from 0 to 126, found 127/,
  },
  {
    what: 'a number beyond all numbers',
    from: 'address = 1',
    to: 'address = ▸99999999999999999999',
    path: 'readers.back.address',
    says: /from 0 to 126/,
  },
  {
    what: 'a fraction',
    from: 'address = 1',
    to: 'address = ▸1.5',
    path: 'readers.back.address',
    says: /whole number/,
  },
  {
    what: 'a duration without a unit',
    from: '"5s"',
    to: '▸"5"',
    path: 'doors.front.strike',
    says: /expected a duration, .*"5s".*, found "5"; the unit is missing$/,
  },
  {
    what: 'a bare number for a duration',
    from: '"5s"',
    to: '▸5',
    path: 'doors.front.strike',
    says: /"1h", found 5; did you mean "5s"\?$/,
  },
  {
    what: 'an unknown unit',
    from: '"5s"',
    to: '▸"5 sec"',
    path: 'doors.front.strike',
    says: /expected a duration, .*"3m".*, found "5 sec"; "sec" is no unit here$/,
  },
  {
    what: 'a duration out of range',
    from: '"5s"',
    to: '▸"11m"',
    path: 'doors.front.strike',
    says: /from "100ms" to "10m", found "11m"/,
  },
  {
    what: 'a word that is none',
    from: 'secure = true\n\n[readers.back]',
    to: 'secure = ▸"no"\n\n[readers.back]',
    path: 'readers.front.secure',
    says: /true or false/,
  },
  {
    what: 'an unknown kind of port',
    from: 'kind = "tcp"',
    to: 'kind = ▸"tpc"',
    path: 'ports.b.kind',
    says: /"serial", "tcp", "tls" or "evdev", found "tpc"; did you mean "tcp"\?/,
  },
  {
    what: 'a baud rate nobody has',
    from: 'port = 4001',
    to: 'port = 4001\nbaud = ▸9601',
    path: 'ports.b.baud',
    says: /9600, /,
  },
  {
    what: 'a missing key',
    from: 'protocol = "osdp"\nport = "a"\naddress = 1',
    to: 'port = "a"\naddress = 1',
    path: 'readers.back.protocol',
    says: /missing: expected "osdp"|missing/,
  },
  {
    what: 'a name in capitals',
    from: '[doors.back]',
    to: '▸[doors.Back]',
    path: 'doors.Back',
    says: /kebab-case/,
  },
  {
    what: 'an id that is no UUID',
    from: '"6f0d2f0e-5a3b-4c1e-9c59-2a8a9e1f0d01"',
    to: '▸"my-house"',
    path: 'site.id',
    says: /uuidgen/,
  },
  {
    what: 'a feed that is too small',
    from: '[pin]',
    to: '[feed]\nmax_entries = ▸10\n\n[pin]',
    path: 'feed.max_entries',
    says: /a whole number from 10000 to 10000000/,
  },
  {
    what: 'a webhook target that is a URL',
    from: '[pin]',
    to: '[webhooks]\nallow = ["*.example.com", ▸"https://x.example.com"]\n\n[pin]',
    path: 'webhooks.allow[1]',
    says: /a host name, "\*\.domain", "\*", an address or a range/,
  },
  {
    what: 'a webhook target that is a broken address',
    from: '[pin]',
    to: '[webhooks]\nallow = [▸"192.168.1.256"]\n\n[pin]',
    path: 'webhooks.allow[0]',
    says: /an address or a range/,
  },
  {
    what: 'a listening address without a port',
    from: '"127.0.0.1:8750"',
    to: '▸"127.0.0.1"',
    path: 'api.listen',
    says: /HOST:PORT/,
  },
  // References
  {
    what: 'a reader on no port',
    from: 'port = "a"\naddress = 1',
    to: 'port = ▸"aa"\naddress = 1',
    path: 'readers.back.port',
    says: /no port is called "aa"; did you mean "a"\?/,
  },
  {
    what: 'a lock on no port',
    from: 'port = "b"\nunit = 1',
    to: 'port = ▸"locks"\nunit = 1',
    path: 'locks.front.port',
    says: /no port is called "locks"; known: a, b/,
  },
  {
    what: 'a panel on no port',
    from: 'port = "b"\nunit = 2',
    to: 'port = ▸"locks"\nunit = 2',
    path: 'panel.port',
    says: /no port is called/,
  },
  {
    what: 'a lock of no model',
    from: 'model = "relay-4"',
    to: 'model = ▸"relay-5"',
    path: 'locks.front.model',
    says: /no lock model is called "relay-5"; did you mean "relay-4"\?/,
  },
  {
    what: 'a door without its lock',
    from: 'lock = "front"',
    to: 'lock = ▸"frnt"',
    path: 'doors.front.lock',
    says: /no lock is called "frnt"; did you mean "front"\?/,
  },
  {
    what: 'a door with no such reader',
    from: '["back"]',
    to: '["back", ▸"bak"]',
    path: 'doors.back.readers[1]',
    says: /no reader is called "bak"; did you mean "back"\?/,
  },
  {
    what: 'a partition that is none',
    from: 'restricted_by = "house"',
    to: 'restricted_by = ▸"home"',
    path: 'doors.back.restricted_by',
    says: /no partition is called "home"/,
  },
  // Claims
  {
    what: 'one reader at two doors',
    from: '["back"]',
    to: '["back", ▸"front"]',
    path: 'doors.back.readers[1]',
    says: /reader "front" belongs to doors.front already/,
  },
  {
    what: 'one reader twice at a door',
    from: '["back"]',
    to: '["back", ▸"back"]',
    path: 'doors.back.readers[1]',
    says: /belongs to doors.back already/,
  },
  {
    what: 'one lock at two doors',
    from: 'lock = "back"',
    to: 'lock = ▸"front"',
    path: 'doors.back.lock',
    says: /lock "front" belongs to doors.front already/,
  },
  {
    what: 'two readers with one address',
    from: 'address = 1',
    to: 'address = ▸0',
    path: 'readers.back.address',
    says: /readers.front has address 0 on port "a" already/,
  },
  {
    what: 'two locks on one relay',
    from: 'relay = 1',
    to: 'relay = ▸0',
    path: 'locks.back.relay',
    says: /locks.front has relay 0 of unit 1/,
  },
  {
    what: 'an input used twice',
    from: '{ input = 1 }',
    to: '{ input = ▸0 }',
    path: 'locks.front.exit_button.input',
    says: /used by locks.front already/,
  },
  {
    what: 'an input of a partition used twice',
    from: 'armed_input = 1',
    to: 'armed_input = ▸0',
    path: 'panel.partitions.house.armed_input',
    says: /used by panel.partitions.house already/,
  },
  {
    what: 'an input that lock and panel share',
    from: 'unit = 2\n\n[panel.partitions.house]\ndisarmed_input = 0',
    to: 'unit = 1\n\n[panel.partitions.house]\ndisarmed_input = ▸0',
    path: 'panel.partitions.house.disarmed_input',
    says: /used by locks.front already/,
  },
  {
    what: 'a relay the board has not',
    from: 'relay = 1',
    to: 'relay = ▸4',
    path: 'locks.back.relay',
    says: /expected 0 to 3, the relays of a "relay-4", found 4/,
  },
  {
    what: 'an input the board has not',
    from: '{ input = 1 }',
    to: '{ input = ▸9 }',
    path: 'locks.front.exit_button.input',
    says: /expected 0 to 3, the inputs/,
  },
  {
    what: 'one board with two models',
    from: 'model = "relay-4"\nrelay = 1',
    to: 'model = ▸"relay-2-timed"\nrelay = 1',
    path: 'locks.back.model',
    says: /one board has one model/,
  },
  {
    what: 'OSDP and Modbus on one port',
    from: 'port = "b"\nunit = 2',
    to: 'port = ▸"a"\nunit = 2',
    path: 'panel.port',
    says: /carries OSDP \(reader "front"\)/,
  },
  {
    what: 'two ports on one device',
    from: '[ports.b]',
    to: '[ports.c]\nkind = "serial"\npath = ▸"/dev/ttyA"\n\n[ports.b]',
    path: 'ports.c.path',
    says: /ports.a is the same device/,
  },
  {
    what: 'two ports on one gateway',
    from: '[ports.a]',
    to: '[ports.c]\nkind = "tcp"\nhost = "gateway"\nport = 4001\n\n[ports.a]',
    path: 'ports.b.port',
    says: /ports.c is the same address/,
  },
  {
    what: 'an OSDP port with parity',
    from: 'path = "/dev/ttyA"',
    to: 'path = "/dev/ttyA"\nparity = ▸"even"',
    path: 'ports.a.parity',
    says: /expected "none" for OSDP/,
  },
  {
    what: 'a panel without partitions',
    from: '[panel.partitions.house]\ndisarmed_input = 0\narmed_input = 1',
    to: '▸[panel.partitions]',
    path: 'panel.partitions',
    says: /at least one/,
  },
  // Rules
  {
    what: 'an unknown zone',
    from: '"Europe/Berlin"',
    to: '▸"Europe/Berln"',
    path: 'site.time_zone',
    says: /did you mean "Europe\/Berlin"\?/,
  },
  {
    what: 'a city for a zone',
    from: '"Europe/Berlin"',
    to: '▸"Zurich"',
    path: 'site.time_zone',
    says: /did you mean "Europe\/Zurich"\?/,
  },
  {
    what: 'an offset for a zone',
    from: '"Europe/Berlin"',
    to: '▸"+02:00"',
    path: 'site.time_zone',
    says: /is no time zone/,
  },
  {
    what: 'a file of a time service that outlives a reboot',
    from: '[pin]',
    to: '[clock]\nntp_file = ▸"/var/lib/chrony/drift"\n[pin]',
    path: 'clock.ntp_file',
    says: /expected a file under \/run/,
  },
  {
    what: 'a trust there is not',
    from: '[pin]',
    to: '[clock]\ntrust = ▸"rtc"\n[pin]',
    path: 'clock.trust',
    says: /"auto", "ntp"/,
  },
  {
    what: 'PIN lengths upside down',
    from: 'min_length = 4',
    to: 'min_length = ▸9',
    path: 'pin.min_length',
    says: /at most max_length, which is 8, found 9/,
  },
  {
    what: 'a keypad that enters at a length no PIN has',
    from: 'address = 1',
    to: 'address = 1\nkeypad = { fixed_length = ▸9 }',
    path: 'readers.back.keypad.fixed_length',
    says: /4 to 8, found 9/,
  },
  {
    what: 'lock-outs that shrink',
    from: '[api]',
    to: '[lock_out]\ndurations = ["5m", ▸"1m"]\n\n[api]',
    path: 'lock_out.durations[1]',
    says: /shorter/,
  },
  {
    what: 'the key beside the data',
    from: '"key/site.key"',
    to: '▸"state/site.key"',
    path: 'site.key_file',
    says: /another directory/,
  },
  {
    what: "a socket in the place of the door process's own",
    from: 'socket = "admin.sock"',
    to: 'socket = ▸"door.sock"',
    path: 'api.socket',
    says: /call this one admin\.sock/,
  },
  {
    what: 'a socket path too long for the kernel',
    from: '"admin.sock"',
    // With /etc/postern/ before it 108 bytes (unix(7)).
    to: `▸"${'x'.repeat(95)}"`,
    path: 'api.socket',
    says: /at most 107 bytes/,
  },
];

const warnings: Row[] = [
  {
    what: 'a strike longer than the board can time',
    from: 'unit = 1\nmodel = "relay-4"\nrelay = 1\n\n[doors.front]\ntitle = "Front door"\nlock = "front"\nreaders = ["front"]\nstrike = "5s"\n\n[doors.back]',
    to: 'unit = 3\nmodel = "relay-2-timed"\nrelay = 1\n\n[doors.front]\nlock = "front"\nreaders = ["front"]\n\n[doors.back]\nstrike = ▸"26s"',
    path: 'doors.back.strike',
    says: /25500 ms at most/,
  },
  {
    what: 'a reader in plain',
    from: 'secure = true',
    to: 'secure = ▸false',
    path: 'readers.front.secure',
    says: /runs in plain: .*; remove this line and pair it/,
  },
  {
    what: 'a reader at no door',
    from: '[readers.back]',
    to: '▸[readers.yard]\nprotocol = "osdp"\nport = "a"\naddress = 5\nsecure = true\n\n[readers.back]',
    path: 'readers.yard',
    says: /no door uses this reader/,
  },
  {
    what: 'a lock at no door',
    from: '[doors.front]',
    to: '▸[locks.yard]\nport = "b"\nunit = 1\nmodel = "relay-4"\nrelay = 2\n\n[doors.front]',
    path: 'locks.yard',
    says: /no door uses this lock/,
  },
  {
    what: 'a port for nothing',
    from: '[ports.b]',
    to: '▸[ports.c]\nkind = "serial"\npath = "/dev/ttyC"\n\n[ports.b]',
    path: 'ports.c',
    says: /nothing uses this port/,
  },
  {
    what: 'an API open to the network',
    from: '"127.0.0.1:8750"',
    to: '▸"0.0.0.0:8750"',
    path: 'api.listen',
    says: /plain HTTP/,
  },
  {
    what: 'a keypad that fits some PINs only',
    from: 'address = 1',
    to: 'address = 1\nkeypad = { fixed_length = ▸6 }',
    path: 'readers.back.keypad.fixed_length',
    says: /only those of 6/,
  },
];

describe('a site file with one mistake', () => {
  test('the text all rows start from has none', () => {
    expect(problemsIn(siteText)).toEqual([]);
  });

  test.each([
    ...errors.map((row) => ({ ...row, severity: 'error' })),
    ...warnings.map((row) => ({ ...row, severity: 'warning' })),
  ])('$what is told with its place and what would be right', ({ from, to, path, says, severity }) => {
    const { text, line, column } = edited(from, to);
    const found = problemsIn(text).find((problem) => problem.path === path && says.test(problem.message));
    expect(found, JSON.stringify(problemsIn(text), null, 1)).toBeDefined();
    expect(found?.severity).toBe(severity);
    if (to.includes('▸')) expect([found?.line, found?.column]).toEqual([line, column]);
    expect(readSite('/etc/postern/site.toml', text, models).ok).toBe(severity === 'warning');
  });

  test('a missing key is blamed on the header of its table', () => {
    const { text, line, column } = edited(
      '[locks.back]\nport = "b"\nunit = 1\n',
      '▸[locks.back]\nport = "b"\n',
    );
    expect(problemsIn(text)).toMatchObject(
      [{ path: 'locks.back.unit', line, column, message: /^missing/ }].map(({ message, ...rest }) => ({
        ...rest,
        message: expect.stringMatching(message),
      })),
    );
  });
});

test('mistakes of every kind in one file are all told, in the order of the text', () => {
  let text = siteText;
  const spoil = (from: string, to: string) => {
    text = edited(from, to, text).text;
  };
  spoil('min_length = 4', 'min_lenght = 4');
  spoil('address = 1', 'address = "one"');
  spoil('lock = "front"', 'lock = "frnt"');
  spoil('strike = "5s"', 'strike = "5 sec"');
  spoil('armed_input = 1', 'armed_input = 0');
  spoil('relay = 1', 'relay = 7');
  expect(
    problemsIn(text)
      .filter(({ severity }) => severity === 'error')
      .map(({ path }) => path),
  ).toEqual([
    'pin.min_lenght',
    'readers.back.address',
    'locks.back.relay',
    'doors.front.lock',
    'doors.front.strike',
    'panel.partitions.house.armed_input',
  ]);
});

test('a table with a mistake still counts as there for those that name it', () => {
  const { text } = edited('relay = 1', 'relay = "one"');
  expect(problemsIn(text).map(({ path }) => path)).toEqual(['locks.back.relay']);
});

const timed = (strike: string, more = '') =>
  edited(
    'unit = 1\nmodel = "relay-4"\nrelay = 1\n\n[doors.front]\ntitle = "Front door"\nlock = "front"\nreaders = ["front"]\nstrike = "5s"\n\n[doors.back]',
    `unit = 3\nmodel = "relay-2-timed"\nrelay = 1\n${more}\n[doors.front]\nlock = "front"\nreaders = ["front"]\n\n[doors.back]\nstrike = "${strike}"`,
  ).text;

test.each([
  ['the longest path of a socket', edited('"admin.sock"', `"${'x'.repeat(94)}"`).text],
  ['an API for this computer only', edited('"127.0.0.1:8750"', '"[::1]:8750"').text],
  ['the longest strike that the board can time', timed('25500ms')],
  [
    'a long strike of a magnet, which the board cannot time',
    timed('26s', 'released_when = "de_energised"\n'),
  ],
  [
    'a reader that only has the exit button of a door',
    edited(
      '[readers.back]',
      '[readers.yard]\nprotocol = "osdp"\nport = "a"\naddress = 5\n\n[readers.back]',
    ).text.replace('readers = ["back"]', 'readers = ["back"]\nexit_button = { reader = "yard", input = 0 }'),
  ],
  [
    'a schedule for a single day',
    `${siteText}\n[schedules.eve]\nthu = ["08:00-12:00"]\nvalid_from = "2026-12-24"\nvalid_until = "2026-12-24"\n`,
  ],
])('%s is no mistake, and not warned of', (_, text) => {
  expect(problemsIn(text)).toEqual([]);
});
