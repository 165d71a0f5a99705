import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fs from 'node:fs/promises';
import { join } from 'node:path';
import { MemoryLevel } from 'memory-level';
import { pino } from 'pino';
import type { AdminService, Caller } from '../../src/admin/ports.ts';
import { type AdminLife, type ComposedSite, composeSite } from '../../src/compose-site.ts';
import type { LineOwner } from '../../src/core/line.ts';
import type { PanelLogin } from '../../src/core/panel.ts';
import { Secret } from '../../src/core/secret.ts';
import type { Site } from '../../src/core/site.ts';
import type { NtpWord } from '../../src/core/trusted-time.ts';
import type { PrivateFiles } from '../../src/door/private-file.ts';
import type { SealedFiles } from '../../src/door/sealed-file.ts';
import { deriveKeys } from '../../src/door/site-key.ts';
import { scopes } from '../../src/schema/record.ts';
import type { FeedEntry } from '../../src/schema/storage.ts';
import type { SimulatedEvent } from '../../src/sim/simulated-event.ts';
import { type SimulatedSite, simulatedSite } from '../../src/sim/site.ts';
import { readSite } from '../../src/site-file/load-site.ts';
import { loadModels, modelDirectories } from '../../src/site-file/models.ts';
import { memoryDisk } from '../support/memory-disk.ts';
import { type FarEnd, memoryLine } from '../support/memory-line.ts';
import { openStore } from '../support/open-store.ts';
import { type VirtualClock, virtualClock } from '../support/virtual-clock.ts';
import { type Gate, gate } from './gate.ts';

/** A relay that was written or that moved, and when by `mono`. */
export type LockDeed = Extract<SimulatedEvent, { event: 'lock_written' | 'lock_moved' }> & { at: number };

/** Both halves of a site with its simulated devices, on a clock that only the test moves. */
export interface SiteUnderTest {
  readonly clock: VirtualClock;
  readonly site: Site;
  readonly devices: SimulatedSite;
  readonly lines: ReadonlyMap<string, FarEnd>;
  /** What became of the locks, in order. */
  readonly locks: LockDeed[];
  /** Every line of the log. */
  readonly log: string[];
  readonly composed: ComposedSite;
  /** The admin half at work; fails when there is none. */
  readonly admin: AdminService;
  /** Moves the clock on, so finely that all that can happen in between does. */
  run(ms: number): Promise<void>;
  /** Moves the clock on in one step, as on a busy machine: what falls due in between comes late. For hours and days that are quiet. */
  leap(ms: number): Promise<void>;
  /** Runs until a probe holds, at most `ms`; fails with what was waited for. */
  until(what: string, probe: () => boolean | Promise<boolean>, ms?: number): Promise<void>;
  /** Waits for something of the admin half, which takes time by the clock. */
  done<T>(promise: Promise<T>): Promise<T>;
  /** All of the feed. */
  feed(): Promise<FeedEntry[]>;
  /** A user who may go everywhere, with these credentials; resolves with the ids when the doors know. */
  person(name: string, credentials: readonly Given[]): Promise<{ user: string; credentials: string[] }>;
  /** Ends the admin half in the middle of whatever it does. `comesBack` false: none can be started from now on. */
  killAdmin(comesBack?: boolean): void;
  /** None is started, or again. */
  adminMayStart(may: boolean): void;
  stopAdmin(): void;
  continueAdmin(): void;
  /** Messages that wait for the stopped admin half. */
  waitingForAdmin(): number;
  /** How long bytes have been under way on the paced port, in all. */
  readonly travelledMs: number;
  /** Admin halves there have been. */
  readonly lives: number;
  /** Stops in order, or by losing power, and starts again with the same site file: until it runs, or until all is online and in sync. */
  restart(how: 'in order' | 'power cut', then?: 'started' | 'settled'): Promise<void>;
  /** Files of the state directory, with the database's entries as one. */
  stored(): Promise<Map<string, Buffer>>;
}

export interface Given {
  kind: 'pin' | 'card';
  value: string;
  uses_left?: number;
}

