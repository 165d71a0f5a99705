import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openDirectory, scratchDirectory } from '../../src/admin/directory.ts';
import type { Directory } from '../../src/admin/storage.ts';
import type { StoredCredential, User } from '../../src/schema/record.ts';
import type { Change } from '../../src/schema/storage.ts';
import { manualStore } from './manual-store.ts';
import { aCredential, anAccess, aUser } from './records.ts';

const add = (after: User): Change => ({ kind: 'user', id: after.id, before: null, after });
const commit = (...changes: Change[]) => ({ changes, feed: [] });

describe('the directory', () => {
  test('shows a change at once and takes it back when the disk refuses it', async () => {
    const store = manualStore();
    const directory = await openDirectory(store);
    const made = directory.commit(commit(add(aUser('u1', { external_id: 'x' }))));
    expect(directory.byExternalId('user', 'x')?.id).toBe('u1');
    const refused = expect(made).rejects.toMatchObject({ code: 'storage_unavailable' });
    await store.fail();
    await refused;
    expect([...directory.users.keys(), ...directory.ids('user')]).toEqual([]);
    expect(directory.byExternalId('user', 'x')).toBeUndefined();
  });

  test('takes back several changes of one record in reverse order', async () => {
    const store = manualStore();
    const directory = await openDirectory(store);
    const first = aUser('u1');
    const second = { ...first, revision: 2 };
    const settled = Promise.allSettled([
      directory.commit(commit(add(first))),
      directory.commit(commit({ kind: 'user', id: 'u1', before: first, after: second })),
      directory.commit(commit({ kind: 'user', id: 'u1', before: second, after: null })),
    ]);
    await store.sync(1);
    await store.fail();
    expect((await settled).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected']);
    expect(directory.users.get('u1')).toBe(first);
  });

  test('refuses a change that starts from another record than there is, whole', async () => {
    const directory = await openDirectory(manualStore());
    const stale = { ...aUser('u2') };
    await expect(
      directory.commit(commit(add(aUser('u1')), { kind: 'user', id: 'u2', before: stale, after: null })),
    ).rejects.toMatchObject({ code: 'internal' });
    expect(directory.users.size).toBe(0);
  });

  test('a record that is there is not made again: the store counts what is called new, and would be one ahead', async () => {
    const store = manualStore();
    store.automatic();
    const directory = await openDirectory(store);
    const user = aUser('u1');
    await directory.commit(commit(add(user)));
    const again = { code: 'internal' };
    await expect(directory.commit(commit(add({ ...user })))).rejects.toMatchObject(again);
    await expect(directory.commit(commit(add(aUser('u2')), add(aUser('u2'))))).rejects.toMatchObject(again);
    const made = directory.commit(commit(add(aUser('u3'))), () => commit(add(aUser('u3'))));
    await expect(made).rejects.toMatchObject(again);
    expect([store.commits.length, [...directory.users.values()]]).toEqual([1, [user]]);
  });

  test('an external id may pass from one record to another within a commit, and back when the disk refuses it', async () => {
    const store = manualStore();
    const directory = await openDirectory(store);
    const [had, gets] = [aUser('u1', { external_id: 'x' }), aUser('u2')];
    void directory.commit(commit(add(had), add(gets)));
    await store.sync();
    const passed = directory.commit(
      commit(
        { kind: 'user', id: 'u2', before: gets, after: { ...gets, external_id: 'x' } },
        { kind: 'user', id: 'u1', before: had, after: { ...had, external_id: null } },
      ),
    );
    expect(directory.byExternalId('user', 'x')?.id).toBe('u2');
    const refused = expect(passed).rejects.toMatchObject({ code: 'storage_unavailable' });
    await store.fail();
    await refused;
    expect(directory.byExternalId('user', 'x')?.id).toBe('u1');
  });

  test('listeners hear of durable commits only, in order, before the writer does', async () => {
    const store = manualStore();
    const directory = await openDirectory(store);
    const heard: string[] = [];
    directory.onCommitted((_, { revision }) => heard.push(`committed ${revision}`));
    const writers = ['u1', 'u2'].map((id) =>
      directory.commit(commit(add(aUser(id)))).then(({ revision }) => heard.push(`told ${revision}`)),
    );
    await Promise.resolve();
    expect(heard).toEqual([]);
    await store.sync();
    await Promise.all(writers);
    expect(heard.filter((line) => line.startsWith('c'))).toEqual(['committed 1', 'committed 2']);
    expect(heard.indexOf('committed 1')).toBeLessThan(heard.indexOf('told 1'));
    expect(heard.indexOf('committed 2')).toBeLessThan(heard.indexOf('told 2'));
  });

  test('is settled when all that was made is durable, and not when it was refused', async () => {
    const store = manualStore();
    const directory = await openDirectory(store);
    expect(await directory.settled()).toBe(0);
    void directory.commit(commit(add(aUser('u1'))));
    const settled = directory.settled();
    await store.sync();
    expect(await settled).toBe(1);
    const failing = Promise.allSettled([directory.commit(commit(add(aUser('u2')))), directory.settled()]);
    await store.fail();
    expect((await failing).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });

  test('a scratch copy goes its own way', async () => {
    const store = manualStore();
    store.automatic();
    const directory = await openDirectory(store);
    const user = aUser('u1');
    await directory.commit(commit(add(user)));
    const scratch = scratchDirectory(directory);
    expect(indexesOf(scratch)).toEqual(indexesOf(directory));
    await scratch.commit(commit({ kind: 'user', id: 'u1', before: user, after: null }));
    expect([scratch.users.size, directory.users.size, store.commits.length]).toEqual([0, 1, 1]);
  });

  test('equals a naive model under any creates, edits and removals, some of them refused', async () => {
    const step = fc.record({
      what: fc.constantFrom('user', 'credential', 'access', 'remove user', 'remove credential'),
      id: fc.integer({ min: 0, max: 4 }),
      owner: fc.integer({ min: 0, max: 4 }),
      text: fc.constantFrom(null, 'a', 'b', '__proto__', 'constructor'),
    });
    const round = fc.record({
      steps: fc.array(step, { maxLength: 8 }),
      kept: fc.integer({ min: 0, max: 8 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(round, { maxLength: 6 }), async (rounds) => {
        const store = manualStore();
        const directory = await openDirectory(store);
        let model: Model = new Map();
        for (const { steps, kept } of rounds) {
          const histories: Model[] = [model];
          const made: Promise<unknown>[] = [];
          for (const next of steps) {
            const changes = changesOf(directory, next);
            if (changes.length === 0) continue;
            const after: Model = new Map(histories.at(-1));
            for (const change of changes) {
              if (change.after === null) after.delete(`${change.kind}/${change.id}`);
              else after.set(`${change.kind}/${change.id}`, change);
            }
            histories.push(after);
            made.push(directory.commit(commit(...changes)));
            expect(indexesOf(directory)).toEqual(indexesOfModel(after));
          }
          const settled = Promise.allSettled(made);
          await store.sync(kept);
          await store.fail();
          await settled;
          model = histories[Math.min(kept, made.length)] ?? model;
          expect(indexesOf(directory)).toEqual(indexesOfModel(model));
        }
      }),
      { numRuns: 200 },
    );
  });
});

type Model = Map<string, Change>;
interface Step {
  what: string;
  id: number;
  owner: number;
  text: string | null;
}

/** What a step changes; nothing where it would break what services keep: unique keys and external ids, known owners. */
function changesOf(directory: Directory, { what, id, owner, text }: Step): Change[] {
  const [userId, credentialId, accessId] = [`u${id}`, `c${id}`, `a${id}`];
  const ownerId = `u${owner}`;
  const free = (kind: 'user' | 'credential' | 'access', own: string): boolean =>
    text === null || (directory.byExternalId(kind, text)?.id ?? own) === own;
  const user = directory.users.get(userId) ?? null;
  const credential = directory.credentials.get(credentialId) ?? null;
  const access = directory.access.get(accessId) ?? null;
  switch (what) {
    case 'user': {
      const after = aUser(userId, { external_id: text });
      return free('user', userId) ? [{ kind: 'user', id: userId, before: user, after }] : [];
    }
    case 'credential': {
      const key = text ?? credentialId;
      const after = aCredential(credentialId, ownerId, { external_id: text, key });
      const mine = (directory.holderOf(key)?.id ?? credentialId) === credentialId;
      return mine && free('credential', credentialId)
        ? [{ kind: 'credential', id: credentialId, before: credential, after }]
        : [];
    }
    case 'access': {
      const after = { ...anAccess(accessId, ownerId, { door_id: 'd' }), external_id: text };
      return free('access', accessId) ? [{ kind: 'access', id: accessId, before: access, after }] : [];
    }
    case 'remove user':
      if (user === null) return [];
      return [
        ...directory
          .credentialsOf(userId)
          .map((before) => ({ kind: 'credential' as const, id: before.id, before, after: null })),
        ...directory
          .accessOf(userId)
          .map((before) => ({ kind: 'access' as const, id: before.id, before, after: null })),
        { kind: 'user', id: userId, before: user, after: null },
      ];
    default:
      return credential === null
        ? []
        : [{ kind: 'credential', id: credentialId, before: credential, after: null }];
  }
}

const owners = ['u0', 'u1', 'u2', 'u3', 'u4'];
const texts = ['a', 'b', '__proto__', 'constructor', 'c0', 'c1', 'c2', 'c3', 'c4', 'toString'];

/** Everything a directory answers. */
function indexesOf(directory: Directory) {
  return {
    users: [...directory.users.values()].sort(byId),
    ids: (['user', 'credential', 'access'] as const).map((kind) => [...directory.ids(kind)]),
    credentialsOf: owners.map((id) => [...directory.credentialsOf(id)]),
    accessOf: owners.map((id) => [...directory.accessOf(id)]),
    holders: texts.map((key) => directory.holderOf(key)?.id),
    external: texts.map((text) =>
      (['user', 'credential', 'access'] as const).map((kind) => directory.byExternalId(kind, text)?.id),
    ),
  };
}

/** The same, found by looking through everything. */
function indexesOfModel(model: Model): ReturnType<typeof indexesOf> {
  const all = [...model.values()];
  const users = all.flatMap((c) => (c.kind === 'user' && c.after !== null ? [c.after] : [])).sort(byId);
  const credentials: StoredCredential[] = all
    .flatMap((c) => (c.kind === 'credential' && c.after !== null ? [c.after] : []))
    .sort(byId);
  const access = all.flatMap((c) => (c.kind === 'access' && c.after !== null ? [c.after] : [])).sort(byId);
  return {
    users,
    ids: [users, credentials, access].map((records) => records.map(({ id }) => id)),
    credentialsOf: owners.map((id) => credentials.filter(({ user_id }) => user_id === id)),
    accessOf: owners.map((id) => access.filter(({ user_id }) => user_id === id)),
    holders: texts.map((key) => credentials.find((one) => one.key === key)?.id),
    external: texts.map((text) =>
      [users, credentials, access].map((records) => records.find((one) => one.external_id === text)?.id),
    ),
  };
}

const byId = (a: { id: string }, b: { id: string }): number => (a.id < b.id ? -1 : 1);
