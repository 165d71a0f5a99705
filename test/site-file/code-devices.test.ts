import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readSite } from '../../src/site-file/load-site.ts';
import { loadModels } from '../../src/site-file/models.ts';
import { siteThingId } from '../../src/site-file/site-id.ts';
import { edited, models, siteText } from './site-text.ts';

/** The site of the other tests, with a lock that has a code table, and a panel that is spoken to. */
const codeSite = `${siteText.slice(0, siteText.indexOf('[panel]'))}[locks.shed]
port = "b"
unit = 5
model = "code-lock-10"

[doors.shed]
lock = "shed"

[ports.p]
kind = "serial"
path = "/dev/ttyP"

[panel]
model = "nx-584"
port = "p"
wire = "ascii"

[panel.partitions.house]
number = 1

[panel.partitions.annex]
number = 2
`;

const read = (text: string) => readSite('/etc/postern/site.toml', text, models);
const siteOf = (text: string) => {
  const found = read(text);
  if (!found.ok) throw new Error(JSON.stringify(found.problems));
  expect(found.warnings).toEqual([]);
  return found.site;
};

describe('devices that keep codes', () => {
  test('a lock with a code table is no relay lock, and its door has nothing but a title', () => {
    const site = siteOf(codeSite);
    expect(site.locks.map(({ name }) => name)).toEqual(['front', 'back']);
    expect(site.code_locks).toMatchObject([
      {
        id: siteThingId(site.id, 'lock', 'shed'),
        name: 'shed',
        port: 'b',
        unit: 5,
        model: { name: 'code-lock-10', traits: { capacity: 10, reserved_slots: [10] } },
        programming: { armed_changes: 'keep', changed_on_device: 'leave', quarantine_ms: 0 },
      },
    ]);
    expect(site.doors.at(-1)).toMatchObject({ name: 'shed', lock: 'shed', readers: [] });
  });

  test('a panel that is spoken to has a model, numbered partitions, and doors that they restrict', () => {
    const text = edited('wire = "ascii"', 'wire = "binary"\ncode_file = "key/panel.code"', codeSite).text;
    const { panel, doors, id } = siteOf(text);
    expect(panel).toMatchObject({
      kind: 'nx_584',
      id: siteThingId(id, 'panel', 'panel'),
      name: 'panel',
      port: 'p',
      wire: 'binary',
      code_file: '/etc/postern/key/panel.code',
      model: { kind: 'nx_584', programs_while_armed_from: null },
      partitions: [
        { name: 'house', number: 1 },
        { name: 'annex', number: 2 },
      ],
    });
    expect(doors[1]?.restricted_by).toBe('house');
  });

  test('a freed slot rests for a day where its removal is only acknowledged', () => {
    const elk = edited('model = "nx-584"', 'model = "elk-m1"', edited('wire = "ascii"\n', '', codeSite).text);
    expect(siteOf(elk.text).panel).toMatchObject({
      kind: 'elk_m1',
      programming: { quarantine_ms: 86_400_000 },
    });
    const own = edited('port = "p"', 'port = "p"\nquarantine = "2h"', elk.text).text;
    expect(siteOf(own).panel).toMatchObject({ programming: { quarantine_ms: 7_200_000 } });
  });
});

/** The same with an Elk M1 on its secure port. */
const fingerprint = Array(32).fill('A7').join(':');
const secureSite = edited(
  'kind = "serial"\npath = "/dev/ttyP"',
  `kind = "tls"\nhost = "elk"\nport = 2601\ncertificate = "${fingerprint}"`,
  edited('model = "nx-584"', 'model = "elk-m1"', edited('wire = "ascii"\n', '', codeSite).text).text,
).text;

