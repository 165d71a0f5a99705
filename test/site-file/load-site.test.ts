import { readFileSync } from 'node:fs';
import fs from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { jsonSchemaOf } from '../../src/schema/shape.ts';
import { siteFile } from '../../src/schema/site-file.ts';
import { loadSite, readSite } from '../../src/site-file/load-site.ts';
import { loadModels, modelDirectories } from '../../src/site-file/models.ts';
import type { SiteFiles } from '../../src/site-file/site-files.ts';
import { siteThingId } from '../../src/site-file/site-id.ts';
import { edited, models, siteText } from './site-text.ts';

const siteOf = (text: string) => {
  const read = readSite('/etc/postern/site.toml', text, models);
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return read.site;
};

describe('a site file without mistakes', () => {
  test('defaults are filled in, durations are milliseconds, paths start at the file', () => {
    const site = siteOf(siteText);
    expect(site).toMatchObject({
      state_dir: '/etc/postern/state',
      key_file: '/etc/postern/key/site.key',
      pin: { min_length: 4, max_length: 8 },
      lock_out: { tries: 5, durations_ms: [90_000, 300_000, 900_000, 3_600_000] },
      api: { host: '127.0.0.1', port: 8750, socket: '/etc/postern/admin.sock' },
      log: { level: 'info', file: null },
    });
    expect(site.ports).toEqual([
      {
        name: 'a',
        kind: 'serial',
        path: '/dev/ttyA',
        baud: 9600,
        data_bits: 8,
        parity: 'none',
        stop_bits: 1,
      },
      { name: 'b', kind: 'tcp', host: 'gateway', port: 4001, baud: 9600 },
    ]);
    expect(site.readers[1]).toMatchObject({
      name: 'back',
      address: 1,
      keypad: { fixed_length: null, inter_digit_timeout_ms: 5000 },
    });
    expect(site.locks[0]).toMatchObject({
      model: models.relay_boards.get('relay-4'),
      contact: { input: 0, active_when: 'open' },
      exit_button: { input: 1, active_when: 'closed' },
      tamper: null,
      released_when: 'energised',
    });
    expect(site.doors[1]).toMatchObject({
      title: 'back',
      strike_ms: 5000,
      held_open_ms: 30_000,
      relock_on_open: true,
      on_shutdown: 'locked',
      restricted_by: 'house',
      arm_state_grace_ms: 600_000,
    });
    expect(site.panel?.partitions).toMatchObject([{ name: 'house', disarmed_input: 0, armed_input: 1 }]);
  });

  test('an id follows from the site and the name, and from nothing else', () => {
    const door = siteOf(siteText).doors[0];
    expect(siteOf(edited('strike = "5s"', 'strike = "1m"').text).doors[0]?.id).toBe(door?.id);
    // A UUID is the same in capitals (RFC 9562, 4).
    const { id } = siteOf(siteText);
    expect(siteOf(edited(id, id.toUpperCase()).text).id).toBe(id);
    const renamed = edited('[doors.front]', '[doors.main]').text;
    expect(siteOf(renamed).doors[0]?.id).not.toBe(door?.id);
    // Made with Python: uuid.uuid5(uuid.UUID("6f0d2f0e-5a3b-4c1e-9c59-2a8a9e1f0d01"), "door/front")
    expect(siteThingId('6f0d2f0e-5a3b-4c1e-9c59-2a8a9e1f0d01', 'door', 'front')).toBe(
      '8dcd4e44-4bce-5dfd-a624-5301fd5778a5',
    );
    expect(door?.id).toBe('8dcd4e44-4bce-5dfd-a624-5301fd5778a5');
  });
});

const failure = (code: string) => Promise.reject(Object.assign(new Error(code), { code }));
const files = (tree: Record<string, string>): SiteFiles => ({
  readFile: (path) => {
    const text = tree[path];
    return text === undefined ? failure('ENOENT') : Promise.resolve(text);
  },
  readdir: (directory) => {
    const names = Object.keys(tree).flatMap((path) =>
      path.startsWith(`${directory}/`) ? [path.slice(directory.length + 1)] : [],
    );
    return names.length === 0 ? failure('ENOENT') : Promise.resolve(names);
  },
});
const model = (name: string, relays: number) => `kind = "relay_board"
name = "${name}"
title = "A board"
relays = ${relays}
inputs = 4
first_coil = 0
first_input = 0
reply_timeout_ms = 200
`;

