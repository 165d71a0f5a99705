import type { HolderTraits } from './holder.ts';
import type { ProgrammingRules, Site } from './site.ts';

/** A device of the site that keeps codes in numbered slots. */
export interface SlotHolder {
  id: string;
  name: string;
  kind: 'panel' | 'code_lock';
  /** Name of its model file. */
  model: string;
  traits: HolderTraits;
  rules: ProgrammingRules;
  /** Of a panel; a lock has none. */
  partitions: readonly { id: string; name: string }[];
  programs_while_armed_from: string | null;
}

/** What is kept of a device, so that its codes are not forgotten when the site file names it no more. */
export interface KnownHolder extends Pick<SlotHolder, 'id' | 'name' | 'kind' | 'model' | 'traits'> {
  /** Since when the site file does not name it (wall ms); null: it does. */
  gone_since: number | null;
}

/** The devices of a site that keep codes: its panel, then its locks, in the order of the site file. */
export function slotHolders(site: Pick<Site, 'panel' | 'code_locks'>): SlotHolder[] {
  const { panel } = site;
  const holders: SlotHolder[] = [];
  if (panel !== null && panel.kind !== 'dry_contact') {
    const { id, name, partitions, programming: rules, model } = panel;
    const { traits, programs_while_armed_from } = model;
    holders.push({
      id,
      name,
      kind: 'panel',
      model: model.name,
      traits,
      rules,
      partitions,
      programs_while_armed_from,
    });
  }
  for (const { id, name, model, programming: rules } of site.code_locks) {
    holders.push({
      id,
      name,
      kind: 'code_lock',
      model: model.name,
      traits: model.traits,
      rules,
      partitions: [],
      programs_while_armed_from: null,
    });
  }
  return holders;
}

/** Devices of a site, and those known that it does not name any more. */
export function siteAndKnown(
  site: Pick<Site, 'panel' | 'code_locks'>,
  known: Iterable<KnownHolder>,
): Pick<SlotHolder, 'id' | 'traits'>[] {
  const devices = new Map<string, Pick<SlotHolder, 'id' | 'traits'>>();
  for (const one of [...known, ...slotHolders(site)]) devices.set(one.id, one);
  return [...devices.values()];
}

/**
 * Whether codes may be changed while a partition is armed: from a firmware on, if at all. Unknown firmware, or one that does not begin with
 * its number: no.
 */
export function programsWhileArmed(
  { programs_while_armed_from: from }: Pick<SlotHolder, 'programs_while_armed_from'>,
  firmware: string | null,
): boolean {
  if (from === null || firmware === null) return false;
  const has = numbersOf(firmware);
  const needs = numbersOf(from);
  if (has.length === 0) return false;
  for (let i = 0; i < Math.max(has.length, needs.length); i++) {
    const more = (has[i] ?? 0) - (needs[i] ?? 0);
    if (more !== 0) return more > 0;
  }
  return true;
}

const numbersOf = (version: string): number[] =>
  (/^\s*v?(\d+(?:\.\d+)*)/i.exec(version)?.[1] ?? '').split('.').filter(Boolean).map(Number);