export const operator: Caller = { id: 'local', name: 'local', scopes: new Set(scopes) };
export const plainly = { caller: operator, dry_run: false, if_match: null };

/** Where bytes take their time, answers that need no time must not be given any by the test. */
const stepOf = ({ paced }: SiteOptions): number => (paced === undefined ? 5 : 0.1);

/** How a site under test differs from `test/system/site.toml`. */
export interface SiteOptions {
  adapt?(text: string): string;
  /** Master code of its panel. */
  masterCode?: string;
  /** What the panel's secure port asks for, and the login file holds: user name and password, a line each. */
  login?: string;
  /** On this port each byte takes so long (ms), both ways; on others none. */
  paced?: { port: string; byteMs: number };
  /** What the wall clock reads at the start (wall ms), and what the system says of it: nothing, if left out. */
  startsAt?: number;
  ntp?(): NtpWord;
}

async function siteOfTests(adapt: (text: string) => string): Promise<Site> {
  const text = adapt(readFileSync(join(import.meta.dirname, '..', 'system', 'site.toml'), 'utf8'))
    .replace('READERS_PORT', '1')
    .replace('LOCKS_PORT', '2')
    .replace('API_PORT', '3')
    .replace('PANEL_PORT', '4');
  const { models } = await loadModels(fs, modelDirectories.slice(0, 1));
  const read = readSite('/site/site.toml', text, models);
  if (!read.ok) throw new Error(read.problems.map(({ message }) => message).join('\n'));
  return read.site;
}

