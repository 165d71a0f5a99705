import { randomBytes } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/error.ts';
import { restoredDevices } from '../core/restored-devices.ts';
import type { Site } from '../core/site.ts';
import { siteAndKnown } from '../core/slot-holder.ts';
import { uuidV7 } from '../core/uuid.ts';
import { doorSocketPath } from '../door/door-socket.ts';
import { lockInstance } from '../door/instance-lock.ts';
import { readerKeysPath } from '../door/reader-keys.ts';
import { deriveKeys } from '../door/site-key.ts';
import { systemClock } from '../hal/system-clock.ts';
import { fileBytes } from '../store/backup/backup-file.ts';
import { type BackupSecret, unusable } from '../store/backup/chunk-cipher.ts';
import { type BackupHead, type BackupTail, openBackup } from '../store/backup/content.ts';
import { restoreStore } from '../store/backup/restored-store.ts';
import { removeOldFiles } from '../store/old-copies.ts';
import { storeDirectories } from '../store/safety-copy.ts';
import { adminClient } from './admin-client.ts';
import { readArguments } from './arguments.ts';
import { backupSecret, secretOptions, secretUsage } from './backup-secret.ts';
import { type Command, type CommandIo, UsageError } from './command.ts';
import { differenceOf } from './restore/difference.ts';
import { type PresentDatabase, presentDatabase, runningDatabase } from './restore/present-database.ts';
import { type RecordSet, recordSet } from './restore/record-set.ts';
import { planText, type RestorePlan } from './restore/report.ts';
import { keyStates, putKeys } from './restore/site-keys.ts';
import { buildDirectory, giveToOwnerOf, swapIn } from './restore/swap.ts';
import { siteOfOption } from './site-option.ts';
import { siteTime } from './site-time.ts';

export const command: Command = {
  name: 'restore',
  summary: 'bring back a backup, on this controller or a new one; --dry-run tells the difference',
  usage: `postern restore FILE [--dry-run] [--yes] [--replace-keys] [--config FILE] [--key-file FILE | --passphrase-file FILE]

  FILE                    what \`postern backup\` made; all of it is checked before anything is touched
  --dry-run               only tell what would come back, change and be gone, by name; the daemon may run
  --yes                   do so although somebody or something comes back that was removed since, or changes
  --replace-keys          take the site key of the backup although there is another one here
  --config FILE           the site file (default: /etc/postern/site.toml)
${secretUsage}                          (default: [backup] key_file of the site file)
  --json                  print JSON

The daemon must be stopped. What was there is kept beside it. Whoever follows the feed has to read the lists anew; codes in panels and
locks are read and compared, and written only where they differ.
`,

  async run(argv, io) {
    const { values, positionals } = readArguments(argv, {
      ...secretOptions,
      config: { type: 'string' },
      json: { type: 'boolean', default: false },
      'dry-run': { type: 'boolean', default: false },
      yes: { type: 'boolean', default: false },
      'replace-keys': { type: 'boolean', default: false },
    });
    const [file, ...more] = positionals;
    if (file === undefined || more.length > 0) throw new UsageError('restore takes one file');
    const { site } = await siteOfOption(values.config);
    const secret = await backupSecret(values, io, site.backup?.key_file, 'open');
    const clock = systemClock();
    const dry = values['dry-run'];
    const lock = dry ? null : await lockInstance(site.state_dir);
    try {
      if (!dry) await refuseBesideDaemon(site);
      const { plan, backup } = await planOf(file, secret, site, clock, dry);
      const now = clock.wall();
      const tell = (text: string): void => (values.json ? io.err(text) : io.out(text));
      const shown = siteTime(site.time_zone);
      tell(shown.in(planText(plan, now - Date.parse(plan.head.made_at))) + shown.note());
      if (!dry) {
        refuse(plan, values);
        for (const line of await restore({ file, secret, site, clock, plan, backup, io })) tell(`${line}\n`);
      }
      if (values.json) io.out(`${JSON.stringify(shownPlan(plan, !dry), null, 2)}\n`);
      return 0;
    } finally {
      lock?.release();
    }
  },
};

/** Reads all of the backup and of what is here. Nothing is touched. */
async function planOf(
  file: string,
  secret: BackupSecret,
  site: Site,
  clock: Clock,
  dry: boolean,
): Promise<{ plan: RestorePlan; backup: RecordSet }> {
  const backup = recordSet();
  let head: BackupHead | null = null;
  let tail: BackupTail | null = null;
  for await (const part of openBackup(fileBytes(file), secret)) {
    if (part.is === 'head') head = part.head;
    else if (part.is === 'tail') tail = part.tail;
    else backup.take(part.entries);
  }
  if (head === null || tail === null || backup.unreadable > 0) throw unusable('its records cannot be read');
  if (head.site_id !== site.id) {
    throw unusable(
      `it is of the site ${head.site_name} (${head.site_id}), and the site file describes ${site.name} (${site.id})`,
    );
  }
  const present = await presentOf(site, clock, dry);
  const doors = new Map(site.doors.map(({ id, name }) => [id, name]));
  const difference = present.kind === 'read' ? differenceOf(present.records, backup, doors) : null;
  return { plan: { head, tail, present, difference, keys: await keyStates(head, site) }, backup };
}

