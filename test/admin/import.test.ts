import { describe, expect, test } from 'vitest';
import type { ImportUser } from '../../src/admin/ports.ts';
import { Secret } from '../../src/core/secret.ts';
import type { ImportProgress, ImportReport } from '../../src/schema/api/import.ts';
import { spied } from '../contract/store.ts';
import { card, doors, person, pin, resources, way, write } from './resources.ts';

const withoutUser = <T extends { user_id: string }>({ user_id: _, ...rest }: T): Omit<T, 'user_id'> => rest;

/** A listed user with PINs, cards and doors; the external id is the name. */
function listed(
  name: string,
  has: { pins?: string[]; cards?: string[]; doors?: string[]; more?: Partial<ImportUser> } = {},
): ImportUser {
  return {
    ...person({ external_id: name, last_name: name }),
    suspended: false,
    credentials: [
      ...(has.pins ?? []).map((digits) => withoutUser(pin('', digits))),
      ...(has.cards ?? []).map((text) => withoutUser(card('', text))),
    ],
    access: (has.doors ?? []).map((door_id) => withoutUser(way('', { door_id }))),
    ...has.more,
  };
}

const outcomes = (report: ImportReport) =>
  report.rows.map(({ index, kind, outcome }) => `${index} ${kind} ${outcome}`);

