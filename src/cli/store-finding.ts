import { stat } from 'node:fs/promises';
import { knownAtDoors } from '../compose-storage.ts';
import { AppError, errorTable } from '../core/error.ts';
import { lockInstance } from '../door/instance-lock.ts';
import { readSiteKeys } from '../door/site-key.ts';
import { systemClock } from '../hal/system-clock.ts';
import type { SystemInfo } from '../schema/system-info.ts';
import { checkStore, type StoreCheck } from '../store/check-store.ts';
import { holdsFiles, storeDirectories } from '../store/safety-copy.ts';
import { readSealedHead } from '../store/sealed-head.ts';
import { adminClient } from './admin-client.ts';
import type { CommandIo } from './command.ts';
import { damageLines } from './damage-lines.ts';
import { siteOfOption } from './site-option.ts';

/**
 * `postern check --store`: asks a daemon that runs how its database was at the start, or reads that of one that does not. Resolves with the exit
 * code.
 */
export async function storeFinding(
  { config, json }: { config?: string | undefined; json: boolean },
  io: CommandIo,
): Promise<number> {
  const { site } = await siteOfOption(config);
  const running = await adminClient(site.api.socket)
    .get<SystemInfo>('/v1/system')
    .catch((error: unknown) => {
      if (error instanceof AppError && error.code === 'daemon_unreachable') return null;
      throw error;
    });
  const found: StoreCheck | SystemInfo['storage'] = running?.storage ?? (await checkFiles(site));
  const damage = 'damage' in found ? found.damage : null;
  if (json) io.out(`${JSON.stringify(found, null, 2)}\n`);
  else io.out(`${lines(found).join('\n')}\n`);
  return damage === null ? 0 : errorTable.storage_damaged.exit;
}

async function checkFiles(site: Awaited<ReturnType<typeof siteOfOption>>['site']): Promise<StoreCheck> {
  const lock = await lockInstance(site.state_dir);
  try {
    const { database, headFile } = storeDirectories(site.state_dir);
    // Before the first start there is no key either.
    if (!(await holdsFiles(database)) && !(await isThere(headFile))) return { kind: 'none' };
    const keys = await readSiteKeys(site.key_file);
    const sealed = await readSealedHead(headFile, keys.head);
    return await checkStore(site.state_dir, systemClock(), sealed, () => knownAtDoors(site, keys));
  } finally {
    lock.release();
  }
}

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

function lines(found: StoreCheck | SystemInfo['storage']): string[] {
  if ('state' in found) {
    return found.damage === null
      ? ['the daemon runs: all of its database was read and found whole when it started']
      : damageLines(found.damage);
  }
  switch (found.kind) {
    case 'none':
      return ['there is no database yet: the first start makes one'];
    case 'sound':
      return [
        `the database is whole: ${found.entries} entries, last commit ${found.revision}`,
        ...(found.unproved === null ? [] : [`but nothing outside proves it: ${found.unproved}`]),
      ];
    case 'damaged':
      return found.repairable
        ? [
            'the database is damaged, and the next start will repair it; nothing is missing then',
            ...found.damage.faults,
          ]
        : damageLines(found.damage);
  }
}