/** The lock holds within one network namespace. A daemon that has another, in a container, is known by its socket. */
async function refuseBesideDaemon({ api }: Site): Promise<void> {
  const socket = doorSocketPath(api.socket);
  const answers = await new Promise<boolean>((resolve) => {
    const probe = connect(socket, () => {
      probe.destroy();
      resolve(true);
    });
    probe.on('error', () => resolve(false));
  });
  if (!answers) return;
  throw new AppError('state_dir_unusable', `a Postern daemon answers on ${socket}: stop it first`);
}

/** A daemon that runs has the database; a dry run asks it. */
async function presentOf(site: Site, clock: Clock, dry: boolean): Promise<PresentDatabase> {
  if (!dry) return presentDatabase(site.state_dir, clock);
  const lock = await lockInstance(site.state_dir).catch(() => null);
  if (lock === null) return runningDatabase(adminClient(site.api.socket));
  return presentDatabase(site.state_dir, clock).finally(() => lock.release());
}

function refuse(
  { present, difference, keys }: RestorePlan,
  given: { yes: boolean; 'replace-keys': boolean },
): void {
  if (keys.site === 'different' && !given['replace-keys']) {
    throw new AppError(
      'restore_refused',
      'the controller has another site key than the backup; nothing was changed. --replace-keys takes that of the backup',
    );
  }
  if (given.yes) return;
  if (present.kind === 'unreadable') {
    throw new AppError(
      'restore_refused',
      'what the restore would bring back cannot be told, for the present database cannot be read; nothing was changed. --yes restores all the same',
    );
  }
  if (difference !== null && difference.back.length + difference.changed.length > 0) {
    throw new AppError(
      'restore_refused',
      'people, codes, access or keys would come back or be as before, as listed; nothing was changed. --yes restores all the same',
    );
  }
}

interface RestoreWork {
  file: string;
  secret: BackupSecret;
  site: Site;
  clock: Clock;
  plan: RestorePlan;
  backup: RecordSet;
  io: CommandIo;
}

/** Builds the database beside the present one, then puts keys and database in place. Resolves with what to tell. */
async function restore({ file, secret, site, clock, plan, backup, io }: RestoreWork): Promise<string[]> {
  const { head, present, keys } = plan;
  const now = clock.wall();
  const newId = (): string => uuidV7(now, randomBytes(10));
  const known = present.kind === 'read' && keys.site === 'same' ? present.records : null;
  const devices = restoredDevices(devicesOf(backup), known && devicesOf(known), {
    holders: siteAndKnown(site, [...backup.of('holder').values(), ...(known?.of('holder').values() ?? [])]),
    now,
    newId,
  });
  const replaced = present.kind === 'read' ? present.records.id : null;
  const { state_dir } = site;
  const directory = buildDirectory(state_dir);
  await mkdir(state_dir, { recursive: true, mode: 0o700 });
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { mode: 0o700 });
  let shown = 0;
  const parts = {
    directory,
    headKey: deriveKeys(Buffer.from(head.keys.site, 'hex')).head,
    clock,
    id: newId(),
    devices,
    told: [
      {
        id: newId(),
        type: 'system.restored',
        time: new Date(now).toISOString(),
        resource: `system/${site.id}`,
        revision: null,
        data: { made_at: head.made_at, from: head.store_id, replaced },
      },
    ],
    progress(entries: number) {
      if (entries - shown < 10_000) return;
      shown = entries;
      io.err(`${entries} entries\n`);
    },
  };
  await restoreStore(parts, openBackup(fileBytes(file), secret));
  const aside = `before-restore-${new Date(now).toISOString().replace(/[-:]|\.\d+/g, '')}`;
  for (const path of [site.key_file, readerKeysPath(state_dir)]) await removeOldFiles(path, now);
  const written = await putKeys(head, keys, site, aside);
  const kept = await swapIn(state_dir, aside);
  const { database, headFile } = storeDirectories(state_dir);
  const readers = written.filter((path) => path === readerKeysPath(state_dir));
  await giveToOwnerOf(state_dir, [database, headFile, ...readers]);
  await giveToOwnerOf(
    dirname(site.key_file),
    written.filter((path) => path === site.key_file),
  );
  const open = devices.confirmations.filter(({ holder_id }) => holder_id !== site.id);
  return [
    `restored.${kept === null ? '' : ` What was there is kept in ${kept}; remove it when all is well.`}`,
    ...written.map((path) => `${path} is from the backup`),
    ...(open.length === 0
      ? []
      : [`${open.length} codes in devices are compared when the daemon runs: postern confirmations`]),
    'start the daemon. Doors refuse everyone until it has their table, some seconds.',
  ];
}

const devicesOf = (records: RecordSet) => ({
  slots: records.of('slot'),
  confirmations: records.of('confirmation'),
});

const shownPlan = ({ head, tail, present, difference, keys }: RestorePlan, restored: boolean) => ({
  made_at: head.made_at,
  version: head.version,
  site_id: head.site_id,
  revision: tail.revision,
  present: present.kind,
  difference,
  keys,
  restored,
});