describe('a secure port', () => {
  const portOf = (text: string) => siteOf(text).ports.find(({ name }) => name === 'p');

  test('has one TLS version, and the fingerprint of the certificate it wants to see', () => {
    const rest = { name: 'p', kind: 'tls', host: 'elk', port: 2601, baud: 115_200 };
    const trust = { by: 'fingerprint', sha256: 'A7'.repeat(32) };
    expect(portOf(secureSite)).toEqual({ ...rest, version: '1.2', trust });
    const small = edited(`"${fingerprint}"`, `"${'a7'.repeat(32)}"\nversion = "1.0"`, secureSite).text;
    expect(portOf(small)).toEqual({ ...rest, version: '1.0', trust });
  });

  test('or an authority, or nothing, which is warned of', () => {
    const authority = edited(`certificate = "${fingerprint}"`, 'ca_file = "/etc/ca.pem"', secureSite).text;
    expect(portOf(authority)).toMatchObject({ trust: { by: 'authority', file: '/etc/ca.pem' } });
    const { text, line, column } = edited(`"${fingerprint}"`, '▸"any"', secureSite);
    const found = read(text);
    expect(found).toMatchObject({ ok: true, warnings: [{ path: 'ports.p.certificate', line, column }] });
    const site = found.ok ? found.site : null;
    expect(site?.ports.find(({ name }) => name === 'p')).toMatchObject({ trust: { by: 'nothing' } });
  });

  test('has a login in a file of its own', () => {
    const text = edited('port = "p"', 'port = "p"\nlogin_file = "key/panel.login"', secureSite).text;
    expect(siteOf(text).panel).toMatchObject({ login_file: '/etc/postern/key/panel.login' });
    expect(siteOf(secureSite).panel).not.toHaveProperty('login_file');
  });

  const pin = `certificate = "${fingerprint}"`;
  test.each([
    ['no certificate', `${pin}\n`, '', 'ports.p.certificate', /missing: .* write 64 zeros/],
    ['a fingerprint that is none', pin, 'certificate = ▸"A7:B"', 'ports.p.certificate', /64 hex digits/],
    ['any, in capitals', pin, 'certificate = ▸"ANY"', 'ports.p.certificate', /or "any", found "ANY"/],
    ['both', pin, `${pin}\n▸ca_file = "/ca.pem"`, 'ports.p.ca_file', /keep one of the two/],
    ['an authority beside the file', pin, 'ca_file = ▸"ca.pem"', 'ports.p.ca_file', /absolute path/],
    ['a version that is none', pin, `${pin}\nversion = ▸"1.1"`, 'ports.p.version', /"1.0", "1.2" or "1.3"/],
    ['a version as a number', pin, `${pin}\nversion = ▸1.2`, 'ports.p.version', /"1.0", "1.2" or "1.3"/],
    ['no address', 'host = "elk"\n', '', 'ports.p.host', /missing: expected a host/],
    ['an NX panel', '"elk-m1"', '"nx-584"\nwire = "ascii"', 'panel.port', /only an Elk M1 has a secure port/],
    ['a lock', 'port = "b"\nunit = 5', 'port = ▸"p"\nunit = 5', 'locks.shed.port', /only an Elk M1/],
    [
      'a login beside the data',
      'port = "p"',
      'port = "p"\nlogin_file = ▸"state/login"',
      'panel.login_file',
      /the panel's password; keep it in another directory/,
    ],
  ])('%s', (_, from, to, path, says) => {
    const { text, line, column } = edited(from, to, secureSite);
    const found = read(text);
    const problems = found.ok ? [] : found.problems;
    const problem = problems.find((one) => one.path === path && says.test(one.message));
    expect(problem, JSON.stringify(problems, null, 1)).toMatchObject({ severity: 'error' });
    if (to.includes('▸')) expect([problem?.line, problem?.column]).toEqual([line, column]);
  });

  test.each([
    ['an NX panel', codeSite, 'port = "p"', /only an Elk M1 asks/],
    ['a panel on dry contacts', siteText, 'model = "dry_contact"', /keeps no codes/],
    [
      'an Elk M1 in the clear',
      edited('kind = "tls"', 'kind = "tcp"', edited(`${pin}\n`, '', secureSite).text).text,
      'port = "p"',
      /over a port of kind "tls" only, and "p" is none/,
    ],
  ])('%s has no login', (_, site, after, says) => {
    const { text, line, column } = edited(after, `${after}\n▸login_file = "x"`, site);
    const found = read(text);
    const problem = found.ok ? undefined : found.problems.find(({ path }) => path === 'panel.login_file');
    expect(problem).toMatchObject({ line, column, message: expect.stringMatching(says) });
  });
});

