import type { Clock } from '../core/clock.ts';
import type { ErrorCode } from '../core/error.ts';
import type { ReaderSecurity } from '../core/reader.ts';
import type { OutputState, OutputStatus } from '../core/reader-output.ts';
import type { Site, SiteCodeLock } from '../core/site.ts';
import type { DoorsStatus } from '../core/status.ts';
import type { CommandResult } from '../link/message.ts';
import type { DoorProcess } from './door-process.ts';
import { longestWindow } from './pairing.ts';
import { longestTrial } from './reader-outputs.ts';

export interface LocalParts {
  site: LocalStatus['site'];
  version: string;
  clock: Pick<Clock, 'wall'>;
  doors: Pick<DoorProcess, 'status' | 'pairing' | 'outputs'>;
}

/** A reader as the door process itself tells of it. */
export interface LocalReader {
  name: string;
  port: string;
  address: number;
  online: boolean;
  security: ReaderSecurity;
  pairing_until: string | null;
  /** Why the last window of this reader came to nothing; null: it did not, or there was none since the start. */
  pairing_failed: string | null;
  identity: string | null;
  /** Its sounders and lamps. */
  outputs: OutputStatus[];
}

/** All that the door process knows, for who cannot ask the admin process. */
export interface LocalStatus {
  version: string;
  time: string;
  site: Pick<Site, 'name' | 'time_zone' | 'doors' | 'readers' | 'locks'> & {
    code_locks: readonly Pick<SiteCodeLock, 'id' | 'name'>[];
  };
  status: DoorsStatus;
}

export type LocalAnswer =
  | { ok: true; status: LocalStatus }
  | { ok: true; readers: LocalReader[] }
  | { ok: true; pairing_until: string | null }
  /** What the reader shows. */
  | { ok: true; state: OutputState; fault: string | null }
  | { ok: false; code: ErrorCode; detail: string };

/**
 * Obeys one order of somebody on this computer, who needs no admin process for it: `{"do": "status"}`, `{"do": "list"}`, `{"do": "pair", "reader": "front", "minutes": 5, "as": "ada"}`, `{"do": "accept", "reader": "front", "as": "ada"}`,
 * `{"do": "output", "reader": "front", "output": "siren", "on": true, "ms": 5000, "as": "ada"}` (`ms` only with `on` true).
 * `as` is what the caller says of himself; whoever may open the socket is an administrator.
 */
export async function obeyLocally(order: unknown, parts: LocalParts): Promise<LocalAnswer> {
  const { site, doors } = parts;
  if (order === null || typeof order !== 'object') return wrong('an order is one JSON object on one line');
  const { do: what, as: who, ...more } = order as Readonly<Record<string, unknown>>;
  const { reader: name, minutes, output, on, ms, ...strays } = more;
  const known = '"do", "reader", "minutes", "output", "on", "ms" and "as"';
  if (Object.keys(strays).length > 0) return wrong(`an order has ${known}, and nothing else`);
  if (what === 'status') return { ok: true, status: localStatus(parts) };
  if (what === 'list') return { ok: true, readers: listed(site, doors) };
  if (what !== 'pair' && what !== 'accept' && what !== 'output')
    return wrong('"do" is "status", "list", "pair", "accept" or "output"');
  if (typeof who !== 'string' || !/^[\w.@-]{1,64}$/.test(who)) {
    return wrong('"as" says who asks: 1 to 64 letters, digits and . _ @ -');
  }
  const reader = site.readers.find((one) => one.name === name);
  if (reader === undefined) {
    const names = site.readers.map((one) => one.name).join(', ');
    return {
      ok: false,
      code: 'not_found',
      detail: `no reader of this site is called so; there are: ${names}`,
    };
  }
  const operator = `local:${who}`;
  if (what === 'accept') return answered(await doors.pairing.accept(reader.id, operator));
  if (what === 'output') return outputOrdered(doors, reader.id, { output, on, ms }, operator);
  const window = typeof minutes === 'number' && Number.isInteger(minutes) ? minutes : 0;
  if (window < 1 || window > longestWindow)
    return wrong(`"minutes" is a whole number, 1 to ${longestWindow}`);
  return answered(await doors.pairing.open(reader.id, window, operator));
}

async function outputOrdered(
  doors: Pick<DoorProcess, 'outputs'>,
  readerId: string,
  { output, on, ms }: Readonly<Record<'output' | 'on' | 'ms', unknown>>,
  operator: string,
): Promise<LocalAnswer> {
  if (typeof output !== 'string') return wrong('"output" is the name of an output in the site file');
  if (typeof on !== 'boolean' || (!on && ms !== undefined))
    return wrong('"on" is true or false; only with true there is "ms"');
  if (!on) return doors.outputs.order(readerId, output, { on }, operator);
  const time = typeof ms === 'number' && Number.isInteger(ms) ? ms : 0;
  if (time < 1_000 || time > longestTrial) return wrong(`"ms" is a whole number, 1000 to ${longestTrial}`);
  return doors.outputs.order(readerId, output, { on, ms: time }, operator);
}

function localStatus({ site, version, clock, doors }: LocalParts): LocalStatus {
  const { name, time_zone, doors: all, readers, locks } = site;
  const code_locks = site.code_locks.map((lock) => ({ id: lock.id, name: lock.name }));
  const time = new Date(clock.wall()).toISOString();
  return {
    version,
    time,
    site: { name, time_zone, doors: all, readers, locks, code_locks },
    status: doors.status(),
  };
}

function listed(site: Pick<Site, 'readers'>, doors: Pick<DoorProcess, 'status' | 'pairing'>): LocalReader[] {
  const { readers } = doors.status();
  return site.readers.flatMap(({ id, name, port, address }) => {
    const found = readers.find((one) => one.id === id);
    if (found === undefined) return [];
    const { online, security, identity, pairing_until, outputs } = found;
    const pairing_failed = doors.pairing.failure(name);
    const until = instant(pairing_until);
    const about = { name, port, address, online, security, identity, outputs };
    return [{ ...about, pairing_until: until, pairing_failed }];
  });
}

function answered(result: CommandResult): LocalAnswer {
  if (result.ok) return { ok: true, pairing_until: instant(result.pairing_until ?? null) };
  return { ok: false, code: result.code as ErrorCode, detail: result.detail };
}

const instant = (wall: number | null): string | null => (wall === null ? null : new Date(wall).toISOString());

const wrong = (detail: string): LocalAnswer => ({ ok: false, code: 'invalid_input', detail });
