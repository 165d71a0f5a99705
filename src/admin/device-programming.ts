import type { Clock } from '../core/clock.ts';
import type { Site } from '../core/site.ts';
import type { StoredCredential } from '../schema/record.ts';
import { scopes } from '../schema/record.ts';
import { doorAccess } from './door-access.ts';
import type { DoorLink } from './door-link.ts';
import type {
  Caller,
  ConfirmationsService,
  CredentialsService,
  DoorAccessService,
  HoldersService,
} from './ports.ts';
import { confirmationsService } from './programming/confirmations-service.ts';
import { holdersService } from './programming/holders-service.ts';
import { type Planner, planner } from './programming/planner.ts';
import { type Programming, programming } from './programming/programming.ts';
import { reaches } from './programming/reach.ts';
import { holderBook } from './programming/wants.ts';
import type { Directory, Vault } from './storage.ts';

/** Everything that has to do with devices that keep codes, put together. */
export interface DeviceProgramming {
  planner: Planner;
  programming: Programming;
  /** The services of the API. Call once: from then on, what the site adopts from its devices is adopted by `credentials`. */
  services(
    credentials: CredentialsService,
    feedCursor: () => string,
  ): { holders: HoldersService; confirmations: ConfirmationsService; door_access: DoorAccessService };
}

/** Who changes a PIN because it was changed on the device, where the site wants that. */
const siteItself: Caller = { id: 'site', name: 'site', scopes: new Set(scopes) };

/** @param parts.tableRevision revision of the table as loaded */
export function deviceProgramming(parts: {
  site: Site;
  directory: Directory;
  vault: Vault;
  link: Pick<DoorLink, 'send' | 'status' | 'command'>;
  clock: Clock;
  random(bytes: number): Uint8Array;
  tableRevision: number;
  /** As `KnownTime.latest`. */
  latest(): number;
  failed(error: unknown): void;
}): DeviceProgramming {
  const { site, vault, link } = parts;
  const book = holderBook(site);
  const reach = reaches(book, link.status);
  const lengthOf = ({ sealed }: StoredCredential): number => vault.unseal(sealed).reveal().length;
  const plans = planner({ ...parts, book, lengthOf, armed: reach.armed });
  let holders: HoldersService | null = null;
  const work = programming({
    ...parts,
    book,
    planner: plans,
    reaches: reach,
    send: link.send,
    adopt(holderId, slot) {
      const options = { caller: siteItself, dry_run: false, if_match: null };
      holders?.adopt(holderId, slot, null, options).catch(parts.failed);
    },
  });
  return {
    planner: plans,
    programming: work,
    services(credentials, feedCursor) {
      holders = holdersService({ ...parts, book, credentials });
      const confirmations = confirmationsService({
        ...parts,
        book,
        programming: work,
        probeNow: reach.probeNow,
        feedCursor,
      });
      return { holders, confirmations, door_access: doorAccess({ ...parts, book, feedCursor }) };
    },
  };
}
