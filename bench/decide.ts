import { emptyTable, putRow } from '../src/core/access-table.ts';
import { type AccessRequest, type DoorSituation, decide } from '../src/core/decide.ts';
import type { BenchLine } from './bench-line.ts';
import { type Peer, peers } from './peers.ts';
import { microseconds, microsecondsOfBoth, quantile } from './samples.ts';
import { benchWorld, cardOf, seededRandom, type World, worldKey, worldNow } from './world.ts';

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
const site = '64 doors, 50 groups, 200 rules, 8 schedules';

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
  const samples = microseconds(50_000, (n) => {
    const request = requests[n % requests.length];
    const key = worldKey('token', cardOf((n * 61) % 10_000));
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

/** Each peer is asked the same thousand questions, by key, and answers each as we do; then both answer them in turns. */
async function compared(): Promise<BenchLine[]> {
  const world = benchWorld(10_000);
  const { table, requests } = prepare(world);
  const asked = requests.slice(0, 1_000);
  const lines: BenchLine[] = [];
  for (const peer of peers) lines.push(await comparedWith(peer));
  return lines;

  async function comparedWith(peer: Peer): Promise<BenchLine> {
    const what = `the same question to ${peer.name}; left to it: ${peer.asked}`;
    const line = { goal: 'S2', what, target: `>= ${peer.goal}x faster` };
    const ask = await peer.prepare(world).catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND') return null;
      throw error;
    });
    if (ask === null) return { ...line, measured: 'not installed: npm ci --prefix bench', met: null };

    let alike = 0;
    for (const request of asked) {
      const granted = await ask(request.key, request.door, request.now);
      if (granted === decide(table, request, quiet).granted) alike += 1;
    }
    const counts = { theirs: 0, ours: 0 };
    const [theirs, ours] = await microsecondsOfBoth(
      asked.length,
      async () => {
        for (const { key, door, now } of asked) {
          const answer = ask(key, door, now);
          counts.theirs += Number(typeof answer === 'boolean' ? answer : await answer);
        }
      },
      () => {
        for (const request of asked) counts.ours += Number(decide(table, request, quiet).granted);
      },
    );
    const same = alike === asked.length && counts.theirs > 0 && counts.ours > 0;
    return {
      ...line,
      measured: `${Math.round(theirs / ours)}x (${ours.toFixed(3)} against ${theirs.toFixed(1)} µs), ${
        same ? `same ${alike} answers` : `ONLY ${alike} of ${asked.length} answers alike`
      }`,
      met: same && theirs / ours >= peer.goal,
    };
  }
}
