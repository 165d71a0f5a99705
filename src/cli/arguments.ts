import { type ParseArgsConfig, parseArgs } from 'node:util';
import { UsageError } from './command.ts';

type Options = NonNullable<ParseArgsConfig['options']>;

/** Options of every command that talks to the daemon. */
export const daemonOptions = {
  socket: { type: 'string' },
  config: { type: 'string' },
  json: { type: 'boolean', default: false },
} as const satisfies Options;

/** Lines for the usage of every command that talks to the daemon. */
export const daemonUsage = `  --socket PATH   the daemon's socket (default: the one named in --config, or POSTERN_SOCKET,
                  or /run/postern/admin.sock)
  --config FILE   the site file whose socket to use
  --json          print JSON
`;

/**
 * Reads a command's arguments. Mistakes are UsageErrors that name an option but never a value: a value may be a PIN.
 */
export function readArguments<T extends Options>(argv: string[], options: T) {
  try {
    return parseArgs({ args: argv, options, allowPositionals: true, strict: true });
  } catch (error) {
    throw new UsageError(mistake(error));
  }
}

function mistake(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  const option = /'(?:-\w, )?(--?[a-z][a-z-]*)\b[^']*'/.exec(message)?.[1] ?? 'an option';
  switch (code) {
    case 'ERR_PARSE_ARGS_UNKNOWN_OPTION':
      return `unknown option ${option}`;
    case 'ERR_PARSE_ARGS_INVALID_OPTION_VALUE':
      return /does not take an argument/.test(message)
        ? `${option} takes no value`
        : `${option} needs a value`;
    default:
      return 'these arguments cannot be read';
  }
}

/** Refuses words that belong to no option. */
export function noMore(positionals: readonly string[]): void {
  if (positionals.length > 0) throw new UsageError('there is a word too many');
}
