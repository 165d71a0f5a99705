import type { RunningSite } from './running-site.ts';

const doors = ['front', 'back'] as const;
/** A card whose lock was not told to open by then is told of, not measured. */
const lostAfterMs = 5_000;

export interface CardTimes {
  /** Milliseconds from the reader's report, put on its wire by the simulator, to the lock's command read by it. */
  samples: Float64Array;
  lost: number;
}

/**
 * Shows a known card at two doors in turn, and times each by the simulator's own clock. The pause after each is another one, so that the
 * readers' and the locks' polls meet it in every phase.
 */
export async function cardTimes(
  site: RunningSite,
  card: string,
  until: (cards: number) => boolean,
): Promise<CardTimes> {
  const samples: number[] = [];
  let lost = 0;
  for (let n = 0; !until(n); n++) {
    const took = await once(site, doors[n % 2] ?? 'front', card);
    if (took === null) lost += 1;
    else samples.push(took);
    await new Promise((resolve) => setTimeout(resolve, 10 + ((n * 37) % 50)));
  }
  site.watch(null);
  return { samples: Float64Array.from(samples), lost };
}

/** Null: the lock was not told to open. */
function once(site: RunningSite, door: string, card: string): Promise<number | null> {
  return new Promise((resolve) => {
    let reportedUs: number | null = null;
    const tooLong = setTimeout(() => resolve(null), lostAfterMs);
    site.watch((event) => {
      if (event.event === 'card_reported' && event.reader === door) reportedUs ??= event.at_us;
      if (event.event !== 'lock_written' || event.lock !== door || event.state !== 'released') return;
      if (reportedUs === null) return;
      clearTimeout(tooLong);
      resolve((event.at_us - reportedUs) / 1000);
    });
    site.present(door, card);
  });
}

/** Lets one person with one card in at every door; resolves with the card's text when the doors go by it. */
export async function holder(site: RunningSite, card = '12:3456'): Promise<string> {
  const { id: user_id } = await site.admin.post<{ id: string }>('/v1/users', { last_name: 'Bench' });
  for (const door_id of site.doorIds) await site.admin.post('/v1/access', { user_id, target: { door_id } });
  await site.admin.post('/v1/credentials', { user_id, kind: 'card', value: card });
  return card;
}
