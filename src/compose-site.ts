import type { Logger } from 'pino';
import { doorLink } from './admin/door-link.ts';
import type { AdminService } from './admin/ports.ts';
import type { AdminMachine, ComposedAdmin } from './admin-machine.ts';
import { composeAdmin } from './compose-admin.ts';
import { type ComposedDoor, composeDoor, type DoorParts } from './compose-door.ts';
import type { Clock } from './core/clock.ts';
import type { AdminProcess } from './door/supervisor.ts';
import { memoryCarriers } from './link/memory-carrier.ts';
import type { FromAdmin, FromDoor } from './link/message.ts';
import { type Carrier, linkOver } from './link/window.ts';

/**
 * One life of an admin half. What it does reaches the world only through these: whoever holds them back has stopped it as
 * a signal stops a process, and whoever cuts them has killed it.
 */
export interface AdminLife {
  clock: Clock;
  machine: AdminMachine;
  carrier(end: Carrier): Carrier;
  /** Nothing of it happens any more. */
  cut(): void;
}

export interface ComposedSite {
  door: ComposedDoor;
  /** What the admin half offers; null while none is at work. */
  admin(): AdminService | null;
  /** Ends the admin half at once, as SIGKILL does. */
  killAdmin(): void;
}

/**
 * Both halves of a site in one process, joined in memory, as `main.ts` and `admin-main.ts` join them across two.
 * @param begin called for every admin half that is to live; may throw, as a fork may fail
 */
export async function composeSite(
  parts: Omit<DoorParts, 'spawnAdmin'>,
  begin: () => AdminLife,
): Promise<ComposedSite> {
  let service: AdminService | null = null;
  let half: AdminProcess | null = null;
  const door = await composeDoor({
    ...parts,
    spawnAdmin() {
      half = adminHalf(begin(), parts.log, (now) => {
        service = now;
      });
      return half;
    },
  });
  return { door, admin: () => service, killAdmin: () => half?.kill() };
}

function adminHalf(
  life: AdminLife,
  log: Logger,
  serves: (service: AdminService | null) => void,
): AdminProcess {
  const [doorEnd, adminEnd] = memoryCarriers();
  let composed: ComposedAdmin | null = null;
  let ended = false;
  let tell: (how: string, lastWords: readonly string[]) => void = () => {};

  const gone = (how: string): void => {
    if (ended) return;
    ended = true;
    serves(null);
    adminEnd.close();
    setImmediate(() => tell(how, []));
  };
  /** As `end` in admin-main.ts: closes what is open, and is gone. */
  const end = async (how: string): Promise<void> => {
    await composed?.close().catch(() => {});
    gone(how);
  };

  const link = doorLink(linkOver<FromAdmin, FromDoor>(life.carrier(adminEnd)), life.clock, () => {
    void end('exit code 0');
  });
  const run = async (): Promise<void> => {
    const configure = await link.configured;
    const stuck = (): void => void end('exit code 7');
    composed = await composeAdmin(configure, link, life.clock, log, stuck, life.machine);
    if (!ended) serves(composed.service);
  };
  run().catch((error: unknown) => {
    log.fatal({ err: error }, 'the admin half cannot start');
    void end('exit code 1');
  });

  return {
    carrier: doorEnd,
    onExit(fn) {
      tell = fn;
    },
    kill() {
      life.cut();
      gone('ended by SIGKILL');
    },
  };
}
