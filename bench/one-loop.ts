import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import pino from 'pino';
import { doorLink } from '../src/admin/door-link.ts';
import type { ComposedAdmin } from '../src/admin-machine.ts';
import { composeAdmin } from '../src/compose-admin.ts';
import { composeDoor } from '../src/compose-door.ts';
import { siteOf } from '../src/daemon.ts';
import { diskJournalFiles } from '../src/door/journal-file.ts';
import { openSiteKeys } from '../src/door/site-key.ts';
import type { AdminProcess } from '../src/door/supervisor.ts';
import { lineFor } from '../src/hal/line-for.ts';
import { systemClock } from '../src/hal/system-clock.ts';
import { memoryCarriers } from '../src/link/memory-carrier.ts';
import type { FromAdmin, FromDoor } from '../src/link/message.ts';
import { linkOver } from '../src/link/window.ts';
import { processLog } from '../src/log-output.ts';

/**
 * The road not taken, to measure it: both halves of the daemon in one process and one event loop, put together by the same
 * two compose files. It runs with Node's own settings, which serve it better than those the door process chooses for itself.
 */
const { values } = parseArgs({ options: { config: { type: 'string', default: '' } } });
const { site } = await siteOf(values.config);
const clock = systemClock();
const keys = await openSiteKeys(site.key_file, site.state_dir, randomBytes);
await mkdir(site.state_dir, { recursive: true, mode: 0o700 });
let admin: ComposedAdmin | null = null;

const door = await composeDoor({
  site,
  version: 'one loop',
  keys,
  clock,
  log: pino({ level: site.log.level }),
  lineFor: (port) => lineFor(port, clock, Math.random),
  journalFiles: diskJournalFiles,
  spawnAdmin,
  ready: () => {},
});
process.on('SIGTERM', () => {
  void Promise.all([door.stop('SIGTERM'), admin?.close()]).then(() => process.exit(0));
});

function spawnAdmin(): AdminProcess {
  const [here, there] = memoryCarriers();
  let ended: Parameters<AdminProcess['onExit']>[0] = () => {};
  void startAdmin(there, () => ended('closed', []));
  return {
    carrier: here,
    onExit(fn) {
      ended = fn;
    },
    kill: () => {},
  };
}

async function startAdmin(carrier: Parameters<typeof linkOver>[0], down: () => void): Promise<void> {
  const link = doorLink(linkOver<FromAdmin, FromDoor>(carrier), clock, down);
  const configure = await link.configured;
  admin = await composeAdmin(configure, link, clock, processLog(configure.site, 'admin'), () =>
    process.exit(1),
  );
}