/** A running site in which nobody is known yet, all devices online. */
export async function siteUnderTest(options: SiteOptions = {}): Promise<SiteUnderTest> {
  const { adapt = (text) => text, masterCode, login, paced } = options;
  const clock = virtualClock(options.startsAt);
  const site = await siteOfTests(adapt);
  const stepMs = stepOf(options);
  let travelledMs = 0;
  const travelMs = (port: string, { length }: Uint8Array): number => {
    const ms = port === paced?.port ? length * paced.byteMs : 0;
    travelledMs += ms;
    return ms;
  };
  const keys = deriveKeys(createHash('sha256').update('a test').digest());
  const database = new MemoryLevel<string, string>();
  await database.open();
  const disk = memoryDisk();
  const sealed = new Map<string, Buffer>();
  const log: string[] = [];
  const logger = pino({ level: 'info', base: null }, { write: (line: string) => void log.push(line) });
  const locks: LockDeed[] = [];
  const lines = new Map<string, FarEnd>();
  const devices = simulatedSite(
    site,
    clock,
    (port, bytes) => lines.get(port)?.send(bytes, travelMs(port, bytes)),
    (event) => {
      if (event.event === 'lock_written' || event.event === 'lock_moved')
        locks.push({ ...event, at: clock.mono() });
    },
    masterCode === undefined ? null : new Secret(masterCode),
    {
      login: login === undefined ? null : loginIn(login),
      hangUp() {
        const panel = lines.get(site.panel?.port ?? '');
        panel?.unplug('the panel closed the connection');
        clock.after(250, () => panel?.plugIn());
      },
    },
  );

  let mayStart = true;
  let lives = 0;
  let life: { gate: Gate; waiting: number } | null = null;
  const begin = (): AdminLife => {
    if (!mayStart) throw new Error('no more processes');
    const mine = { gate: gate(), waiting: 0 };
    life = mine;
    lives += 1;
    return {
      clock: mine.gate.clock(clock),
      machine: {
        readKeys: async () => keys,
        openStore: async ({ newId, mayOpen }) => {
          const reached = mine.gate.database(database);
          const store = await openStore(reached, newId, mayOpen);
          return { kind: 'open', store, database: reached, found: { what: 'intact' } };
        },
        serve: async () => ({ url: 'memory:', close: async () => {} }),
      },
      carrier: (end) => {
        const gated = mine.gate.carrier(end);
        return {
          ...gated,
          receive(taken, down) {
            end.receive(
              (envelope) => {
                mine.waiting += 1;
                mine.gate.pass(() => {
                  mine.waiting -= 1;
                  taken(envelope);
                });
              },
              (reason) => mine.gate.pass(() => down(reason)),
            );
          },
        };
      },
      cut: mine.gate.cut,
    };
  };

  let composed: ComposedSite;
  let doorGate: Gate;
  async function start(): Promise<void> {
    const mine = gate();
    doorGate = mine;
    composed = await done(
      composeSite(
        {
          site,
          version: '1.2.3',
          keys,
          clock: mine.clock(clock),
          log: logger,
          lineFor(port) {
            if (port.kind === 'evdev') throw new Error('no keyboard is simulated here');
            const { line, far } = memoryLine(clock, port.name, port.baud);
            far.onData((bytes) => {
              const arrive = () => mine.pass(() => devices.receive(port.name, bytes));
              const ms = travelMs(port.name, bytes);
              if (ms === 0) arrive();
              else clock.after(ms, arrive);
            });
            lines.set(port.name, far);
            const open = (owner: LineOwner): void =>
              line.open({
                ...owner,
                up() {
                  owner.up();
                  devices.connected(port.name);
                },
              });
            return { ...line, open };
          },
          journalFiles: mine.journalFiles(disk.mount()),
          sealedFiles: memoryFiles(sealed, mine),
          readerKeyFiles: memoryFiles(sealed, mine),
          ...(masterCode === undefined ? {} : { codeFiles: panelFiles(masterCode, login) }),
          ntp: options.ntp ?? (() => ({ says: 'unknown' })),
          ready: () => {},
        },
        begin,
      ),
    );
  }
  /** Readers with a secure channel are given their keys. */
  async function pairAll(): Promise<void> {
    const { doors } = composed.door;
    for (const { id, name } of site.readers.filter(({ secure }) => secure)) {
      await done(doors.pairing.open(id, 5, 'a test'));
      const channel = () => doors.status().readers.find((one) => one.id === id)?.security;
      await until(`reader ${name} is paired`, () => channel() === 'paired');
    }
  }
  /** Devices answer, and the doors go by the newest table if there is an admin half to tell them. */
  async function settled(): Promise<void> {
    await until('all is online and in sync', () => {
      const { readers, locks: all } = composed.door.doors.status();
      const online = [...readers, ...all].every((device) => device.online);
      return online && (!mayStart || composed.admin()?.system().doors_in_sync === true);
    });
  }

  async function turns(): Promise<void> {
    for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setImmediate(resolve));
  }
  async function run(ms: number): Promise<void> {
    const end = clock.mono() + ms;
    while (clock.mono() < end) {
      // Where nothing is due, nothing can happen in between.
      clock.advance(Math.min(end - clock.mono(), Math.max(stepMs, clock.untilNext() ?? ms)));
      await turns();
    }
  }
  async function until(what: string, probe: () => boolean | Promise<boolean>, ms = 20_000): Promise<void> {
    const end = clock.mono() + ms;
    while (!(await probe())) {
      if (clock.mono() > end) throw new Error(`waited ${ms} ms in vain until ${what}`);
      await run(stepMs);
    }
  }
  async function done<T>(promise: Promise<T>): Promise<T> {
    let over = false;
    const mark = (): void => {
      over = true;
    };
    promise.then(mark, mark);
    await until('it is done', () => over);
    return promise;
  }
  const admin = (): AdminService => {
    const service = composed.admin();
    if (service === null) throw new Error('no admin half is at work');
    return service;
  };

  await start();
  await pairAll();
  await settled();
  return {
    clock,
    site,
    devices,
    lines,
    locks,
    log,
    get composed() {
      return composed;
    },
    get admin() {
      return admin();
    },
    run,
    async leap(ms) {
      clock.leap(ms);
      await turns();
    },
    until,
    done,
    async feed() {
      const items: FeedEntry[] = [];
      let after: string | null = null;
      for (;;) {
        const query: Parameters<AdminService['feed']['read']>[0] = {
          after,
          limit: 500,
          types: [],
          waitMs: 0,
        };
        const page: Awaited<ReturnType<AdminService['feed']['read']>> = await done(
          admin().feed.read(query, new AbortController().signal),
        );
        items.push(...page.items);
        after = page.cursor;
        if (!page.more) return items;
      }
    },
    async person(last_name, given) {
      const nothing = { external_id: null, valid_from: null, valid_until: null };
      const fields = { email: null, mobile: null, department: null, language: null };
      const user = await done(
        admin().users.create({ ...nothing, ...fields, kind: 'member', first_name: '', last_name }, plainly),
      );
      const user_id = user.object.id;
      for (const { id: door_id } of site.doors) {
        const access = { ...nothing, user_id, target: { door_id }, schedule_id: null };
        await done(admin().access.create(access, plainly));
      }
      const made: string[] = [];
      for (const { kind, value, uses_left = null } of given) {
        const credential = { ...nothing, user_id, kind, state: 'programmed' as const, duress: false };
        const secret = { ...credential, uses_left, value: new Secret(value) };
        made.push((await done(admin().credentials.create(secret, plainly))).object.id);
      }
      await until('the doors know the new person', () => admin().system().doors_in_sync);
      return { user: user_id, credentials: made };
    },
    killAdmin(comesBack = true) {
      mayStart = comesBack;
      composed.killAdmin();
    },
    adminMayStart(may) {
      mayStart = may;
    },
    stopAdmin: () => life?.gate.stop(),
    continueAdmin: () => life?.gate.go(),
    waitingForAdmin: () => life?.waiting ?? 0,
    get travelledMs() {
      return travelledMs;
    },
    get lives() {
      return lives;
    },
    async restart(how, then = 'settled') {
      if (how === 'in order') await done(composed.door.stop('a test'));
      else {
        doorGate.cut();
        life?.gate.cut();
        disk.powerCut(0);
      }
      await start();
      if (then === 'settled') await settled();
    },
    async stored() {
      const entries: string[] = [];
      for await (const [key, value] of database.iterator()) entries.push(key, value);
      const files = disk.mount();
      const journal = (await files.read('/site/state/door.journal')) ?? Buffer.alloc(0);
      return new Map([
        ...sealed,
        ['database', Buffer.from(entries.join('\n'))],
        ['door.journal', Buffer.from(journal)],
      ]);
    },
  };
}

