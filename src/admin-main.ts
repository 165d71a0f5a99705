import type { Logger } from 'pino';
import { doorLink } from './admin/door-link.ts';
import { keepHeapSmall } from './admin/small-heap.ts';
import type { ComposedAdmin } from './admin-machine.ts';
import { composeAdmin } from './compose-admin.ts';
import { AppError, errorTable } from './core/error.ts';
import { systemClock } from './hal/system-clock.ts';
import type { FromAdmin, FromDoor } from './link/message.ts';
import { processCarrier } from './link/process-carrier.ts';
import { linkOver } from './link/window.ts';
import { processLog } from './log-output.ts';

/**
 * The admin process: forked by the door process, and never without it. It ends within 1 s of losing the Link, on SIGTERM,
 * and with an error's exit code when something it needs cannot be opened; the door process starts another.
 */
const closingMs = 800;

keepHeapSmall();

// Ctrl-C reaches the whole process group. What happens then is for the door process to say.
process.on('SIGINT', () => {});
process.on('SIGHUP', () => {});
process.on('SIGTERM', () => void end(0));

let running: ComposedAdmin | null = null;
let written = (done: () => void): void => done();
let ending = false;

if (!process.connected) {
  process.stderr.write('postern: the admin process is started by the door process: use postern run\n');
  process.exit(errorTable.invalid_input.exit);
}
const clock = systemClock();
const link = doorLink(linkOver<FromAdmin, FromDoor>(processCarrier(process)), clock, () => void end(0));
const configure = await link.configured;
const log = openedLog();
written = (done) => log.flush(() => done());
try {
  running = await composeAdmin(configure, link, clock, log, (why, error) => {
    switch (why) {
      case 'disk_refuses':
        log.fatal({ err: error }, 'the disk refuses: starting again');
        process.stderr.write(`the disk refuses: ${said(error)}\n`);
        void end(errorTable.storage_unavailable.exit);
        return;
      case 'database_accepted':
        void end(0);
        return;
    }
  });
  if (ending) await running.close();
} catch (error) {
  log.fatal({ err: error }, 'the admin process cannot start; doors go on with the table they have');
  process.stderr.write(`cannot start: ${said(error)}\n`);
  await end(errorTable[error instanceof AppError ? error.code : 'internal'].exit);
}

function openedLog(): Logger {
  try {
    return processLog(configure.site, 'admin');
  } catch (error) {
    process.stderr.write(`cannot start: ${said(error)}\n`);
    return process.exit(errorTable[error instanceof AppError ? error.code : 'internal'].exit);
  }
}

/** For the door process, which keeps the last words. */
function said(error: unknown): string {
  return error instanceof AppError ? `${error.code}: ${error.message}` : String(error);
}

/** Closes what is open, for as long as there is time, and exits. */
async function end(code: number): Promise<void> {
  if (ending) return;
  ending = true;
  clock.after(closingMs, () => process.exit(code));
  await running?.close().catch(() => {});
  await new Promise<void>(written);
  process.exit(code);
}
