import { parseArgs } from 'node:util';
import { AppError, errorTable } from './core/error.ts';
import { readCodeFile } from './door/code-file.ts';
import { readLoginFile } from './door/login-file.ts';
import { systemClock } from './hal/system-clock.ts';
import { readerMemory } from './sim/reader-memory.ts';
import { serveSite } from './sim/served-site.ts';
import { loadSite } from './site-file/load-site.ts';
import { formatProblem } from './site-file/problem.ts';

const usage = `node dist/sim-main.js --site FILE [--control HOST:PORT] [--memory FILE] [--with-parent]

  --site FILE           the site file whose devices to simulate; its ports must be of kind "tcp" or "tls"
  --control HOST:PORT   where simulated people are told what to do (default 127.0.0.1:8753; port 0 takes a free one)
  --memory FILE         where the readers keep their keys while they are off; without it they are new at every start
  --with-parent         end when standard input ends

Prints one line of JSON when all its ports are open, or cannot be.
`;

/** The simulated site as a program: parse, compose, exit codes. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      site: { type: 'string' },
      control: { type: 'string', default: '127.0.0.1:8753' },
      memory: { type: 'string' },
      'with-parent': { type: 'boolean', default: false },
    },
  });
  const [, host, digits] = /^(.+):(\d{1,5})$/.exec(values.control) ?? [];
  if (values.site === undefined || host === undefined) throw new AppError('invalid_input', usage);
  const loaded = await loadSite(values.site);
  if (!loaded.ok) throw new AppError('config_invalid', loaded.problems.map(formatProblem).join('\n'));
  const { panel } = loaded.site;
  const spoken = panel === null || panel.kind === 'dry_contact' ? null : panel;
  const masterCode = spoken?.code_file ? (await readCodeFile(spoken.code_file)).master : null;
  const login = spoken?.login_file === undefined ? null : await readLoginFile(spoken.login_file);
  const memory = values.memory === undefined ? null : readerMemory(values.memory);
  const at = { host, port: Number(digits) };
  const served = await serveSite(loaded.site, at, systemClock(), masterCode, memory, login);
  const end = () => void served.close().then(() => process.exit(0));
  process.once('SIGTERM', end);
  process.once('SIGINT', end);
  if (values['with-parent']) process.stdin.on('end', end).on('error', end).resume();
  // Whoever started us may be gone already: then the standard input has ended too.
  process.stdout.on('error', () => {});
  const { control, ports, certificates } = served;
  process.stdout.write(`${JSON.stringify({ ready: true, control, ports, certificates })}\n`);
}

/** An address that is taken, said in words. */
function inWords(error: unknown): unknown {
  const { code, address, port } = error as NodeJS.ErrnoException & { address?: string; port?: number };
  if (code !== 'EADDRINUSE') return error;
  const remedy = 'does another simulated site run already? Stop that one first';
  return new AppError('address_in_use', `${address}:${port} is in use: ${remedy}`, { cause: error });
}

main().catch((fault: unknown) => {
  const error = inWords(fault);
  const message = error instanceof Error ? error.message : String(error);
  const called = String((error as NodeJS.ErrnoException).code).startsWith('ERR_PARSE_ARGS');
  process.stderr.write(called ? `${message}\n${usage}` : `${message}\n`);
  const code = error instanceof AppError ? error.code : called ? 'invalid_input' : 'internal';
  process.stdout.write(`${JSON.stringify({ ready: false, code })}\n`);
  process.exitCode = errorTable[code].exit;
});
