import type { Clock } from '../core/clock.ts';
import type { ArmState } from '../core/panel.ts';
import type { Site } from '../core/site.ts';
import type { DoorsStatus } from '../core/status.ts';

/** The arm states as the panel tells them, and what they mean for a door. */
export interface Partitions {
  /** True when the state has changed. */
  heard(partition: string, state: ArmState, since: number): boolean;
  /**
   * Whether access is restricted by this partition (null: by none): it is armed or arming, or was when last known, or has been
   * unknown for longer than `graceMs`, or was never known.
   */
  restricts(partition: string | null, graceMs: number): boolean;
  /** In how many milliseconds it will restrict though nothing is heard; null: never, or it does already. */
  restrictsIn(partition: string | null, graceMs: number): number | null;
  /** The state by the partition's name; one nobody knows is `unknown`. */
  state(partition: string): ArmState;
  status(): DoorsStatus['partitions'];
}

interface Partition {
  id: string;
  name: string;
  state: ArmState;
  since: number;
  /** The last state that was not `unknown`, and until when (monotonic ms) it was known. */
  known: { state: ArmState; until: number } | null;
}

export function partitions(site: Site, clock: Clock): Partitions {
  const all = new Map<string, Partition>();
  for (const { id, name } of site.panel?.partitions ?? []) {
    all.set(name, { id, name, state: 'unknown', since: clock.wall(), known: null });
  }
  /** How much is left of the time for which a disarmed partition that is lost counts as disarmed; below 0: none. */
  const graceLeft = ({ known }: Partition, graceMs: number): number =>
    known?.state === 'disarmed' ? known.until + graceMs - clock.mono() : -1;

  return {
    heard(name, state, since) {
      const partition = all.get(name);
      if (partition === undefined || partition.state === state) return false;
      if (partition.state !== 'unknown') partition.known = { state: partition.state, until: clock.mono() };
      partition.state = state;
      partition.since = since;
      return true;
    },
    restricts(name, graceMs) {
      if (name === null) return false;
      const partition = all.get(name);
      if (partition === undefined) return true;
      if (partition.state !== 'unknown') return partition.state !== 'disarmed';
      return graceLeft(partition, graceMs) < 0;
    },
    restrictsIn(name, graceMs) {
      const partition = name === null ? undefined : all.get(name);
      if (partition?.state !== 'unknown') return null;
      const left = graceLeft(partition, graceMs);
      return left < 0 ? null : left + 1;
    },
    state: (name) => all.get(name)?.state ?? 'unknown',
    status: () => [...all.values()].map(({ id, name, state, since }) => ({ id, name, state, since })),
  };
}
