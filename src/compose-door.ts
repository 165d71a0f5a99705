import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Clock } from './core/clock.ts';
import type { Line } from './core/line.ts';
import type { InputBank, LockBus } from './core/lock.ts';
import type { CodePanel, Panel, PanelLogin } from './core/panel.ts';
import type { ReaderBus, ReaderKeys } from './core/reader.ts';
import type { Secret } from './core/secret.ts';
import type { Site, SitePort } from './core/site.ts';
import type { NtpWord } from './core/trusted-time.ts';
import { uuidV7 } from './core/uuid.ts';
import { adminNewsTeller } from './door/admin-news.ts';
import { adminRecord } from './door/admin-record.ts';
import { boundedWait } from './door/bounded-wait.ts';
import { type PanelCodes, readCodeFile } from './door/code-file.ts';
import { type DoorProcess, doorProcess } from './door/door-process.ts';
import type { CodeLock } from './door/holders.ts';
import { type Journal, openJournal } from './door/journal.ts';
import type { JournalFiles } from './door/journal-file.ts';
import { keptTable } from './door/kept-table.ts';
import { keyedHash } from './door/keyed-hash.ts';
import { linkSession } from './door/link-session.ts';
import { readLoginFile } from './door/login-file.ts';
import type { PrivateFiles } from './door/private-file.ts';
import { openReaderKeys, type ReaderKeyStore, readerKeysPath } from './door/reader-keys.ts';
import type { SealedFiles } from './door/sealed-file.ts';
import { isSettled } from './door/settled-use.ts';
import type { SiteKeys } from './door/site-key.ts';
import { type AdminProcess, superviseAdmin } from './door/supervisor.ts';
import type { TableKeeper } from './door/table-keeper.ts';
import { type ClockKeeper, trustedClock } from './door/trusted-clock.ts';
import { ntpWord } from './hal/ntp-word.ts';
import { codeLock } from './lock-bus/code-lock/code-lock.ts';
import { modbusLine } from './lock-bus/modbus-line.ts';
import { relayLockBus } from './lock-bus/relay-lock-bus.ts';
import { dryContactPanel } from './panel/dry-contact/dry-contact.ts';
import { panelFor } from './panel/panel-for.ts';
import { readerBusFor } from './reader/reader-bus-for.ts';

export interface DoorParts {
  site: Site;
  version: string;
  keys: SiteKeys;
  clock: Clock;
  log: Logger;
  lineFor(port: SitePort): Line;
  /** Where the door journal and what is taken from the table lie. */
  journalFiles: JournalFiles;
  /** What the system says of its clock; by the site's file when left out. */
  ntp?(): NtpWord;
  /** Where the sealed table lies; the disk when left out. */
  sealedFiles?: SealedFiles;
  /** Where the keys of the readers lie; the disk when left out. */
  readerKeyFiles?: SealedFiles;
  /** Where the master code and the login of a panel lie; the disk when left out. */
  codeFiles?: PrivateFiles;
  spawnAdmin(): AdminProcess;
  /** The admin process is at work, for the first time or again. */
  ready(listening: string): void;
}

export interface ComposedDoor {
  doors: DoorProcess;
  /** Within 5 s, though the disk does not answer. */
  stop(reason: string): Promise<void>;
}

/** The sealed table as it is on the disk serves, if this one does not get there in time: what was taken away since lies beside it. */
const tableCloseMs = 2_000;

/** Puts the door process together and starts it: doors first, then the admin process. */
export async function composeDoor(parts: DoorParts): Promise<ComposedDoor> {
  const { site, keys, clock, log, version } = parts;
  const { journalFiles: files, sealedFiles } = parts;
  const record = adminRecord(clock);
  const kept = await keptTable({
    site,
    key: keys.snapshot,
    clock,
    log,
    files,
    sealedFiles,
    random: randomBytes,
    isConfirmed: () => record.standing().state === 'at_work',
  });
  const { keeper } = kept;
  const journal = await journalOf(parts, keeper);
  const panelCodes = await panelCodesOf(parts);
  const login = await panelLoginOf(parts);
  const readerKeys = await readerKeysOf(parts);
  const clockKeeper = clockOf(parts, journal);
  const { lookupKey, failed, keysFailed } = hooks(keys, log);
  const doors = doorProcess({
    ...devices(parts, readerKeys),
    readerKeys,
    codePanel: codePanelOf(parts, panelCodes?.master ?? null, login, journal),
    ...parts,
    pid: process.pid,
    journal,
    table: keeper,
    tableStart: kept.start,
    admin: record.standing,
    trustedClock: clockKeeper,
    lookupKey,
    failed,
    keysFailed,
  });
  doors.start();

  const ownCodes = panelCodes === null ? [] : [panelCodes.master, ...panelCodes.others];
  const reservedPins = ownCodes.map((code) => lookupKey('pin', code.reveal()));
  const { confirmed } = kept;
  const session = { site, version, clock, journal, keeper, doors, reservedPins, confirmed, failed };
  const supervisor = superviseAdmin({
    clock,
    spawn: parts.spawnAdmin,
    converse: (link, owner) => linkSession(link, session, owner),
    record,
    news: adminNewsTeller({ ...parts, journal }),
    ready: parts.ready,
  });

  return {
    doors,
    async stop(reason) {
      const adminGone = supervisor.stop();
      await doors.stop(reason);
      await Promise.all([boundedWait(clock, tableCloseMs, [kept.close()], failed), adminGone]);
    },
  };
}