describe('imports', () => {
  test('users come with their credentials and access; the same list again writes nothing', async () => {
    const { imports, directory, store } = await resources();
    const list = [
      listed('ada', { pins: ['4711'], cards: ['12:3456'], doors: [doors.front] }),
      listed('bob', { more: { suspended: true } }),
    ];
    const first = await imports.run(list, 'merge', write());
    expect(first.counts).toEqual({ unchanged: 0, added: 5, updated: 0, deleted: 0, failed: 0 });
    expect(directory.byExternalId('user', 'bob')?.suspended).toBe(true);
    const revision = store.revision();
    for (const mode of ['merge', 'replace'] as const) {
      const again = await imports.run(list, mode, write());
      expect(again.counts).toEqual({ unchanged: 5, added: 0, updated: 0, deleted: 0, failed: 0 });
      expect(again.rows.map(({ id }) => id)).toEqual(first.rows.map(({ id }) => id));
    }
    expect(store.revision()).toBe(revision);
  });

  test('rows stand alone, and each that fails says where and why without the value', async () => {
    const { imports, directory } = await resources();
    const report = await imports.run(
      [
        listed('ada', { pins: ['4711'] }),
        listed('bob', { pins: ['4711', '98765x', '0815'], doors: ['00000000-0000-5000-8000-0000000000ff'] }),
        listed('eve', { more: { last_name: '' } }),
        listed('ada'),
        { ...listed('x'), external_id: null },
      ],
      'merge',
      write(),
    );
    expect(outcomes(report)).toEqual([
      '0 user added',
      '1 user added',
      '2 user failed',
      '3 user failed',
      '4 user failed',
      '0 credential added',
      '1 credential failed',
      '1 credential failed',
      '1 credential added',
      '1 access failed',
    ]);
    const failed = report.rows.flatMap(({ problem }) => (problem === null ? [] : [problem]));
    expect(failed.map(({ code, errors }) => [code, errors[0]?.pointer])).toEqual([
      ['invalid_input', '/last_name'],
      ['invalid_input', '/external_id'],
      ['invalid_input', '/external_id'],
      ['pin_in_use', '/credentials/0/value'],
      ['invalid_input', '/credentials/1/value'],
      ['invalid_input', '/access/0/target/door_id'],
    ]);
    expect(JSON.stringify(report)).not.toMatch(/4711|98765|0815/);
    expect([...directory.users.values()].map(({ external_id }) => external_id)).toEqual(['ada', 'bob']);
  });

  test('merge leaves what it does not name; replace takes it away, with the doors of who is not listed', async () => {
    const { imports, users, credentials, directory } = await resources();
    await imports.run(
      [
        listed('ada', { pins: ['4711', '0815'], doors: [doors.front, doors.back] }),
        listed('bob', { pins: ['1234'] }),
      ],
      'merge',
      write(),
    );
    const { object: byHand } = await users.create(person(), write());
    await credentials.create(pin(byHand.id, '5555'), write());
    // Bob's PIN goes to Ada: bob is removed first.
    const list = [listed('ada', { pins: ['4711', '1234'], doors: [doors.back] })];
    const merged = await imports.run(list, 'merge', write());
    expect(merged.counts).toMatchObject({ unchanged: 3, failed: 1 });
    const replaced = await imports.run(list, 'replace', write());
    expect(outcomes(replaced)).toEqual([
      'null user deleted',
      'null user deleted',
      '0 user unchanged',
      '0 credential unchanged',
      '0 credential added',
      '0 access unchanged',
      '0 credential deleted',
      '0 access deleted',
    ]);
    const ada = directory.byExternalId('user', 'ada')?.id ?? '';
    expect([...directory.users.keys()]).toEqual([ada]);
    expect([directory.credentials.size, directory.access.size]).toEqual([2, 1]);
  });

  test('who is removed, or given a name of the list, by others while replace goes on is no failure', async () => {
    const { imports, users, directory } = await resources();
    const names = Array.from({ length: 150 }, (_, i) => `old ${i}`);
    await imports.run(
      names.map((name) => listed(name)),
      'merge',
      write(),
    );
    const id = (name: string): string => directory.byExternalId('user', name)?.id ?? '';
    const [removed, named] = [id('old 140'), id('old 141')];
    let slices = 0;
    const report = await imports.run([listed('new')], 'replace', write(), {
      from: null,
      async reached() {
        slices += 1;
        if (slices > 1) return;
        await users.remove(removed, write());
        await users.update(named, { external_id: 'new' }, write());
      },
    });
    expect(report.counts).toMatchObject({ deleted: 148, updated: 1, failed: 0 });
    expect([...directory.users.keys()]).toEqual([named]);
  });

  test('replace takes nothing from a user of whom a row failed', async () => {
    const { imports, directory } = await resources();
    await imports.run([listed('ada', { pins: ['4711'] })], 'merge', write());
    const report = await imports.run([listed('ada', { pins: ['12'] })], 'replace', write());
    expect(report.counts).toMatchObject({ failed: 1, deleted: 0 });
    expect(directory.credentials.size).toBe(1);
  });

  test('what has an external id is found by it, the rest by its value or target', async () => {
    const { imports, credentials, directory } = await resources();
    const until = '2026-06-01T00:00:00Z';
    const withIds = (digits: string, valid_until: string | null): ImportUser => ({
      ...listed('ada'),
      credentials: [withoutUser(pin('', digits, { external_id: 'p1' }))],
      access: [withoutUser(way('', { door_id: doors.front }, { valid_until }))],
    });
    const first = await imports.run([withIds('4711', null)], 'merge', write());
    const second = await imports.run([withIds('0815', until)], 'merge', write());
    expect(outcomes(second)).toEqual(['0 user unchanged', '0 credential updated', '0 access updated']);
    expect(second.rows.map(({ id }) => id)).toEqual(first.rows.map(({ id }) => id));
    const [made] = [...directory.credentials.values()];
    expect((await credentials.reveal(made?.id ?? '', write().caller)).reveal()).toBe('0815');
  });

  test('two times for one door stay two', async () => {
    const { imports, directory } = await resources();
    const ada = {
      ...listed('ada'),
      access: [
        withoutUser(way('', { door_id: doors.front }, { valid_until: '2026-02-01T00:00:00Z' })),
        withoutUser(way('', { door_id: doors.front }, { valid_from: '2026-03-01T01:00:00+01:00' })),
      ],
    };
    await imports.run([ada], 'merge', write());
    expect((await imports.run([ada], 'merge', write())).counts.unchanged).toBe(3);
    expect(directory.access.size).toBe(2);
  });

  test('an allowance of uses listed again is not filled up', async () => {
    const { imports, directory } = await resources();
    const list = [
      { ...listed('ada'), credentials: [withoutUser(pin('', '4711', { uses_left: 3 }))] },
      { ...listed('bob'), credentials: [withoutUser(pin('', '0815', { uses_left: 3, external_id: 'b' }))] },
    ];
    await imports.run(list, 'merge', write());
    for (const before of directory.credentials.values()) {
      const after = { ...before, revision: 2, uses: { max: 3, used: 2, generation: 1 } };
      await directory.commit({ changes: [{ kind: 'credential', id: before.id, before, after }], feed: [] });
    }
    expect((await imports.run(list, 'merge', write())).counts.unchanged).toBe(4);
    expect([...directory.credentials.values()].map(({ uses }) => uses?.used)).toEqual([2, 2]);
  });

  test('a dry run foretells the same rows and writes nothing, PINs that clash within the list included', async () => {
    const { imports, store, directory } = await resources();
    await imports.run([listed('old', { pins: ['9999'] })], 'merge', write());
    const list = Array.from({ length: 250 }, (_, n) =>
      listed(`u${n}`, { pins: [String(1000 + (n % 200))], doors: [doors.front] }),
    );
    const revision = store.revision();
    const dry = await imports.run(list, 'replace', { ...write(), dry_run: true });
    expect([store.revision(), directory.users.size, dry.dry_run]).toEqual([revision, 1, true]);
    const real = await imports.run(list, 'replace', write());
    expect(outcomes(real)).toEqual(outcomes(dry));
    expect(real.counts).toEqual(dry.counts);
    expect(real.counts).toEqual({ unchanged: 0, added: 250 + 200 + 250, updated: 0, deleted: 1, failed: 50 });
  });

  test('a slice shares batches instead of one for each row', async () => {
    let batches = 0;
    const { imports } = await resources((database) =>
      spied(database, (_operations, _options, run) => {
        batches += 1;
        return run();
      }),
    );
    batches = 0;
    const list = Array.from({ length: 300 }, (_, n) => listed(`u${n}`, { pins: [String(1000 + n)] }));
    await imports.run(list, 'merge', write());
    expect(batches).toBeLessThanOrEqual(6);
  });

  test('a disk that fails ends the import, and memory shows only what is stored', async () => {
    let full = false;
    const { imports, directory } = await resources((database) =>
      spied(database, async (_operations, _options, run) => {
        if (full) throw new Error('no space left on device');
        await run();
      }),
    );
    await imports.run([listed('ada')], 'merge', write());
    full = true;
    await expect(imports.run([listed('bob'), listed('eve')], 'replace', write())).rejects.toMatchObject({
      code: 'storage_unavailable',
    });
    expect([...directory.users.values()].map(({ external_id }) => external_id)).toEqual(['ada']);
  });

  describe('cut off in the middle', () => {
    const many = Array.from({ length: 130 }, (_, i) =>
      listed(`user ${i}`, { pins: [String(100_000 + i)], doors: i % 3 === 0 ? [doors.front] : [] }),
    );
    /** Two of a name, of which only the first counts, and two with one PIN. */
    const list = [
      ...many,
      listed('user 0', { pins: ['999999'] }),
      listed('late', { pins: ['100001', '888888'] }),
    ];

    /** Runs until the process ends, right before it could say that it got to the `n`th place; what was kept by then. */
    async function cutOff({ imports }: Awaited<ReturnType<typeof resources>>, n: number) {
      const kept: ImportProgress[] = [];
      const reached = async (progress: ImportProgress): Promise<void> => {
        if (kept.length === n) throw new Error('killed');
        kept.push(JSON.parse(JSON.stringify(progress)));
      };
      await imports.run(list, 'replace', write(), { from: null, reached }).catch(() => {});
      return kept.at(-1) ?? null;
    }
    const stored = ({ directory }: Awaited<ReturnType<typeof resources>>) =>
      [...directory.users.values()].map(({ id, external_id }) => [
        external_id,
        directory.credentialsOf(id).map(({ key }) => key),
        directory.accessOf(id).map(({ target }) => target),
      ]);
    async function withOthers() {
      const all = await resources();
      await all.users.create(person({ external_id: 'not listed' }), write());
      return all;
    }

    test.each([0, 1, 2, 3])('after %i places, it ends as if it had not been', async (n) => {
      const whole = await withOthers();
      const expected = await whole.imports.run(list, 'replace', write());
      const all = await withOthers();
      const from = await cutOff(all, n);
      const { counts, rows, resumed_at } = await all.imports.run(list, 'replace', write(), {
        from,
        reached: () => Promise.resolve(),
      });
      expect(stored(all)).toEqual(stored(whole));
      expect(resumed_at).toBe(from?.users ?? null);
      // What was stored right before it was cut off is found as it should be: the one removed is no row of the second run.
      const sum = (some: typeof counts) => Object.values(some).reduce((all, one) => all + one, 0);
      expect(sum(counts)).toBe(sum(expected.counts) - (n === 0 ? 1 : 0));
      expect(counts.failed).toBe(expected.counts.failed);
      const failed = ({ rows }: Pick<ImportReport, 'rows'>) =>
        rows.filter(({ outcome }) => outcome === 'failed').map(({ index, kind }) => `${index} ${kind}`);
      expect(failed({ rows })).toEqual(failed(expected));
    });

    test('what somebody has changed meanwhile of those that were done stays as it is, and who came is not removed', async () => {
      const all = await withOthers();
      const from = await cutOff(all, 2);
      const first = all.directory.byExternalId('user', 'user 7');
      await all.users.update(first?.id ?? '', { last_name: 'Married' }, write());
      await all.users.create(person({ external_id: 'new' }), write());
      await all.imports.run(list, 'replace', write(), { from, reached: () => Promise.resolve() });
      expect(all.directory.byExternalId('user', 'user 7')).toMatchObject({ last_name: 'Married' });
      expect(all.directory.byExternalId('user', 'new')).toBeDefined();
    });

    test('what is kept of it has a bound, and holds no PIN', async () => {
      const all = await resources();
      await all.imports.run([listed('first', { pins: ['4711'] })], 'merge', write());
      const clashing = Array.from({ length: 300 }, (_, i) => listed(`c${i}`, { pins: ['4711'] }));
      let last: ImportProgress | null = null;
      await all.imports.run(clashing, 'merge', write(), {
        from: null,
        async reached(progress) {
          last = progress;
        },
      });
      expect(last).toMatchObject({ users: 300, counts: { failed: 300 } });
      expect((last as ImportProgress | null)?.failed).toHaveLength(200);
      expect(JSON.stringify(last)).not.toContain('4711');
    });
  });

  test('external ids from the prototype chain are ids like others', async () => {
    const { imports, directory } = await resources();
    const names = ['__proto__', 'constructor', 'toString'];
    const list = names.map((name, n) => ({
      ...listed(name),
      credentials: [withoutUser(pin('', `471${n}`, { external_id: name, value: new Secret(`471${n}`) }))],
    }));
    expect((await imports.run(list, 'merge', write())).counts).toMatchObject({ added: 6 });
    expect((await imports.run(list, 'merge', write())).counts).toMatchObject({ unchanged: 6 });
    expect(names.map((name) => directory.byExternalId('user', name)?.external_id)).toEqual(names);
  });
});
