import { type Report, type Request, sixDigits } from '../panel/elk-m1/layout.ts';
import type { ElkFault } from './elk-fault.ts';

/** A user of a simulated Elk M1, by slot. `areas`: bit 0 is area 1. */
export interface ElkUser {
  code: string;
  areas: number;
  master: boolean;
  restricted: boolean;
  /** The option "Access": the code opens, and neither arms nor disarms. */
  access: boolean;
}

/** The user table of a simulated Elk M1, and what it answers (sheet 2.4). */
export interface ElkUsers {
  readonly table: Map<number, ElkUser>;
  /** Who may enter this code at all; null: nobody. */
  owner(code: string): { slot: number; user: ElkUser } | null;
  change(request: Change, faults: ReadonlySet<ElkFault>): Report;
  areasOf(code: string, length: 4 | 6): Report;
  /** Somebody gives the masters another code, or their own again. */
  changeMasters(changed: boolean): void;
}

type Change = Extract<Request, { type: 'change_code' }>['value'];

/** Makes the table. Codes with fewer than six digits are kept with zeros in front. */
export function elkUsers(users: readonly (Partial<ElkUser> & { slot: number; code: string })[]): ElkUsers {
  const table = new Map<number, ElkUser>();
  for (const { slot, ...user } of users) {
    table.set(slot, { ...nobody, ...user, code: sixDigits(user.code) });
  }

  const owner: ElkUsers['owner'] = (code) => {
    for (const [slot, user] of table) {
      if (user.code === sixDigits(code) && !user.restricted) return { slot, user };
    }
    return null;
  };

  function change(
    { user: slot, authority, code, areas, flag }: Change,
    faults: ReadonlySet<ElkFault>,
  ): Report {
    const by = owner(authority);
    const reach = faults.has('narrow_master') ? 0x01 : (by?.user.areas ?? 0);
    const allowed = by !== null && (by.user.master || by.slot === slot) && (areas & ~reach) === 0;
    if (!allowed || slot < 1 || slot > 199) return changed(0, 0);
    const before = table.get(slot) ?? nobody;
    if (flag !== 0) {
      table.set(slot, { ...before, restricted: flag === 1 });
      return changed(slot, flag === 1 ? 1 : 0);
    }
    const taken = [...table].some(([other, user]) => other !== slot && user.code === code);
    if (taken || faults.has('duplicates')) return changed(255, 0);
    if (!(before.restricted && faults.has('restricted_keeps_code'))) {
      table.set(slot, { ...before, code, areas: areas === 0 ? before.areas : areas });
    }
    return changed(slot, before.restricted ? 1 : 0);
  }

  return {
    table,
    owner,
    change,
    changeMasters(changed) {
      for (const { slot, code, master } of users) {
        const user = table.get(slot);
        if (master && user) table.set(slot, { ...user, code: changed ? '909090' : sixDigits(code) });
      }
    },
    areasOf(code, length) {
      const user = code === nobody.code ? undefined : owner(code)?.user;
      return {
        type: 'code_areas',
        value: {
          code,
          areas: user?.areas ?? 0,
          diagnostic: '00000000',
          length,
          type: user?.master ? 2 : 1,
          scale: 'F',
        },
      };
    },
  };
}

const nobody: ElkUser = { code: '000000', areas: 0, master: false, restricted: false, access: false };

const changed = (user: number, flag: number): Report => ({
  type: 'code_changed',
  value: { user, flag, zero: 0 },
});
