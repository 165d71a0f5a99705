import { isDeepStrictEqual } from 'node:util';
import type { ApiCaller, Outcome } from './api-caller.ts';
import type { Random } from './random.ts';

/** All that one person has, as the API shows it. */
export interface Person {
  id: string;
  last_name: string;
  suspended: boolean;
  /** Of accesses and credentials: their ids. */
  access: string[];
  cards: string[];
  pins: string[];
}

/** One client of the portal, with one person of its own, which it makes, changes and removes; it does one thing at a time. */
export interface Lane {
  /** Works until told to stop, or until the daemon is gone. */
  work(stopped: () => boolean): Promise<void>;
  /** Holds what is there now against what was acknowledged, asks again for what was in doubt, and goes on from what it finds. */
  judge(): Promise<void>;
  readonly person: Person | null;
  readonly card: string;
  readonly acknowledged: number;
}

/** A change in doubt: what is there now is one of the two, and asking again with the same key leads to `after`. */
interface Doubt {
  what: string;
  before: Person | null;
  after: Person | null;
  again: (() => Promise<Outcome>) | null;
}

/** @param targets ids of the doors: of one with readers, and of one that keeps codes */
export function lane(
  n: number,
  api: ApiCaller,
  targets: { front: string; depot: string },
  holder: string,
  random: Random,
): Lane {
  const externalId = `lane-${n}`;
  const card = `12:${1000 + n}`;
  let person: Person | null = null;
  let doubt: Doubt | null = null;
  let numbered = 0;
  let acknowledged = 0;
  /** Highest place in the feed that was acknowledged. */
  let place = 0;

  /** Does one thing; `made` gives what the person is then, from the answer. */
  const step = async (
    what: string,
    method: string,
    path: string,
    body: unknown,
    made: (answer: Record<string, unknown>, before: Person | null) => Person | null,
  ): Promise<boolean> => {
    numbered += 1;
    const key = method === 'POST' ? `${externalId}-${numbered}` : undefined;
    const before = person;
    const again = key === undefined ? null : () => api.call(method, path, body, key);
    const outcome = await api.call(method, path, body, key);
    if (outcome.is === 'not_sent') return false;
    if (outcome.is === 'in_doubt') {
      doubt = { what, before, after: made({ id: '?' }, before), again };
      return false;
    }
    if (outcome.status === 503) return false;
    if (outcome.status >= 300) throw new Error(`${what}: ${outcome.status} ${JSON.stringify(outcome.body)}`);
    person = made(outcome.body, before);
    acknowledged += 1;
    return true;
  };
  const changed = (more: (id: string, before: Person) => Partial<Person>) => {
    return (answer: Record<string, unknown>, before: Person | null): Person | null =>
      before === null ? null : { ...before, ...more(String(answer['id']), before) };
  };

  const create = () =>
    step(
      'create',
      'POST',
      '/v1/users',
      { first_name: 'A', last_name: 'B', external_id: externalId },
      ({ id }) => {
        return { id: String(id), last_name: 'B', suspended: false, access: [], cards: [], pins: [] };
      },
    );

  const something = (at: Person): Promise<boolean> => {
    const { id: user_id } = at;
    const access = (door_id: string) =>
      step(
        'access',
        'POST',
        '/v1/access',
        { user_id, target: { door_id } },
        changed((id, b) => ({ access: [...b.access, id].sort() })),
      );
    const credential = (kind: 'card' | 'pin', value: string) =>
      step(
        'credential',
        'POST',
        '/v1/credentials',
        { user_id, kind, value },
        changed((id, b) =>
          kind === 'card' ? { cards: [...b.cards, id].sort() } : { pins: [...b.pins, id].sort() },
        ),
      );
    const last_name = `B${numbered}`;
    const rename = () =>
      step(
        'rename',
        'PATCH',
        `/v1/users/${user_id}`,
        { last_name },
        changed(() => ({ last_name })),
      );
    const first = random.among([...at.access, '']);
    const pin = random.among([...at.pins, '']);
    if (at.cards.length === 0) return credential('card', card);
    switch (random.between(0, 11)) {
      case 0:
      case 1:
        return at.access.length < 4 ? access(targets.front) : rename();
      case 2:
        return at.access.length < 4 ? access(targets.depot) : rename();
      case 3:
        return at.pins.length < 3 ? credential('pin', String(100_000 + n * 10_000 + numbered)) : rename();
      case 4:
      case 5: {
        const suspended = !at.suspended;
        const verb = suspended ? 'suspend' : 'unsuspend';
        return step(
          verb,
          'POST',
          `/v1/users/${user_id}/${verb}`,
          undefined,
          changed(() => ({ suspended })),
        );
      }
      case 6:
        if (first === '') return rename();
        return step(
          'revoke',
          'DELETE',
          `/v1/access/${first}`,
          undefined,
          changed((_, b) => ({ access: b.access.filter((one) => one !== first) })),
        );
      case 7:
        if (pin === '') return rename();
        return step(
          'remove pin',
          'DELETE',
          `/v1/credentials/${pin}`,
          undefined,
          changed((_, b) => ({ pins: b.pins.filter((one) => one !== pin) })),
        );
      case 8:
        if (!random.chance(0.3)) return rename();
        return step('remove', 'DELETE', `/v1/users/${user_id}`, undefined, () => null);
      case 9:
        return acknowledge();
      case 10:
        return retry();
      default:
        return rename();
    }
  };

  const acknowledge = async (): Promise<boolean> => {
    const head = await api.call('GET', '/v1/system');
    if (head.is !== 'answered' || head.status !== 200) return false;
    const cursor = String(head.body['feed_cursor']);
    const put = await api.call('PUT', `/v1/feed/consumers/${externalId}`, { cursor });
    if (put.is !== 'answered' || put.status === 503) return false;
    if (put.status >= 300) throw new Error(`acknowledge: ${JSON.stringify(put.body)}`);
    place = Math.max(place, placeOf(cursor));
    return true;
  };

  /** Asks for a code that waits or has failed to be tried again; of one that does neither it is refused. */
  const retry = async (): Promise<boolean> => {
    const rows = await api.call('GET', `/v1/confirmations?holder_id=${holder}&state=pending&limit=5`);
    if (rows.is !== 'answered' || rows.status !== 200) return false;
    const [row] = rows.body['items'] as { id: string }[];
    if (row === undefined) return true;
    const tried = await api.call(
      'POST',
      `/v1/confirmations/${row.id}/retry`,
      undefined,
      `${externalId}-${++numbered}`,
    );
    return tried.is === 'answered' && tried.status < 500;
  };

  const look = async (): Promise<Person | null> => {
    const [user, ...more] = await api.all<Person>(`/v1/users?external_id=${externalId}`);
    if (more.length > 0) throw new Error(`lane ${n} is there ${more.length + 1} times`);
    if (user === undefined) return null;
    const credentials = await api.all<{ id: string; kind: string }>(`/v1/credentials?user_id=${user.id}`);
    const of = (kind: string) => credentials.flatMap((one) => (one.kind === kind ? [one.id] : [])).sort();
    const access = (await api.all<{ id: string }>(`/v1/access?user_id=${user.id}`))
      .map(({ id }) => id)
      .sort();
    const { id, last_name, suspended } = user;
    return { id, last_name, suspended, access, cards: of('card'), pins: of('pin') };
  };

  return {
    get person() {
      return person;
    },
    get acknowledged() {
      return acknowledged;
    },
    card,
    async work(stopped) {
      while (!stopped() && doubt === null) {
        if (!(await (person === null ? create() : something(person)))) return;
      }
    },
    async judge() {
      let now = await look();
      const { before, after, what, again } = doubt ?? {
        before: person,
        after: person,
        what: 'nothing',
        again: null,
      };
      const is = (one: Person | null) => isDeepStrictEqual(known(now, one), one);
      if (!is(before) && !is(after)) {
        throw new Error(
          `lane ${n}, ${what} in doubt: it is ${JSON.stringify(now)}, and was ${JSON.stringify(before)}`,
        );
      }
      if (again !== null) {
        const repeated = await again();
        if (repeated.is !== 'answered' || repeated.status >= 300) {
          throw new Error(`lane ${n}: ${what} asked again is answered ${JSON.stringify(repeated)}`);
        }
        now = await look();
        if (!is(after)) throw new Error(`lane ${n}: ${what} asked again makes ${JSON.stringify(now)}`);
      }
      person = now;
      doubt = null;
      if (place > 0) {
        const reader = await api.call('GET', `/v1/feed/consumers/${externalId}`);
        const at = reader.is === 'answered' ? placeOf(String(reader.body['cursor'])) : -1;
        if (at < place)
          throw new Error(`lane ${n} had acknowledged ${place} of the feed, and stands at ${at}`);
      }
    },
  };
}

/** The number in a cursor of the feed. */
const placeOf = (cursor: string): number => Number(Buffer.from(cursor, 'base64url').toString().split(' ')[1]);

/** The person with the one id that an answer in doubt would have told put in its place. */
function known(now: Person | null, expected: Person | null): Person | null {
  if (now === null || expected === null) return now;
  const masked = (found: readonly string[], wanted: readonly string[]): string[] =>
    wanted.includes('?')
      ? [
          ...found.filter((id) => wanted.includes(id)),
          ...found.filter((id) => !wanted.includes(id)).map(() => '?'),
        ].sort()
      : [...found];
  return {
    ...now,
    id: expected.id === '?' ? '?' : now.id,
    access: masked(now.access, expected.access),
    cards: masked(now.cards, expected.cards),
    pins: masked(now.pins, expected.pins),
  };
}
