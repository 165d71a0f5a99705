import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from './deadline.ts';
import { type Rig, startRig } from './rig.ts';

/** Wires that break and come back, on real processes. */
let rig: Rig;

beforeAll(async () => {
  rig = await startRig();
  await rig.start();
  await rig.person('Lovelace', [{ kind: 'card', value: '12:3456' }]);
}, 40_000);
afterAll(() => rig.close());

const count = async (type: string) => (await rig.feed()).filter((item) => item.type === type).length;
const released = () => rig.wires.filter((e) => e.event === 'lock_moved' && e.state === 'released').length;

/** Shows the card, and again where the first read came too soon after an outage to be trusted. */
async function opens(reader: string): Promise<void> {
  const before = released();
  await until(`a card opens ${reader}`, async () => {
    const judged = await judgements();
    await rig.act({ do: 'card', reader, card: '12:3456' });
    await until('the card is judged', async () => (await judgements()) === judged + 1);
    const last = (await rig.feed()).findLast(
      ({ type }) => type.startsWith('access.re') || type === 'access.granted',
    );
    return last?.data['reason'] !== 'read_during_outage';
  });
  await until('the lock is released', () => released() === before + 1);
  await until(
    'it is secured again',
    () => rig.wires.findLast((e) => e.event === 'lock_moved')?.state === 'secured',
  );
}
const judgements = async () => (await count('access.granted')) + (await count('access.refused'));

test('a reader that is unplugged is reported, the other goes on, and it works when it is back', async () => {
  await rig.act({ do: 'plug', reader: 'front', plugged: false });
  await until('the loss is in the feed', async () => (await count('reader.offline')) === 1);
  await opens('back');
  await rig.act({ do: 'plug', reader: 'front', plugged: true });
  await until('it is back', async () => (await count('reader.online')) === 3);
  await opens('front');
}, 40_000);

test('the whole reader bus: both readers come back by themselves', async () => {
  const online = await count('reader.online');
  const offline = await count('reader.offline');
  await rig.act({ do: 'plug', port: 'readers', plugged: false });
  await until('the loss is in the feed', async () => (await count('reader.offline')) === offline + 2);
  await rig.act({ do: 'plug', port: 'readers', plugged: true });
  await until('both are back', async () => (await count('reader.online')) >= online + 2, 30_000);
  await opens('front');
}, 60_000);

test('a silent lock board: the card is granted, the failure told, nothing released later; then it works again', async () => {
  await rig.act({ do: 'fault', lock: 'front', fault: 'silent', on: true });
  await until('the loss is in the feed', async () => (await count('lock.offline')) >= 1);
  const before = released();
  await rig.act({ do: 'card', reader: 'front', card: '12:3456' });
  await until('the failure is told', async () => (await count('door.unlock_failed')) >= 1);
  const online = await count('lock.online');
  await rig.act({ do: 'fault', lock: 'front', fault: 'silent', on: false });
  await until('the lock is back', async () => (await count('lock.online')) > online, 40_000);
  await until('the lock reads secured', async () => {
    const { doors } = await rig.admin.get<{ doors: { locks: { output: string | null }[] } }>('/v1/system');
    return doors.locks.every(({ output }) => output === 'secured');
  });
  expect(released()).toBe(before);
  await opens('front');
}, 90_000);

test('the whole lock bus unplugged and back: nothing is released by that', async () => {
  const before = released();
  const online = await count('lock.online');
  await rig.act({ do: 'plug', port: 'locks', plugged: false });
  await until('the loss is in the feed', async () => (await count('lock.offline')) >= 2);
  await rig.act({ do: 'plug', port: 'locks', plugged: true });
  await until('both locks are back', async () => (await count('lock.online')) >= online + 2, 40_000);
  expect(released()).toBe(before);
  await opens('back');
}, 90_000);