describe('mistakes', () => {
  const shed = 'model = "code-lock-10"';
  test.each([
    [
      'a relay of a lock with codes',
      shed,
      `${shed}\n▸relay = 0`,
      'locks.shed.relay',
      /only a lock on a relay/,
    ],
    ['a contact of one', shed, `${shed}\n▸contact = { input = 0 }`, 'locks.shed.contact', /own code table/],
    ['no relay', 'relay = 1\n', '', 'locks.back.relay', /missing: expected the relay of the board/],
    [
      'slots of a relay',
      'relay = 1',
      'relay = 1\n▸quarantine = "1h"',
      'locks.back.quarantine',
      /keeps no codes/,
    ],
    [
      'a reader at its door',
      'lock = "shed"',
      'lock = "shed"\n▸readers = []',
      'doors.shed.readers',
      /neither reads cards/,
    ],
    [
      'a strike there',
      'lock = "shed"',
      'lock = "shed"\n▸strike = "5s"',
      'doors.shed.strike',
      /only title and lock/,
    ],
    [
      'a restriction there',
      'lock = "shed"',
      'lock = "shed"\n▸restricted_by = "house"',
      'doors.shed.restricted_by',
      /own code table/,
    ],
    [
      'a model that is none',
      shed,
      'model = ▸"code-lock-11"',
      'locks.shed.model',
      /did you mean "code-lock-10"\?/,
    ],
    ['a panel for a lock', shed, 'model = ▸"nx-584"', 'locks.shed.model', /no lock model is called/],
    ['a unit of somebody else', 'unit = 5', 'unit = 1', 'locks.shed.model', /one board has one model/],
    [
      'a unit twice',
      '[doors.shed]',
      '[locks.barn]\nport = "b"\nunit = ▸5\nmodel = "code-lock-10"\n[doors.shed]',
      'locks.barn.unit',
      /is locks.shed, a lock with a code table, already/,
    ],
    [
      'a code lock on the readers’ port',
      'port = "b"\nunit = 5',
      'port = ▸"a"\nunit = 5',
      'locks.shed.port',
      /carries OSDP/,
    ],
    [
      'a code lock on the panel’s port',
      'port = "b"\nunit = 5',
      'port = ▸"p"\nunit = 5',
      'locks.shed.port',
      /the panel's own protocol/,
    ],
    [
      'the panel on the readers’ port',
      'port = "p"',
      'port = ▸"a"',
      'panel.port',
      /a panel needs a port of its own/,
    ],
    [
      'an unknown panel',
      '"nx-584"',
      '▸"nx-58"',
      'panel.model',
      /no panel model is called "nx-58"; did you mean "nx-584"\?/,
    ],
    ['no wire', 'wire = "ascii"\n', '', 'panel.wire', /missing: expected "ascii" or "binary", as programmed/],
    ['a wire that is none', '"ascii"', '▸"text"', 'panel.wire', /"ascii" or "binary", found "text"/],
    [
      'a wire of an Elk',
      '"nx-584"\nport = "p"\nwire',
      '"elk-m1"\nport = "p"\n▸wire',
      'panel.wire',
      /one framing only/,
    ],
    [
      'a unit of a panel',
      'wire = "ascii"',
      'wire = "ascii"\n▸unit = 2',
      'panel.unit',
      /only model = "dry_contact"/,
    ],
    ['no number', 'number = 2\n', '', 'panel.partitions.annex.number', /missing: expected the number/],
    [
      'a number twice',
      'number = 2',
      'number = ▸1',
      'panel.partitions.annex.number',
      /panel.partitions.house is number 1 already/,
    ],
    [
      'a number beyond eight',
      'number = 2',
      'number = ▸9',
      'panel.partitions.annex.number',
      /from 1 to 8, found 9/,
    ],
    [
      'an input of a numbered partition',
      'number = 2',
      'number = 2\n▸disarmed_input = 0',
      'panel.partitions.annex.disarmed_input',
      /in its own protocol/,
    ],
    [
      'the code beside the data',
      'wire = "ascii"',
      'wire = "ascii"\ncode_file = ▸"state/panel.code"',
      'panel.code_file',
      /another directory/,
    ],
    [
      'a door restricted by no partition',
      'restricted_by = "house"',
      'restricted_by = ▸"hous"',
      'doors.back.restricted_by',
      /did you mean "house"\?/,
    ],
    [
      'a change that is neither kept nor rejected',
      'wire = "ascii"',
      'wire = "ascii"\narmed_changes = ▸"later"',
      'panel.armed_changes',
      /"keep" or "reject"/,
    ],
  ])('%s', (_, from, to, path, says) => {
    const { text, line, column } = edited(from, to, codeSite);
    const found = read(text);
    const problems = found.ok ? [] : found.problems;
    const problem = problems.find((one) => one.path === path && says.test(one.message));
    expect(problem, JSON.stringify(problems, null, 1)).toMatchObject({ severity: 'error' });
    if (to.includes('▸')) expect([problem?.line, problem?.column]).toEqual([line, column]);
  });

  test.each([
    [
      'a code file',
      'model = "dry_contact"',
      'model = "dry_contact"\n▸code_file = "x"',
      'panel.code_file',
      /keeps no codes/,
    ],
    ['no unit', 'port = "b"\nunit = 2', 'port = "b"', 'panel.unit', /missing: expected the Modbus unit/],
    ['no input', 'disarmed_input = 0\n', '', 'panel.partitions.house.disarmed_input', /missing/],
    [
      'a number',
      'armed_input = 1',
      'armed_input = 1\n▸number = 1',
      'panel.partitions.house.number',
      /inputs, no numbers/,
    ],
  ])('a panel on dry contacts with %s', (_, from, to, path, says) => {
    const { text, line, column } = edited(from, to);
    const found = read(text);
    const problem = found.ok ? undefined : found.problems.find((one) => one.path === path);
    expect(problem?.message).toMatch(says);
    if (to.includes('▸')) expect([problem?.line, problem?.column]).toEqual([line, column]);
  });
});

