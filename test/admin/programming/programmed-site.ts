import { accessService } from '../../../src/admin/accesses.ts';
import { credentialsService } from '../../../src/admin/credentials.ts';
import { deviceProgramming } from '../../../src/admin/device-programming.ts';
import { openDirectory } from '../../../src/admin/directory.ts';
import { doorGroupsService } from '../../../src/admin/door-groups.ts';
import type { DoorLink } from '../../../src/admin/door-link.ts';
import { journalIntake } from '../../../src/admin/journal-intake.ts';
import { recordWriter } from '../../../src/admin/record-writer.ts';
import type { Vault } from '../../../src/admin/storage.ts';
import { usersService } from '../../../src/admin/users.ts';
import type { DoorEvent } from '../../../src/core/event.ts';
import type { HolderTraits } from '../../../src/core/holder.ts';
import type { ArmState } from '../../../src/core/panel.ts';
import { Secret } from '../../../src/core/secret.ts';
import type { PanelModel, ProgrammingRules, Site, SiteCodeLock } from '../../../src/core/site.ts';
import { type Holders, holders } from '../../../src/door/holders.ts';
import type { CommandResult, FromAdmin } from '../../../src/link/message.ts';
import { type FakeHolder, fakeHolder } from '../../support/fake-holder.ts';
import { type VirtualClock, virtualClock } from '../../support/virtual-clock.ts';
import { manualStore } from '../manual-store.ts';
import { aSite, countedRandom, doors as doorIds } from '../resources.ts';

export const ids = {
  panel: '00000000-0000-5000-8000-0000000000e1',
  lock: '00000000-0000-5000-8000-0000000000e2',
  house: '00000000-0000-5000-8000-0000000000f1',
  yard: '00000000-0000-5000-8000-0000000000f2',
};

export interface SiteOptions {
  panel?: Partial<HolderTraits> | null;
  lock?: Partial<HolderTraits> | null;
  rules?: Partial<ProgrammingRules>;
  programsWhileArmedFrom?: string | null;
}

