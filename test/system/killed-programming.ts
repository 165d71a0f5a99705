import { expect } from 'vitest';
import { until } from './deadline.ts';
import { slotRig } from './slot-site.ts';

/**
 * A hundred codes are given to a lock with 199 slots, in so many batches, and in the middle of each the daemon is killed (SIGKILL). Then every
 * code is there once, and nothing else.
 */
export async function killedProgramming(batches: number): Promise<void> {
  // At this speed a batch takes longer than the time until it is seen to have begun.
  const slow = (text: string) => text.replace(/(port = LOCKS_PORT\nbaud = )\d+/, '$19600');
  const at = await slotRig(null, { adapt: slow });
  const { rig } = at;
  const stored = async (): Promise<number> => (await at.devices()).code_locks['depot']?.slots_in_use ?? 0;
  try {
    await at.start();
    const user = await at.user('depot');
    const codes = Array.from({ length: 100 }, (_, i) => String(500_000 + i * 37));
    const size = Math.ceil(codes.length / batches);
    for (let from = 0; from < codes.length; from += size) {
      const before = await stored();
      for (const code of codes.slice(from, from + size)) await at.pin(user, code);
      await until('it writes', async () => (await stored()) > before);
      await rig.stop('SIGKILL');
      await rig.start();
    }
    const proved = async (): Promise<true> => {
      const waiting = (await at.rows('depot')).filter(({ state }) => state !== 'confirmed');
      if (waiting.length === 0) return true;
      throw new Error(`${waiting.length} are not, such as ${JSON.stringify(waiting[0])}`);
    };
    await until('all are proved to be there', proved, 60_000);
    const rows = await at.rows('depot');
    expect(rows).toHaveLength(codes.length);
    expect(new Set(rows.map(({ slot }) => slot)).size).toBe(codes.length);
    expect(await stored()).toBe(codes.length);
    for (const code of codes) expect(await at.opens('depot', code)).toBe(true);
  } finally {
    await rig.close();
  }
}
