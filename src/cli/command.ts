/** Where a command writes, and the environment it reads. Texts are written as they are: lines end with `\n`. */
export interface CommandIo {
  out(text: string): void;
  err(text: string): void;
  env: NodeJS.ProcessEnv;
  /** Asks somebody at a terminal for a line that is not shown; null: none was given. Left out: nobody is there. */
  ask?(prompt: string): Promise<string | null>;
}

/** One command of the command line: `postern NAME ...`. One file per command exports it as `command`. */
export interface Command {
  name: string;
  /** One line for the list of commands. */
  summary: string;
  /** How to call it, with an example; shown by `--help` and after a mistake. */
  usage: string;
  /**
   * Runs with what follows the name; resolves with the exit code. Throws AppError (its code gives the exit code) or
   * UsageError.
   */
  run(argv: string[], io: CommandIo): Promise<number>;
}

/** The command was called wrongly: exit code 2, and its usage is shown. The message never repeats a value. */
export class UsageError extends Error {
  override name = 'UsageError';
}