/** A panel with the partitions `house` and `yard`, and a lock with a table of its own at the door `front`, over a store in memory. */
export async function programmedSite(given: SiteOptions = {}) {
  let options = given;
  const clock = virtualClock();
  const store = manualStore();
  store.automatic();
  const random = countedRandom();
  const panel = fakeHolder(clock, options.panel ?? {});
  const lock = fakeHolder(clock, options.lock ?? {});
  let site = siteOf(options, panel.traits, lock.traits);
  const arm: Record<string, ArmState> = { house: 'disarmed', yard: 'disarmed' };
  const journal: DoorEvent[] = [];
  /** Times a byte of a code would have reached an armed panel. */
  const breaches: string[] = [];
  const gated = gate(panel, arm, breaches, options);

  const makeDoor = (): Holders => {
    const made = holders({
      site,
      clock,
      journal: { append: (event) => void journal.push(event) },
      panel:
        options.panel === null
          ? null
          : {
              ...gated,
              arm: async () => ({ ok: true, already: false }),
              disarm: async () => ({ ok: true, already: false }),
            },
      locks: new Map(options.lock === null ? [] : [['lock', lock]]),
      partitions: { state: (name) => arm[name] ?? 'unknown' },
      lookupKey: vault.lookupKey,
      panelHeard: () => {},
      changed: () => void told(),
      failed(error) {
        throw error;
      },
    });
    return made;
  };
  let told = (): void => {};
  /** The highest time the door process knows to be past. */
  let past: number | null = null;
  let door = makeDoor();
  door.start();

  const makeAdmin = async () => {
    let alive = true;
    const directory = await openDirectory(store);
    const status = () =>
      ({
        holders: door.status(),
        clock: { synced: null, doubt: null, high_water: past },
        partitions: Object.entries(arm).map(([name, state]) => ({ id: name, name, state, since: 0 })),
      }) as unknown as ReturnType<DoorLink['status']>;
    const link: Pick<DoorLink, 'send' | 'status' | 'command'> = {
      send(message: FromAdmin) {
        if (!alive) return false;
        const copy = structuredClone(message);
        clock.after(0, () => {
          if (!alive) return;
          if (copy.type === 'order') door.take(copy.order);
          if (copy.type === 'orders') devices.programming.answered(door.states(copy.order_ids));
        });
        return true;
      },
      status,
      async command(order): Promise<CommandResult> {
        if (order.do === 'reveal_slot') return door.reveal(order.holder_id, order.slot);
        return { ok: false, code: 'not_found', detail: 'not here' };
      },
    };
    const failed = (error: unknown): void => {
      throw error;
    };
    const devices = deviceProgramming({
      site,
      directory,
      vault,
      link,
      clock,
      random,
      tableRevision: store.recordsRevision(),
      latest: () => Math.max(clock.wall(), past ?? 0),
      failed,
    });
    directory.onCommitted(devices.programming.committed);
    const intake = journalIntake({
      store,
      directory,
      clock,
      random,
      devices: devices.programming,
      stored: () => {},
      failed,
      stuck: failed,
    });
    const inForce = { waitFor: () => Promise.resolve(true) };
    const writer = recordWriter({ directory, inForce, clock, random, planner: devices.planner });
    const parts = {
      directory,
      vault,
      writer,
      clock,
      random,
      reservedPins: new Set<string>(),
      site: () => site,
      feedCursor: () => 'cursor',
    };
    const credentials = credentialsService(parts);
    const services = {
      users: usersService(parts),
      credentials,
      access: accessService(parts),
      groups: doorGroupsService(parts),
      ...devices.services(credentials, () => 'cursor'),
    };
    return {
      ...services,
      directory,
      programming: devices.programming,
      intake,
      end() {
        alive = false;
        devices.programming.close();
        intake.close();
        door.drop();
      },
    };
  };

  let admin = await makeAdmin();
  let seen = 0;
  const begin = (): void => {
    admin.programming.start();
    told = () => {
      const picture = admin;
      clock.after(0, () => {
        if (picture === admin) picture.programming.seen(status());
      });
    };
    told();
  };
  const status = () =>
    ({
      holders: door.status(),
      clock: { synced: null, doubt: null, high_water: past },
      partitions: Object.entries(arm).map(([name, state]) => ({ id: name, name, state, since: 0 })),
    }) as unknown as Parameters<typeof admin.programming.seen>[0];
  begin();

  const deliver = (): void => {
    if (seen === journal.length) return;
    const from = seen;
    seen = journal.length;
    const records = journal.slice(from, seen).map((event, i) => ({ seq: from + i + 1, event }));
    admin.intake.take({ type: 'journal', journal_id: 'journal', records });
  };
  const turns = async (): Promise<void> => {
    for (let i = 0; i < 24; i++) await Promise.resolve();
  };

  return {
    clock,
    store,
    get site() {
      return site;
    },
    panel,
    lock,
    journal,
    breaches,
    get admin() {
      return admin;
    },
    /** Lets `ms` pass, with everything that happens meanwhile. */
    async pass(ms: number) {
      const end = clock.mono() + ms;
      for (;;) {
        await turns();
        deliver();
        await turns();
        const next = clock.untilNext();
        if (next === null || clock.mono() + next > end) break;
        clock.advance(next);
      }
      if (clock.mono() < end) clock.advance(end - clock.mono());
      await turns();
    },
    arm(partition: 'house' | 'yard', state: ArmState) {
      arm[partition] = state;
      told();
    },
    /** The door process says what the highest time known to be past is. */
    knownPast(at: number | null) {
      past = at;
      told();
    },
    /** The doors go by everything committed. */
    applied() {
      admin.programming.applied(store.recordsRevision());
    },
    /** The admin process dies; what the journal holds, and the door process, stay. */
    async restartAdmin() {
      admin.end();
      told = () => {};
      seen = 0;
      admin = await makeAdmin();
      begin();
    },
    /** Both processes die: orders in the door process are gone, results in the journal are not. */
    async restartBoth(between: () => Promise<void> = async () => {}) {
      admin.end();
      await between();
      told = () => {};
      await door.close();
      panel.forsaken();
      lock.forsaken();
      door = makeDoor();
      seen = 0;
      admin = await makeAdmin();
      door.start();
      begin();
    },
    /** Both processes are started with another site file: these devices differ. */
    async rewire(devices: Pick<SiteOptions, 'panel' | 'lock'>) {
      await this.restartBoth(async () => {
        options = { ...options, ...devices };
        site = siteOf(options, panel.traits, lock.traits);
      });
    },
    feed: async () => (await store.feed(0, 100_000)).map(({ type }) => type),
    rows: () => [...admin.directory.confirmations.values()],
    /** The one row at a device. */
    row: (holder: string) => {
      const found = [...admin.directory.confirmationsAt(holder).values()];
      if (found.length !== 1) throw new Error(`${found.length} rows`);
      return found[0] as (typeof found)[number];
    },
  };
}

