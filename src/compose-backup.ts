import { mkdir, readdir, readFile, rm, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { BackupWorks } from './admin/backups.ts';
import type { Clock } from './core/clock.ts';
import { AppError } from './core/error.ts';
import type { BackupRules, Site } from './core/site.ts';
import { readerKeysPath } from './door/reader-keys.ts';
import { readKeyBytes } from './door/site-key.ts';
import { fileBytes, saveBackup } from './store/backup/backup-file.ts';
import type { BackupSecret } from './store/backup/chunk-cipher.ts';
import { type BackupHead, type Entry, openBackup, sealBackup } from './store/backup/content.ts';
import { drilled } from './store/backup/drill.ts';
import { backupName, leftOvers, superfluous } from './store/backup/retention.ts';

export interface BackupSource {
  site: Pick<Site, 'id' | 'name' | 'state_dir' | 'key_file' | 'backup'>;
  version: string;
  storeId: string;
  /** The whole database as of one commit. */
  entries(): AsyncIterable<Entry>;
  clock: Clock;
  random(size: number): Uint8Array;
}

/** What a backup says of itself, with the site's keys as they lie on the disk. */
export async function backupHead(
  site: Pick<Site, 'id' | 'name' | 'state_dir' | 'key_file'>,
  about: Pick<BackupHead, 'version' | 'store_id' | 'made_at'>,
): Promise<BackupHead> {
  const readers = await readFile(readerKeysPath(site.state_dir)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  return {
    format: 1,
    site_id: site.id,
    site_name: site.name,
    ...about,
    keys: {
      site: Buffer.from(await readKeyBytes(site.key_file)).toString('hex'),
      readers: readers?.toString('base64') ?? null,
    },
  };
}

/** The backups that the site file asks for: in their directory, sealed with their key file. */
export function backupWorks(source: BackupSource): BackupWorks {
  const { site, clock, random } = source;
  const rulesOf = (): BackupRules => {
    if (site.backup !== undefined) return site.backup;
    throw new AppError('config_invalid', 'the site file asks for no backups: it has no table [backup]');
  };
  const secret = async (): Promise<BackupSecret> => ({
    kind: 'key',
    key: await readKeyBytes(rulesOf().key_file),
  });
  return {
    async make(at) {
      const { version, storeId: store_id } = source;
      const head = await backupHead(site, { version, store_id, made_at: new Date(at).toISOString() });
      const file = backupName(site.id, at);
      const sealed = sealBackup(head, source.entries(), await secret(), random);
      const { bytes, sha256 } = await saveBackup(join(rulesOf().directory, file), sealed);
      return { file, bytes, sha256 };
    },
    async drill(file) {
      const directory = join(site.state_dir, 'backup.drill');
      await rm(directory, { recursive: true, force: true });
      await mkdir(directory, { mode: 0o700 });
      try {
        const parts = openBackup(fileBytes(join(rulesOf().directory, file)), await secret());
        return await drilled(directory, parts, clock, random);
      } finally {
        await rm(directory, { recursive: true, force: true });
      }
    },
    async prune() {
      const { directory, keep_daily: daily, keep_weekly: weekly } = rulesOf();
      const names = await readdir(directory);
      const gone = [
        ...superfluous(names, site.id, { daily, weekly }),
        ...leftOvers(names, site.id, clock.wall()),
      ];
      for (const name of gone) await unlink(join(directory, name));
      return gone;
    },
  };
}
