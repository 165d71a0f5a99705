import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { command } from '../../src/cli/check.ts';
import { UsageError } from '../../src/cli/command.ts';
import { siteText } from '../site-file/site-text.ts';
import { fakeDaemon } from './fake-daemon.ts';

const demo = new URL('../../config/demo.toml', import.meta.url).pathname;
const directory = mkdtempSync(join(tmpdir(), 'postern-check-'));
afterAll(() => rmSync(directory, { recursive: true }));

async function run(...argv: string[]) {
  const out: string[] = [];
  const code = await command.run(argv, { out: (text) => out.push(text), err: () => {}, env: {} });
  return { code, out: out.join('') };
}

function fileOf(text: string): string {
  const path = join(directory, 'site.toml');
  writeFileSync(path, text.replaceAll('relay-4', 'relay-8'));
  return path;
}

test('a good file: exit code 0 and what the site has', async () => {
  const { code, out } = await run(demo);
  expect(code).toBe(0);
  expect(out).toMatch(/is fine: Demo house, Europe\/Berlin\n {2}doors +front, back, store\n/);
});

test('a file with mistakes: exit code 3, each on a line that editors can follow', async () => {
  const path = fileOf(
    siteText.replace('address = 1', 'address = 127').replace('lock = "back"', 'lock = "bak"'),
  );
  const { code, out } = await run(path);
  expect(code).toBe(3);
  const lines = out.split('\n');
  expect(lines).toContain(
    `${path}:34:11: readers.back.address: expected a whole number from 0 to 126, found 127`,
  );
  expect(lines).toContain(`${path}:58:8: doors.back.lock: no lock is called "bak"; did you mean "back"?`);
  expect(lines.at(-2)).toBe(`${path} cannot be used: 2 mistakes`);
});

test('a warning is shown and does not count', async () => {
  const { code, out } = await run(fileOf(siteText.replace('127.0.0.1:8750', '0.0.0.0:8750')));
  expect(code).toBe(0);
  expect(out).toMatch(/warning: api\.listen: .*\n.* is fine/);
});

test('a schedule that does not do what it seems to is warned of, at its line', async () => {
  const text = `${siteText}\n[schedules.empty]\nmon = []\n\n[schedules.never]\nmon = ["09:00-17:00"]\nvalid_until = 2000-01-01\n`;
  const { code, out } = await run(fileOf(text));
  expect(code).toBe(0);
  const line = text.split('\n').indexOf('[schedules.empty]') + 1;
  expect(out).toMatch(new RegExp(`:${line}:\\d+: warning: schedules\\.empty: contains no minute`));
  expect(out).toMatch(/warning: schedules\.never: contains no minute/);
});

test('a timetable that does not do what it seems to is warned of, at its line', async () => {
  const rules = [
    'mode = "unlocked"',
    'mon = ["09:00-17:00"]',
    '',
    '[[timetables.shop.rules]]',
    'mode = "disabled"',
  ];
  const text = `${siteText.replace('lock = "front"\nreaders', 'lock = "front"\ntimetable = "shop"\nreaders')}
[[timetables.shop.rules]]
${rules.join('\n')}
cron = "30 2 * * *"
for = "8h"
`;
  const { code, out } = await run(fileOf(text));
  expect(code).toBe(0);
  const line = text.split('\n').indexOf('cron = "30 2 * * *"') + 1;
  expect(out).toMatch(new RegExp(`:${line}:\\d+: warning: timetables\\.shop\\.rules\\[1\\]\\.cron: 02:30 `));
  expect(out).toMatch(/warning: timetables\.shop\.rules\[1\]: at .* disabled holds/);
  expect(out).toMatch(/timetables +shop/);
});

test('a door that asks for a PIN where none can be typed, or opens for nobody ever, is warned of', async () => {
  const rules = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']
    .map((day) => `${day} = ["00:00-24:00"]`)
    .join('\n');
  const timetable = (mode: string) => `\n[[timetables.shop.rules]]\nmode = "${mode}"\n${rules}\n`;
  const site = siteText
    .replace('lock = "front"\nreaders', 'lock = "front"\ntimetable = "shop"\nreaders')
    .replace('readers = ["front"]', 'readers = ["front", "text"]');
  const reader = `
[ports.text]
kind = "tcp"
host = "127.0.0.1"
port = 4001

[readers.text]
protocol = "serial_ascii"
port = "text"
frame = { kind = "line", content = "uid_hex" }
`;
  const pin = await run(fileOf(site + reader + timetable('card_and_pin')));
  expect([pin.code, pin.out]).toEqual([
    0,
    expect.stringMatching(/warning: doors\.front\.timetable: reader text of door front sends no keys/),
  ]);
  const shut = await run(fileOf(site + reader + timetable('disabled')));
  expect(shut.out).toMatch(/warning: timetables\.shop: holds its doors disabled at every minute/);
});

test('--json prints the same for programs', async () => {
  const { code, out } = await run('--json', fileOf(siteText.replace('address = 1', 'address = 127')));
  expect(code).toBe(3);
  expect(JSON.parse(out)).toMatchObject({
    ok: false,
    problems: [{ severity: 'error', line: 34, column: 11, path: 'readers.back.address' }],
  });
});

describe('--records', () => {
  const warning = {
    resource: 'schedule/00000000-0000-5000-8000-0000000000a1',
    name: 'Office\u001b[2J',
    code: 'never',
    pointer: '/week/mon/0',
    detail: 'never comes',
  };
  const asked = async (items: unknown[], more: boolean, ...argv: string[]) => {
    const { socket, calls } = await fakeDaemon(() => ({ body: { items, more } }));
    const out: string[] = [];
    const io = { out: (text: string) => void out.push(text), err: () => {}, env: { POSTERN_SOCKET: socket } };
    const code = await command.run(['--records', ...argv], io);
    expect(calls.map(({ path }) => path)).toEqual(['/v1/warnings']);
    return { code, out: out.join('') };
  };

  test('shows what the daemon warns of, and that there is more', async () => {
    const { code, out } = await asked([warning], true);
    expect(code).toBe(0);
    expect(out).toMatch(/schedule +Office\?\[2J +\/week\/mon\/0 +never comes\nand more/);
    expect((await asked([], false)).out).toMatch(/do as they seem to/);
    expect(JSON.parse((await asked([warning], false, '--json')).out)).toMatchObject({ items: [warning] });
  });

  test('goes with neither a file nor --store', async () => {
    await expect(run('--records', demo)).rejects.toThrow(UsageError);
    await expect(run('--records', '--store')).rejects.toThrow(/do not go together/);
  });
});

test('--store before the first start says that there is no database yet, and misses no key', async () => {
  const site = join(directory, 'config', 'site.toml');
  mkdirSync(join(directory, 'config'));
  copyFileSync(demo, site);
  const { code, out } = await run('--store', '--config', site);
  expect([code, out]).toEqual([0, 'there is no database yet: the first start makes one\n']);
});

test('called without a file it says how to call it', async () => {
  await expect(run()).rejects.toThrow(UsageError);
  await expect(run(demo, demo)).rejects.toThrow(UsageError);
});