describe('a model of a lock with a code table', () => {
  const shipped = (name: string) =>
    readFileSync(new URL(`../../config/models/${name}.toml`, import.meta.url), 'utf8');
  const load = (name: string, text: string) =>
    loadModels({ readdir: () => Promise.resolve([`${name}.toml`]), readFile: () => Promise.resolve(text) }, [
      '/m',
    ]);

  test.each([
    [
      'a field beyond its block',
      'sequence = 7',
      'sequence = ▸8',
      'map.mailbox.sequence',
      /within the 8 registers/,
    ],
    ['digits beyond their block', 'size = 7', 'size = 5', 'map.slot.digits', /within the 5 registers/],
    ['two fields in one place', 'flags = 6', 'flags = ▸5', 'map.mailbox.flags', /"digits" is there/],
    [
      'too few registers',
      'registers = 3',
      'registers = ▸2',
      'map.digits.registers',
      /at least 3, for a code of 10 digits/,
    ],
    ['no result that means done', '0 = "done"\n', '', 'map.results', /means "done"/],
    ['a meaning that is none', '3 = "full"', '3 = ▸"fool"', 'map.results.3', /did you mean "full"\?/],
    ['no empty state', '0 = "empty"\n', '', 'map.states', /no removal is proved/],
    ['a sequence number on one side', 'sequence = 0\n', '', 'map.result.sequence', /or in neither/],
    ['slots that can be read by no command', 'read = 3\n', '', 'map.commands.read', /both or neither/],
    [
      'a reserved slot it has not',
      '[998, 999, 1000]',
      '[998, ▸1001]',
      'traits.reserved_slots[1]',
      /1 to 1000/,
    ],
    [
      'reading back what cannot be read',
      'reads = "digits"',
      'reads = "masked"',
      'traits.confirm_at',
      /where digits cannot be read/,
    ],
  ])('%s', async (_, from, to, path, says) => {
    const { text, line, column } = edited(from, to, shipped('code-lock-1000'));
    const { problems } = await load('code-lock-1000', text);
    const problem = problems.find((one) => one.path === path);
    expect(problem?.message, JSON.stringify(problems)).toMatch(says);
    if (to.includes('▸')) expect([problem?.line, problem?.column]).toEqual([line, column]);
  });

  test('binary digits need a length', async () => {
    const { text } = edited('packing = "ascii"', 'packing = "binary"', shipped('code-lock-30-ascii'));
    const { problems } = await load('code-lock-30-ascii', text);
    expect(problems.map(({ path }) => path)).toEqual(['map.mailbox.length', 'map.slot.length']);
  });

  test('where no length is told, filler is no digit', async () => {
    const { text } = edited('filler = 0x20', 'filler = 0x30', shipped('code-lock-30-ascii'));
    const { problems } = await load('code-lock-30-ascii', text);
    expect(problems.map(({ path }) => path)).toEqual(['map.digits.filler']);
  });

  test('a file of an unknown kind says which there are', async () => {
    const { problems } = await load('x', 'kind = "lock"\nname = "x"\n');
    expect(problems[0]?.message).toMatch(/"relay_board", "code_table" or "panel", found "lock"/);
  });
});
