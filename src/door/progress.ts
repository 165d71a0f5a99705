import type { Site } from '../core/site.ts';
import type { DoorsStatus } from '../core/status.ts';

/**
 * Whether the door process has got on since the last call: its timers run, or nobody would ask, and every device that is
 * online has been talked to, with or without an answer. A device that is out of reach is judged by nobody: an unplugged
 * line must not restart the doors. `silent`: ids of devices that nobody talks to.
 */
export function doorProgress(
  status: () => Pick<DoorsStatus, 'readers' | 'locks'>,
  silent: ReadonlySet<string> = new Set(),
): () => boolean {
  let before = new Map<string, number>();
  return () => {
    const { readers, locks } = status();
    const talks = [...readers, ...locks].flatMap(({ id, online, exchanges, timeouts }) =>
      online && !silent.has(id) ? [[id, exchanges + timeouts] as const] : [],
    );
    const got = talks.every(([id, count]) => before.get(id) !== count);
    before = new Map(talks);
    return got;
  };
}

/** Readers that speak when a card is shown and are never asked. */
export function silentReaders(site: Pick<Site, 'readers'>): ReadonlySet<string> {
  return new Set(site.readers.flatMap(({ id, protocol }) => (protocol === 'osdp' ? [] : [id])));
}
