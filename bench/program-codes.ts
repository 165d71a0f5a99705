import { Secret } from '../src/core/secret.ts';
import { plainly, type SiteUnderTest, siteUnderTest } from '../test/site/site-under-test.ts';
import { panelText } from '../test/system/slot-site.ts';
import type { BenchLine } from './bench-line.ts';

/**
 * S14: codes into a panel that answers at once, from their creation to the last confirmation: both halves of a site on the virtual clock,
 * the panel on a line on which bytes take their time. What the line allows: the time of the bytes that went over it meanwhile.
 */
export async function run(): Promise<BenchLine[]> {
  return [await programmed('nx-584'), await programmed('elk-m1')];
}

const baud = 38_400;
const bitsPerByte = 10;
const goal = 0.9;

async function programmed(model: 'nx-584' | 'elk-m1'): Promise<BenchLine> {
  const site = await siteUnderTest({
    adapt: (text) => text.replace(/\[panel\][\s\S]*/, panelText(model)),
    masterCode: '314159',
    paced: { port: 'panel', byteMs: (bitsPerByte * 1000) / baud },
  });
  const holder = site.admin.holders.list().find(({ kind }) => kind === 'panel');
  if (holder?.capacity == null) throw new Error('the site has no panel');
  const count = holder.capacity - holder.reserved;
  const shown = () => site.admin.holders.get(holder.id);
  const disarmed = () => shown().partitions.every(({ state }) => state === 'disarmed');
  await site.until(
    'the panel is online and disarmed',
    () => shown().state === 'online' && disarmed(),
    60_000,
  );
  const confirmed = () =>
    site.admin.confirmations.list({ limit: 500, after: null }, { holder_id: holder.id, state: 'confirmed' })
      .items.length;
  const [begun, travelled] = [site.clock.mono(), site.travelledMs];
  await codes(site, count);
  await site.until('all are confirmed', () => confirmed() === count, 600_000);
  const ms = site.clock.mono() - begun;
  const share = (site.travelledMs - travelled) / ms;
  return {
    goal: 'S14',
    what: `${count} codes confirmed by an ${model}, ${baud} baud`,
    target: '>= 90 % of what the line allows',
    measured: `${(ms / 1000).toFixed(1)} s, ${Math.round(share * 100)} %`,
    met: share >= goal,
  };
}

/** A user with a code each, all given at once. */
async function codes(site: SiteUnderTest, count: number): Promise<void> {
  const nothing = { external_id: null, valid_from: null, valid_until: null };
  const person = { ...nothing, email: null, mobile: null, department: null, language: null };
  const made = Array.from({ length: count }, async (_, n) => {
    const fields = { ...person, kind: 'member' as const, first_name: '', last_name: `Person ${n}` };
    const user = await site.admin.users.create(fields, plainly);
    const user_id = user.object.id;
    const target = { partition: 'house' };
    await site.admin.access.create({ ...nothing, user_id, target, schedule_id: null }, plainly);
    const credential = { ...nothing, user_id, kind: 'pin' as const, state: 'programmed' as const };
    const value = new Secret(String(200_000 + 37 * n));
    await site.admin.credentials.create({ ...credential, duress: false, uses_left: null, value }, plainly);
  });
  await site.done(Promise.all(made));
}
