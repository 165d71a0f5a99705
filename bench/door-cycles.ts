import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { composeDoor } from '../src/compose-door.ts';
import type { TableRow } from '../src/core/table-row.ts';
import { siteOf } from '../src/daemon.ts';
import { diskJournalFiles } from '../src/door/journal-file.ts';
import { keyedHash } from '../src/door/keyed-hash.ts';
import { openSiteKeys } from '../src/door/site-key.ts';
import type { AdminProcess } from '../src/door/supervisor.ts';
import { memoryCarriers } from '../src/link/memory-carrier.ts';
import type { FromAdmin, FromDoor } from '../src/link/message.ts';
import { linkOver } from '../src/link/window.ts';
import { simulatedSite } from '../src/sim/site.ts';
import { memoryLine } from '../test/support/memory-line.ts';
import { virtualClock } from '../test/support/virtual-clock.ts';
import { siteText } from './site-text.ts';

/**
 * The door process on a virtual clock and simulated wires, one card after the other, with an admin process that only stores:
 * `door-cycles.ts CYCLES`. Tells its parent the heap after the first tenth and at the end, in bytes, and how many cards opened.
 */
const cycles = Number(process.argv[2]);
const cycleMs = 400;
const card = { facility: 12, number: 3456 };
const directory = mkdtempSync(join(tmpdir(), 'postern-cycles-'));
const config = join(directory, 'site.toml');
writeFileSync(
  config,
  siteText(1, (name) => `kind = "tcp"\nhost = "${name}"\nport = 1`),
);
const { site } = await siteOf(config);
mkdirSync(site.state_dir);
const clock = virtualClock();
const keys = await openSiteKeys(site.key_file, site.state_dir, randomBytes);
const lines = new Map(
  site.ports.flatMap((port) =>
    port.kind === 'evdev' ? [] : [[port.name, memoryLine(clock, port.name, port.baud)] as const],
  ),
);
let opened = 0;
let stored = 0;
const simulated = simulatedSite(
  site,
  clock,
  (port, bytes) => lines.get(port)?.far.send(bytes, 1),
  (event) => {
    if (event.event === 'lock_written' && event.state === 'released') opened += 1;
  },
);
for (const [name, { far }] of lines) far.onData((bytes) => simulated.receive(name, bytes));
const rows = tableRows();
await composeDoor({
  site,
  version: '0',
  keys,
  clock,
  log: pino({ level: 'silent' }),
  lineFor: ({ name }) => lines.get(name)?.line ?? memoryLine(clock, name).line,
  journalFiles: diskJournalFiles,
  spawnAdmin: storingAdmin,
  ready: () => {},
});
try {
  for (let n = 0; n < 20; n++) await pass(500);
  await run(cycles / 10);
  const before = heap();
  await run(cycles - cycles / 10);
  process.send?.({ before, after: heap(), opened });
} finally {
  rmSync(directory, { recursive: true, force: true });
  process.exit(0);
}

async function run(count: number): Promise<void> {
  for (let n = 0; n < count; n++) {
    simulated.reader(n % 2 === 0 ? 'front' : 'back').present(card);
    await pass(cycleMs);
    // The disk is real: the virtual clock must not run away from it.
    if (n % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function pass(ms: number): Promise<void> {
  clock.advance(ms);
  await new Promise((resolve) => setImmediate(resolve));
}

function heap(): number {
  // What the memory lines remember for tests is not the door process's.
  for (const { far } of lines.values()) far.written.length = 0;
  globalThis.gc?.();
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

/** Hands out the table once and says of every journal record that it is stored. */
function storingAdmin(): AdminProcess {
  const [here, there] = memoryCarriers();
  const link = linkOver<FromAdmin, FromDoor>(there);
  const version = { table_id: 'bench', revision: 1 };
  link.open({
    message(message) {
      if (message.type === 'configure') {
        link.send({ type: 'ready', version, listening: 'nowhere' });
        link.send({ type: 'offer', offer: 1, version, rows: rows.length });
      }
      if (message.type === 'pull') link.send({ type: 'part', offer: 1, from: 0, rows });
      if (message.type === 'ping') link.send({ type: 'pong', n: message.n });
      if (message.type !== 'journal') return;
      stored = message.records.at(-1)?.seq ?? stored;
      link.send({ type: 'stored', journal_id: message.journal_id, seq: stored });
    },
    room: () => {},
    down: () => {},
  });
  return { carrier: here, onExit: () => {}, kill: () => {} };
}

function tableRows(): TableRow[] {
  const key = keyedHash(keys.lookup)('token', `h10301:${card.facility}:${card.number}`);
  const always = { from: null, until: null };
  const credential = { id: 'c', key, draft: false, blocked: false, duress: false, uses: null, ...always };
  const grants = site.doors.map(({ id }) => ({ target: { door: id }, schedule: null, ...always }));
  return [{ row: 'user', id: 'u', suspended: false, credentials: [credential], grants, ...always }];
}
