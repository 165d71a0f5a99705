import { beforeEach, expect, test } from 'vitest';
import { plainly, type SiteUnderTest, siteUnderTest } from './site-under-test.ts';

/** Power that is lost right after something was taken away: the doors start without an admin half, and do not give it back. */
let at: SiteUnderTest;

beforeEach(async () => {
  at = await siteUnderTest();
});
const releases = (): number =>
  at.locks.filter((deed) => deed.event === 'lock_moved' && deed.state === 'released').length;
const card = { facility: 12, number: 77 };

/** Shows the card after a power cut, with no admin half; whether a lock was released. */
async function opensAfterCut(): Promise<boolean> {
  at.adminMayStart(false);
  await at.restart('power cut', 'started');
  await at.until('the readers are online', () =>
    at.composed.door.doors.status().readers.every(({ online }) => online),
  );
  const before = releases();
  at.devices.reader('front').present(card);
  await at.run(2_000);
  return releases() > before;
}

test('a card that was known when the table was sealed opens after a power cut', async () => {
  await at.person('Kept', [{ kind: 'card', value: '12:77' }]);
  await at.run(40_000);
  expect(await opensAfterCut()).toBe(true);
});

test('a user removed a moment before the cut stays out', async () => {
  const { user } = await at.person('Gone', [{ kind: 'card', value: '12:77' }]);
  await at.run(40_000);
  expect((await at.done(at.admin.users.remove(user, plainly))).applied).toBe(true);
  expect(await opensAfterCut()).toBe(false);
});

test('a credential blocked a moment before the cut stays blocked', async () => {
  const { credentials } = await at.person('Blocked', [{ kind: 'card', value: '12:77' }]);
  await at.run(40_000);
  expect((await at.done(at.admin.credentials.setBlocked(credentials[0] ?? '', true, plainly))).applied).toBe(
    true,
  );
  expect(await opensAfterCut()).toBe(false);
});

test('what was taken away and given back before the cut is there after it', async () => {
  const { user } = await at.person('Back', [{ kind: 'card', value: '12:77' }]);
  await at.run(40_000);
  await at.done(at.admin.users.setSuspended(user, true, plainly));
  await at.done(at.admin.users.setSuspended(user, false, plainly));
  expect(await opensAfterCut()).toBe(true);
});
