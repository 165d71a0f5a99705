import { createSecretKey } from 'node:crypto';
import { emptyTable, putRow } from '../src/core/access-table.ts';
import { type AccessRequest, type DoorSituation, decide } from '../src/core/decide.ts';
import { keyedHash } from '../src/door/keyed-hash.ts';
import type { BenchLine } from './bench-line.ts';
import { type Peer, peers } from './peers.ts';
import { microseconds, microsecondsEach, quantile } from './samples.ts';
import { benchWorld, seededRandom, type World, worldNow } from './world.ts';

const quiet: DoorSituation = {
  restricted: false,
  locked_out: false,
  after_outage: false,
  used: () => 0,
  latest: 0,
  clock_doubted: false,
  mode: 'normal',
  card_of: null,
};
/** Roles and schedules are to come; until then the goals are held against what there is. */
const site = '64 doors, 50 groups, 200 rules';

/** S1: decide(); S1b: keyed hash and decide(); S2: the same rules in the engines others use. */
export async function run(): Promise<BenchLine[]> {
  const lines: BenchLine[] = [];
  for (const [credentials, goalUs] of [
    [10_000, 1],
    [100_000, 2],
  ] as const) {
    const { table, requests } = prepare(benchWorld(credentials));
    const samples = microseconds(200_000, (n) => {
      const request = requests[n % requests.length];
      if (request !== undefined) decide(table, request, quiet);
    });
    const [p50, p999] = [quantile(samples, 0.5), quantile(samples, 0.999)];
    lines.push({
      goal: 'S1',
      what: `decide(), ${credentials} credentials, ${site}`,
      target: `p50 <= ${goalUs} µs, p99.9 <= 10 µs`,
      measured: `p50 ${p50.toFixed(2)} µs, p99.9 ${p999.toFixed(1)} µs`,
      met: p50 <= goalUs && p999 <= 10,
    });
    if (credentials === 10_000) lines.push(hashed(table, requests));
  }
  return [...lines, ...(await compared())];
}

function prepare(world: World) {
  const table = emptyTable(world.doorIds);
  for (const row of structuredClone(world.rows)) putRow(table, row);
  const random = seededRandom(2);
  const requests = Array.from({ length: 20_000 }, (): AccessRequest => {
    const user = world.users[random(world.users.length)];
    const group = world.groups.find(({ id }) => id === user?.groups[0]);
    const door = random(2) === 0 ? group?.doors[random(4)] : world.doorIds[random(64)];
    return { door: door ?? '', kind: 'token', key: user?.key ?? '', now: worldNow };
  });
  return { table, requests };
}

function hashed(table: ReturnType<typeof prepare>['table'], requests: readonly AccessRequest[]): BenchLine {
  const lookupKey = keyedHash(createSecretKey(Buffer.alloc(32, 5)));
  const values = Array.from({ length: 1_000 }, (_, n) => `h10301:${n % 256}:${n * 61}`);
  const samples = microseconds(50_000, (n) => {
    const request = requests[n % requests.length];
    const key = lookupKey('token', values[n % values.length] ?? '');
    if (request !== undefined) decide(table, { ...request, key }, quiet);
  });
  const p50 = quantile(samples, 0.5);
  return {
    goal: 'S1b',
    what: 'from the card to the decision, keyed hash included',
    target: 'p50 <= 10 µs',
    measured: `p50 ${p50.toFixed(2)} µs`,
    met: p50 <= 10,
  };
}

async function compared(): Promise<BenchLine[]> {
  const world = benchWorld(10_000);
  const { table, requests } = prepare(world);
  const users = new Map(world.users.map((user) => [user.key, user]));
  const lines: BenchLine[] = [];
  for (const peer of peers) lines.push(await comparedWith(peer));
  return lines;

  async function comparedWith(peer: Peer): Promise<BenchLine> {
    const line = { goal: 'S2', what: `the same rules in ${peer.name}`, target: `>= ${peer.goal}x faster` };
    const ask = await peer.prepare(world).catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND') return null;
      throw error;
    });
    if (ask === null) return { ...line, measured: 'not installed: npm ci --prefix bench', met: null };

    const asked = requests.slice(0, 1_000).flatMap((request) => {
      const user = users.get(request.key);
      return user === undefined ? [] : [{ request, user }];
    });
    const answers: boolean[] = [];
    const theirs = await microsecondsEach(asked.length, async () => {
      answers.length = 0;
      for (const { request, user } of asked) {
        const answer = ask(user, request.door, request.now);
        answers.push(typeof answer === 'boolean' ? answer : await answer);
      }
    });
    const decisions: boolean[] = [];
    const ours = await microsecondsEach(asked.length, () => {
      decisions.length = 0;
      for (const { request } of asked) decisions.push(decide(table, request, quiet).granted);
    });
    const alike = answers.filter((granted, n) => granted === decisions[n]).length;
    const same = alike === asked.length;
    return {
      ...line,
      measured: `${Math.round(theirs / ours)}x (${ours.toFixed(2)} against ${theirs.toFixed(1)} µs), ${
        same ? `same ${alike} answers` : `ONLY ${alike} of ${asked.length} answers alike`
      }`,
      met: same && theirs / ours >= peer.goal,
    };
  }
}
