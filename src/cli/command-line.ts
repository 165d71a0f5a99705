import { AppError, errorTable } from '../core/error.ts';
import { nearestName } from '../core/nearest-name.ts';
import { packageVersion } from '../package-version.ts';
import { type Command, type CommandIo, UsageError } from './command.ts';
import { printable } from './text-table.ts';

/** Every command's name, and how to load it: a command costs its loading only when it is called. */
export type Commands = Readonly<Record<string, () => Promise<{ command: Command }>>>;

const usageExit = errorTable.invalid_input.exit;

/** Runs `postern ARGV...` and resolves with its exit code. Errors go to `io.err` with what to do. Never throws. */
export async function commandLine(
  argv: readonly string[],
  io: CommandIo,
  commands: Commands,
): Promise<number> {
  const [name, ...rest] = argv;
  if (name === undefined) {
    io.err(await overview(commands));
    return usageExit;
  }
  if (name === 'help' || name === '--help' || name === '-h') {
    io.out(await overview(commands));
    return 0;
  }
  if (name === '--version') {
    io.out(`Postern ${await packageVersion()}\n`);
    return 0;
  }
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (load === undefined) {
    const near = nearestName(name, Object.keys(commands));
    io.err(
      `postern: no such command${near === null ? '' : `; did you mean ${near}?`}\n\n${await overview(commands)}`,
    );
    return usageExit;
  }
  const { command } = await load();
  if (rest.includes('--help') || rest.includes('-h')) {
    io.out(usageOf(command));
    return 0;
  }
  try {
    return await command.run(rest, io);
  } catch (error) {
    return explain(command, error, io);
  }
}

function explain(command: Command, error: unknown, io: CommandIo): number {
  if (error instanceof UsageError) {
    io.err(`postern ${command.name}: ${error.message}\n\n${usageOf(command)}`);
    return usageExit;
  }
  if (error instanceof AppError) {
    const message = error.message.split('\n').map(printable).join('\n');
    io.err(`postern ${command.name}: ${message} (${error.code})\n`);
    for (const { pointer, detail } of errorsLeft(error)) io.err(`  ${printable(`${pointer}: ${detail}`)}\n`);
    return errorTable[error.code].exit;
  }
  const what = error instanceof Error ? error.message : String(error);
  io.err(`postern ${command.name}: unexpected: ${printable(what)}\n`);
  return errorTable.internal.exit;
}

/** Where the message says all of a single one, that is enough. */
function errorsLeft({ message, errors }: AppError): AppError['errors'] {
  const [first] = errors;
  return errors.length === 1 && first !== undefined && message.includes(first.detail) ? [] : errors;
}

async function overview(commands: Commands): Promise<string> {
  const loaded = await Promise.all(Object.values(commands).map((load) => load()));
  const width = Math.max(...loaded.map(({ command }) => command.name.length));
  const lines = loaded.map(({ command }) => `  ${command.name.padEnd(width)}  ${command.summary}\n`);
  return `usage: postern COMMAND ...\n\n${lines.join('')}\npostern COMMAND --help says more; postern --version says which one this is.\n`;
}

const usageOf = (command: Command): string => `usage: ${command.usage.trimEnd()}\n`;