describe('loading', () => {
  test("an installer's own model replaces the one of the package", async () => {
    const tree = {
      '/p/relay-4.toml': model('relay-4', 4),
      '/e/relay-4.toml': model('relay-4', 6),
      '/s.toml': siteText,
    };
    const loaded = await loadSite('/s.toml', files(tree), ['/p', '/e', '/none']);
    expect(loaded).toMatchObject({ ok: true, site: { locks: [{ model: { relays: 6, timed: null } }, {}] } });
  });

  test('mistakes of a model are told with its file, beside those of the site', async () => {
    const tree = {
      '/p/relay-4.toml': `${model('relay-4', 0)}parity = 1\n`,
      '/p/other.toml': model('another', 1),
      '/s.toml': siteText,
    };
    const loaded = await loadSite('/s.toml', files(tree), ['/p']);
    const places = loaded.ok ? [] : loaded.problems.map(({ file, line, path }) => [file, line, path]);
    expect(places).toEqual([
      ['/s.toml', 40, 'locks.front.model'],
      ['/s.toml', 48, 'locks.back.model'],
      ['/p/other.toml', 2, 'name'],
      ['/p/relay-4.toml', 4, 'relays'],
      ['/p/relay-4.toml', 9, 'parity'],
    ]);
  });

  test('a file that is not there is a problem, not an exception', async () => {
    const loaded = await loadSite('/none.toml', files({}), []);
    expect(loaded).toMatchObject({
      ok: false,
      problems: [{ file: '/none.toml', message: 'there is no such file' }],
    });
  });

  test('models that may not be read are a problem, rather than models that are not there', async () => {
    const closed: SiteFiles = { ...files({ '/s.toml': siteText }), readdir: () => failure('EACCES') };
    const loaded = await loadSite('/s.toml', closed, ['/m']);
    expect(loaded.ok ? [] : loaded.problems.filter(({ file }) => file === '/m')).toMatchObject([
      { severity: 'error', message: expect.stringMatching(/may not read it/) },
    ]);
  });
});

const config = (name: string) => new URL(`../../config/${name}`, import.meta.url).pathname;
const example = () => readFileSync(config('postern.example.toml'), 'utf8');
/** The settings that stand there as comments. */
const uncommented = (text: string) => text.replace(/^# (?=[a-z_]+ = |\[)/gm, '');
const { models: shipped } = await loadModels(fs, modelDirectories.slice(0, 1));

describe('the files we ship', () => {
  test('the example has no mistakes and no warnings', async () => {
    const loaded = await loadSite(config('postern.example.toml'));
    expect(loaded.ok ? loaded.warnings : loaded.problems).toEqual([]);
  });

  test('the demo has no mistakes, and is warned of its one reader in plain', async () => {
    const loaded = await loadSite(config('demo.toml'));
    const found = loaded.ok ? loaded.warnings : loaded.problems;
    expect(found.map(({ severity, path }) => `${severity} ${path}`)).toEqual(['warning readers.back.secure']);
  });

  test('the other panels of the example have no mistakes and no warnings either', () => {
    const [head = '', panels = ''] = example().split(/^(?=# The alarm panel)/m);
    const [, nx = '', elk = '', rest = ''] = panels.split(
      /^(?=# Instead of it|# Or an Elk M1|# Schedules and holidays)/m,
    );
    const kindOf = (other: string) => {
      const read = readSite('/etc/postern/site.toml', head + uncommented(other) + rest, shipped);
      expect(read.ok ? read.warnings : read.problems).toEqual([]);
      return read.ok && read.site.panel?.kind;
    };
    expect(kindOf(nx)).toBe('nx_584');
    expect(kindOf(elk.replace(/^# ca_file = .*\n/m, ''))).toBe('elk_m1');
  });

  test('the example shows every key there is', () => {
    interface Node {
      properties?: Record<string, Node>;
      additionalProperties?: Node | boolean;
      oneOf?: Node[];
      items?: Node;
    }
    const keysOf = (node: Node): string[] => [
      ...Object.entries(node.properties ?? {}).flatMap(([name, inner]) => [name, ...keysOf(inner)]),
      ...(typeof node.additionalProperties === 'object' ? keysOf(node.additionalProperties) : []),
      ...(node.oneOf ?? []).flatMap(keysOf),
      ...(node.items === undefined ? [] : keysOf(node.items)),
    ];
    const known = new Set(keysOf(jsonSchemaOf(siteFile)));
    expect(known.size).toBeGreaterThan(50);
    const text = `${example()}\n${uncommented(example())}`.replace(/^#.*$/gm, '');
    const shown = (key: string) =>
      new RegExp(`(^|[{,] *)${key} = |^\\[+([a-z.]+\\.)?${key}[.\\]]`, 'm').test(text);
    expect([...known].filter((key) => !shown(key))).toEqual([]);
  });
});
