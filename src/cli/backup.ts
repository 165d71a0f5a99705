import { randomBytes } from 'node:crypto';
import { readdir, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { backupHead } from '../compose-backup.ts';
import { AppError } from '../core/error.ts';
import { systemClock } from '../hal/system-clock.ts';
import type { SystemInfo } from '../schema/system-info.ts';
import { saveBackup } from '../store/backup/backup-file.ts';
import { sealBackup } from '../store/backup/content.ts';
import { backupName, superfluous } from '../store/backup/retention.ts';
import { daemonOptions, readArguments } from './arguments.ts';
import { backupSecret, secretOptions, secretUsage } from './backup-secret.ts';
import { type Command, UsageError } from './command.ts';
import { daemon } from './daemon.ts';
import { databaseOf, watched } from './database-dump.ts';
import { siteOfOption } from './site-option.ts';

export const command: Command = {
  name: 'backup',
  summary: 'everything the controller knows in one sealed file, while it runs',
  usage: `postern backup FILE [--config FILE] [--key-file FILE | --passphrase-file FILE]
postern backup DIRECTORY [--keep-daily N] [--keep-weekly N] ...

  FILE                    made new; a file that is there is never replaced
  DIRECTORY               one that is there: the file is named after site and time
  --config FILE           the site file (default: /etc/postern/site.toml)
${secretUsage}                          (default: [backup] key_file of the site file)
  --keep-daily N          in DIRECTORY, keep the newest of each of N days, and drop older ones of this site
  --keep-weekly N         and the newest of each of N weeks
  --json                  print JSON

The site's keys are in it, so that a new controller can be made of it: run it as root or as the user of the daemon. Without the key file or
passphrase nobody can open it, you neither: keep a copy of that elsewhere. \`postern restore\` reads it.
`,

  async run(argv, io) {
    const { values, positionals } = readArguments(argv, {
      ...daemonOptions,
      ...secretOptions,
      'keep-daily': { type: 'string' },
      'keep-weekly': { type: 'string' },
    });
    const [target, ...more] = positionals;
    if (target === undefined || more.length > 0) throw new UsageError('backup takes one file or directory');
    const { site, path } = await siteOfOption(values.config);
    const secret = await backupSecret(values, io, site.backup?.key_file, 'seal');
    const at = systemClock().wall();
    const isDirectory = await stat(target).then(
      (found) => found.isDirectory(),
      () => false,
    );
    const keep = retentionOf(values, isDirectory);
    const client = await daemon({ socket: values.socket, config: path }, io.env);
    const { id, version } = await client.get<SystemInfo>('/v1/system');
    if (id !== site.id) {
      throw new AppError(
        'config_invalid',
        `the daemon runs another site than ${path} describes: give its site file as --config`,
      );
    }
    const { about, entries } = await databaseOf(client);
    const head = await backupHead(site, {
      version,
      store_id: about.store_id,
      made_at: new Date(at).toISOString(),
    });
    const file = isDirectory ? join(target, backupName(site.id, at)) : target;
    const shown = watched(entries, about.about, values.json ? null : io);
    const saved = await saveBackup(file, sealBackup(head, shown, secret, randomBytes));
    const gone = keep === null ? [] : superfluous(await readdir(target), site.id, keep);
    for (const name of gone) await unlink(join(target, name));
    if (values.json) io.out(`${JSON.stringify({ ...saved, removed: gone }, null, 2)}\n`);
    else {
      io.out(`${saved.path}: ${saved.bytes} bytes, SHA-256 ${saved.sha256}\n`);
      for (const name of gone) io.out(`removed ${name}\n`);
    }
    return 0;
  },
};

function retentionOf(
  values: { 'keep-daily'?: string | undefined; 'keep-weekly'?: string | undefined },
  isDirectory: boolean,
): { daily: number; weekly: number } | null {
  const { 'keep-daily': daily, 'keep-weekly': weekly } = values;
  if (daily === undefined && weekly === undefined) return null;
  if (!isDirectory) throw new UsageError('--keep-daily and --keep-weekly need a directory that is there');
  return { daily: count('--keep-daily', daily ?? '1'), weekly: count('--keep-weekly', weekly ?? '0') };
}

function count(option: string, text: string): number {
  if (/^\d{1,3}$/.test(text)) return Number(text);
  throw new UsageError(`${option} takes a number from 0 to 999`);
}