/** The code file, whatever its name, and the login file, whose name ends in `.login`. */
const panelFiles = (code: string, login = ''): PrivateFiles =>
  ({
    open: async (path: string) => ({
      stat: async () => ({ mode: 0o100600 }),
      read: async (buffer: Buffer) => {
        return { buffer, bytesRead: buffer.write(path.endsWith('.login') ? login : code, 'latin1') };
      },
      close: async () => {},
    }),
  }) as unknown as PrivateFiles;

function loginIn(text: string): PanelLogin {
  const [user = '', password = ''] = text.split('\n');
  return { user: new Secret(user), password: new Secret(password) };
}

/** As much of a file system as the sealed table needs. */
function memoryFiles(files: Map<string, Buffer>, { pass }: Gate): SealedFiles {
  const answer = <T>(make: () => T): Promise<T> =>
    new Promise((resolve, reject) => {
      pass(() => {
        try {
          resolve(make());
        } catch (error) {
          reject(error);
        }
      });
    });
  const known = (path: string): Buffer => {
    const bytes = files.get(path);
    if (bytes === undefined) throw Object.assign(new Error('ENOENT'), { code: 'ENOENT' });
    return bytes;
  };
  const used = {
    open: (path: string, flags: string) =>
      answer(() => {
        if (flags === 'w') files.set(path, Buffer.alloc(0));
        return {
          writeFile: (bytes: Uint8Array) =>
            answer(() => files.set(path, Buffer.concat([known(path), bytes]))),
          sync: () => answer(() => {}),
          close: () => answer(() => {}),
        };
      }),
    readFile: (path: string) => answer(() => known(path)),
    rename: (from: string, to: string) =>
      answer(() => {
        files.set(to, known(from));
        files.delete(from);
      }),
    unlink: (path: string) => answer(() => void files.delete(path)),
  };
  return used as unknown as SealedFiles;
}
