import { parseArgs } from 'node:util';
import { AppError, errorTable } from './core/error.ts';
import { keepPausesShort } from './door/short-pauses.ts';

/** The daemon of a real site: `node dist/main.js --config /etc/postern/site.toml`. The door process is this process. */
try {
  const { values } = parseArgs({
    options: { config: { type: 'string', default: '/etc/postern/site.toml' } },
  });
  keepPausesShort();
  const { runDaemon, siteOf } = await import('./daemon.ts');
  await runDaemon(await siteOf(values.config), process.env, () => {});
  process.exit(0);
} catch (error) {
  process.stderr.write(`postern: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(errorTable[error instanceof AppError ? error.code : 'internal'].exit);
}