export type ProgrammedSite = Awaited<ReturnType<typeof programmedSite>>;

/** A vault without ciphers: tests that look for secrets have a real one. */
const vault: Vault = {
  lookupKey: (kind, value) => `${kind}:${[...value].reverse().join('')}`,
  seal: (value) => `sealed:${value.reveal()}`,
  unseal: (sealed) => new Secret(sealed.slice('sealed:'.length)),
  tokenHash: (token) => token,
};

/** Watches that nothing is written while a partition it touches is not disarmed, unless the panel can. */
function gate(
  panel: FakeHolder,
  arm: Readonly<Record<string, ArmState>>,
  breaches: string[],
  { programsWhileArmedFrom = null }: SiteOptions,
): FakeHolder {
  /** Partitions of what a slot really holds, and of the write that is on its way. */
  const storedFor = new Map<number, readonly string[]>();
  const sentFor = new Map<number, readonly string[]>();
  const { codes } = panel;
  const set = codes.set.bind(codes);
  codes.set = (slot, digits) => {
    storedFor.set(slot, sentFor.get(slot) ?? []);
    return set(slot, digits);
  };
  const watched = (mayWrite: () => boolean, slot: number, partitions: readonly string[]) => () => {
    const may = mayWrite();
    const touched = [...partitions, ...(codes.has(slot) ? (storedFor.get(slot) ?? []) : [])];
    const armed = touched.filter((name) => arm[name] !== 'disarmed');
    if (may && armed.length > 0 && programsWhileArmedFrom === null)
      breaches.push(`written while ${armed} armed`);
    return may;
  };
  return {
    ...panel,
    write(slot, code, partitions, mayWrite) {
      sentFor.set(slot, partitions);
      return panel.write(slot, code, partitions, watched(mayWrite, slot, partitions));
    },
    clear: (slot, code, mayWrite) => panel.clear(slot, code, watched(mayWrite, slot, [])),
  };
}

function siteOf(options: SiteOptions, panelTraits: HolderTraits, lockTraits: HolderTraits): Site {
  const rules: ProgrammingRules = {
    armed_changes: 'keep',
    changed_on_device: 'overwrite',
    quarantine_ms: 0,
    ...options.rules,
  };
  const panelModel: PanelModel = {
    name: 'nx-584',
    title: 'Panel',
    kind: 'nx_584',
    traits: panelTraits,
    programs_while_armed_from: options.programsWhileArmedFrom ?? null,
  };
  const lockModel = {
    name: 'code-lock',
    title: 'Lock',
    traits: lockTraits,
  } as unknown as SiteCodeLock['model'];
  return {
    ...aSite,
    doors: aSite.doors.map((door) => ({ ...door, lock: door.id === doorIds.front ? 'lock' : 'relay' })),
    panel:
      options.panel === null
        ? null
        : {
            kind: 'nx_584',
            id: ids.panel,
            name: 'panel',
            port: 'panel',
            model: panelModel,
            wire: 'ascii',
            code_file: null,
            programming: rules,
            partitions: [
              { id: ids.house, name: 'house', number: 1 },
              { id: ids.yard, name: 'yard', number: 2 },
            ],
          },
    code_locks:
      options.lock === null
        ? []
        : [{ id: ids.lock, name: 'lock', port: 'lock', unit: 1, model: lockModel, programming: rules }],
  };
}

export type { VirtualClock };
