import { expect } from 'vitest';
import { until } from '../system/deadline.ts';
import type { FeedItem } from '../system/rig.ts';
import { slotRig } from '../system/slot-site.ts';
import { apiCaller } from './api-caller.ts';
import { lane } from './kill-lane.ts';
import { seeded } from './random.ts';

const clients = 4;
const patienceMs = 60_000;

type Entry = FeedItem & { id: string; revision: number | null };

/**
 * The built daemon under a mixed load through its API, one of its processes killed (SIGKILL) so many times at moments that the seed says. After
 * each, all that was acknowledged is held against what is there. Resolves with how much that was, and how long after each start of the door
 * process the doors had their table and could decide.
 */
export async function killedAtWork(
  kills: number,
  seed: number,
): Promise<{ acknowledged: number; usableMs: number[] }> {
  const random = seeded(seed);
  // At this speed codes are being written whenever a process dies.
  const slow = (text: string) => text.replace(/(port = LOCKS_PORT\nbaud = )\d+/, '$119200');
  const at = await slotRig(null, { adapt: slow });
  const { rig } = at;
  try {
    await at.start();
    const api = apiCaller(`${rig.directory}/admin.sock`);
    const named = async (path: string) =>
      (await rig.admin.get<{ items: { id: string; name: string }[] }>(path)).items;
    const doors = await named('/v1/doors');
    const door = (name: string) => doors.find((one) => one.name === name)?.id ?? '';
    const targets = { front: door('front'), depot: door('depot') };
    const depot = (await at.holder('depot')).id;
    const [reader] = await named('/v1/readers');
    const lanes = Array.from({ length: clients }, (_, n) => lane(n, api, targets, depot, random));
    const feed = feedJudge();
    const usableMs: number[] = [];
    let adminMayDie = true;

    for (let kill = 1; kill <= kills; kill++) {
      let stopped = false;
      const working = lanes.map((each) => each.work(() => stopped));
      await new Promise((resolve) => setTimeout(resolve, random.between(5, 250)));
      // A second one in a row would wait for the backoff of its supervisor, and nothing else would be tested.
      const dies: 'admin' | 'door' = adminMayDie && random.chance(0.4) ? 'admin' : 'door';
      adminMayDie = dies === 'door';
      if (dies === 'admin') {
        const pid = rig.adminPid();
        process.kill(pid, 'SIGKILL');
        stopped = true;
        await Promise.all(working);
        await until(
          'the admin process is back',
          async () => (await api.call('GET', '/v1/system')).is === 'answered',
          patienceMs,
        );
      } else {
        await rig.stop('SIGKILL');
        stopped = true;
        await Promise.all(working);
        const [from, begun] = [rig.output().length, performance.now()];
        let served = false;
        const decides = until(
          'the doors have their table',
          // Killed before a table was sealed, it has the one that the admin process sends.
          () =>
            (served || rig.output().includes('doors open by the sealed table', from)) &&
            performance.now() - begun,
          patienceMs,
        );
        const serves = rig.start().then(() => {
          served = true;
        });
        const [ms] = await Promise.all([decides, serves]);
        usableMs.push(ms);
      }
      for (const each of lanes) await each.judge();
      feed.take(await rig.feed());
      await until(
        'the doors go by what is stored',
        async () => {
          const system = await api.call('GET', '/v1/system');
          return system.is === 'answered' && system.body['doors_in_sync'] === true;
        },
        patienceMs,
      );
      for (const { person, card } of lanes) {
        const tried = await api.call('POST', '/v1/try', { reader_id: reader?.id, card });
        if (tried.is !== 'answered' || tried.status !== 200) throw new Error(`try: ${JSON.stringify(tried)}`);
        const expected =
          person === null || person.cards.length === 0
            ? ['unknown_credential']
            : person.suspended
              ? ['suspended']
              : ['granted', 'not_this_door'];
        expect(expected).toContain(tried.body['reason']);
      }
    }

    await until(
      'every code is where it belongs',
      async () => {
        const rows = await at.rows('depot');
        const unsettled = rows.filter(
          ({ state }) => state !== 'confirmed' && state !== 'removed' && state !== 'failed',
        );
        if (unsettled.length > 0)
          throw new Error(`${unsettled.length} are not, such as ${JSON.stringify(unsettled[0])}`);
        const confirmed = rows.filter(({ state }) => state === 'confirmed');
        const inUse = (await at.devices()).code_locks['depot']?.slots_in_use;
        if (inUse !== confirmed.length)
          throw new Error(`${inUse} slots are in use, ${confirmed.length} are confirmed`);
        if (new Set(confirmed.map(({ slot }) => slot)).size !== confirmed.length)
          throw new Error('a slot is used twice');
        return true;
      },
      60_000,
    );
    return { acknowledged: lanes.reduce((sum, each) => sum + each.acknowledged, 0), usableMs };
  } catch (error) {
    throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  } finally {
    await rig.stop();
    await rig.close();
  }
}

/** Holds each reading of the whole feed against those before: what was read stays, numbers rise by one, revisions of an object too. */
function feedJudge(): { take(items: readonly FeedItem[]): void } {
  let before: readonly Entry[] = [];
  return {
    take(found) {
      const items = found as readonly Entry[];
      const revisions = new Map<string, number>();
      items.forEach((item, i) => {
        if (item.seq !== i + 1) throw new Error(`the feed has ${item.seq} at place ${i + 1}`);
        const earlier = before[i];
        if (earlier !== undefined && earlier.id !== item.id)
          throw new Error(`entry ${item.seq} is another one now`);
        const { revision } = item;
        if (revision === null || !/^(user|access|credential)\./.test(item.type)) return;
        const last = revisions.get(item.resource) ?? 0;
        if (revision !== last + 1)
          throw new Error(`${item.resource}: revision ${revision} follows on ${last}`);
        revisions.set(item.resource, revision);
      });
      if (items.length < before.length)
        throw new Error(`the feed had ${before.length} entries, and has ${items.length}`);
      before = items;
    },
  };
}