const hooks = (keys: SiteKeys, log: Logger) => ({
  lookupKey: keyedHash(keys.lookup),
  failed: (error: unknown) => log.error({ err: error }, 'a fault in the door process; doors go on'),
  keysFailed: (error: unknown) =>
    log.error({ err: error }, 'the keys of the readers cannot be written; no reader is given a new one'),
});

/** One bus for each port that has readers or locks; code locks and panel contacts on the lock bus of their port. */
function devices(
  { site, clock, lineFor }: DoorParts,
  readerKeys: ReaderKeys | null,
): {
  readerBuses: Map<string, ReaderBus>;
  lockBuses: Map<string, LockBus & InputBank>;
  panel: Panel | null;
  codeLocks: Map<string, CodeLock>;
} {
  const secrets = { keys: readerKeys ?? noKeys, random: randomBytes };
  const readerBuses = new Map<string, ReaderBus>();
  const lockBuses = new Map<string, LockBus & InputBank>();
  const codeLocks = new Map<string, CodeLock>();
  for (const port of site.ports) {
    const readers = site.readers.filter((reader) => reader.port === port.name);
    const locks = site.locks.filter((lock) => lock.port === port.name);
    const withCodes = site.code_locks.filter((lock) => lock.port === port.name);
    const contacts = site.panel?.kind === 'dry_contact' && site.panel.port === port.name;
    if (readers.length > 0) readerBuses.set(port.name, readerBusFor(readers, lineFor(port), clock, secrets));
    else if (locks.length > 0 || withCodes.length > 0 || contacts) {
      const line = modbusLine(lineFor(port), clock);
      lockBuses.set(port.name, relayLockBus(locks, line, clock));
      for (const lock of withCodes) codeLocks.set(lock.name, codeLock(lock, line, clock));
    }
  }
  const inputs = site.panel === null ? undefined : lockBuses.get(site.panel.port);
  const panel =
    site.panel?.kind !== 'dry_contact' || inputs === undefined
      ? null
      : dryContactPanel(site.panel, inputs, clock);
  return { readerBuses, lockBuses, panel, codeLocks };
}

/**
 * The codes that the panel has of its own. Doors must not wait for a panel: without a readable code file it is run without its master
 * code, which it reports as a fault of its set-up.
 */
async function panelCodesOf({ site, log, codeFiles }: DoorParts): Promise<PanelCodes | null> {
  const { panel } = site;
  if (panel === null || panel.kind === 'dry_contact' || panel.code_file === null) return null;
  return readCodeFile(panel.code_file, codeFiles).catch((error: unknown) => {
    log.error({ err: error }, 'the panel runs without its master code: no codes are written to it');
    return null;
  });
}

/** What the panel's secure port asks for. As with its codes, doors do not wait for it. */
async function panelLoginOf({ site, log, codeFiles }: DoorParts): Promise<PanelLogin | null> {
  const { panel } = site;
  if (panel === null || panel.kind === 'dry_contact' || panel.login_file === undefined) return null;
  return readLoginFile(panel.login_file, codeFiles).catch((error: unknown) => {
    log.error(
      { err: error },
      'the panel runs without its login: a secure port that asks for one lets nobody in',
    );
    return null;
  });
}

/** The panel that keeps codes. */
function codePanelOf(
  { site, clock, lineFor }: DoorParts,
  masterCode: Secret | null,
  login: PanelLogin | null,
  journal: Journal,
): CodePanel | null {
  const { panel } = site;
  const port = site.ports.find(({ name }) => name === panel?.port);
  if (panel === null || panel.kind === 'dry_contact' || port === undefined) return null;
  const logPlace = { kept: journal.panelLog(), keep: journal.keepPanelLog };
  const surroundings = { timeZone: site.time_zone, logPlace, login, random: randomBytes };
  return panelFor(panel, masterCode, lineFor(port), clock, surroundings);
}

const noKeys: ReaderKeys = { of: () => ({ current: null, pending: null, identity: null }) };

/** Null, told: they cannot be used, and are left as they lie. Readers with a secure channel stay out, for none falls back to plain. */
async function readerKeysOf({ site, keys, log, readerKeyFiles }: DoorParts): Promise<ReaderKeyStore | null> {
  const path = readerKeysPath(site.state_dir);
  const files = readerKeyFiles === undefined ? {} : { files: readerKeyFiles };
  const read = await openReaderKeys({
    path,
    siteId: site.id,
    key: keys.readers,
    random: randomBytes,
    ...files,
  });
  if (read.kind === 'ok') return read.store;
  log.error(
    { why: read.why, path },
    'the keys of the readers cannot be used: readers with a secure channel stay out',
  );
  return null;
}

function journalOf({ site, clock, journalFiles, log }: DoorParts, keeper: TableKeeper): Promise<Journal> {
  return openJournal({
    files: journalFiles,
    path: join(site.state_dir, 'door.journal'),
    clock,
    newId: () => uuidV7(clock.wall(), randomBytes(10)),
    resource: `system/${site.id}`,
    isExpected: keeper.inForce() !== null,
    isSettled: (use) => isSettled(use, keeper.inForce()),
    trouble: (error) =>
      log.error({ err: error }, 'the door journal cannot be written; events wait in memory'),
  });
}

function clockOf({ site, clock, log, ...parts }: DoorParts, journal: Journal): ClockKeeper {
  return trustedClock({
    clock,
    journal,
    ntp: parts.ntp ?? (() => ntpWord(site.clock.ntp_file)),
    trust: site.clock.trust,
    resource: `system/${site.id}`,
    doubted: (why) => log.warn({ why }, 'the clock is not believed: postern clock says why'),
  });
}
