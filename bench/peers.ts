import { compiledSchedule, inside } from '../src/core/schedule.ts';
import type { World, WorldUser } from './world.ts';

/**
 * The engines others use, each asked what `decide` is asked: may the card with this key open this door now? Doors, groups, schedules and
 * validity are looked at by all. What an engine has words for is in its rules, built beforehand in the way that suits it best; the rest is
 * done in JavaScript before it is asked, and counted. Which schedules are open, no engine can say: all are told by our own.
 * They are installed apart from the daemon's dependencies, so they are imported by name and typed here as far as they are used.
 */
export interface Peer {
  name: string;
  /** What is left to the engine itself. */
  asked: string;
  /** How many times faster we want to be. */
  goal: number;
  /** Rejects with ERR_MODULE_NOT_FOUND when it is not installed. */
  prepare(world: World): Promise<(key: string, door: string, now: number) => boolean | Promise<boolean>>;
}

const load = <T>(name: string): Promise<T> => import(name) as Promise<T>;
const earliest = Number.MIN_SAFE_INTEGER;
const latest = Number.MAX_SAFE_INTEGER;
const inForce = (user: WorldUser, now: number): boolean =>
  !user.suspended &&
  !user.blocked &&
  (user.from === null || now >= user.from) &&
  (user.until === null || now < user.until);

const usersByKey = (world: World) => new Map(world.users.map((user) => [user.key, user]));

function schedulesOf(world: World) {
  const all = new Map(world.schedules.map((row) => [row.id, compiledSchedule(row)]));
  const isOpen = (id: string, now: number): boolean => {
    const times = all.get(id);
    return times !== undefined && inside(times, now);
  };
  return { isOpen, open: (now: number) => [...all.keys()].filter((id) => isOpen(id, now)) };
}

interface Casl {
  subject(type: string, of: object): object;
  createMongoAbility(rules: object[]): { can(action: string, subject: object): boolean };
}

/** One ability per user, made beforehand. */
const casl: Peer = {
  name: '@casl/ability',
  asked: 'everything',
  goal: 25,
  async prepare(world) {
    const { subject, createMongoAbility } = await load<Casl>('@casl/ability');
    const groups = new Map(world.groups.map((group) => [group.id, group]));
    const { open } = schedulesOf(world);
    const people = new Map(
      world.users.map((user) => {
        const rules = user.groups.map((id) => ({
          action: 'open',
          subject: 'door',
          conditions: {
            id: { $in: groups.get(id)?.doors ?? [] },
            open: groups.get(id)?.schedule,
            now: { $gte: user.from ?? earliest, $lt: user.until ?? latest },
            suspended: false,
            blocked: false,
          },
        }));
        return [user.key, { user, ability: createMongoAbility(rules) }];
      }),
    );
    return (key, door, now) => {
      const person = people.get(key);
      if (person === undefined) return false;
      const { suspended, blocked } = person.user;
      const asked = { id: door, open: open(now), now, suspended, blocked };
      return person.ability.can('open', subject('door', asked));
    };
  },
};

interface Casbin {
  newModelFromString(text: string): object;
  StringAdapter: new (policy: string) => object;
  newEnforcer(
    model: object,
    adapter: object,
  ): Promise<{
    enforceSync(...request: unknown[]): boolean;
    addFunction(name: string, fn: (schedule: string) => boolean): Promise<void>;
  }>;
}

/** Role-based: users in groups, groups to doors during a schedule. */
const casbin: Peer = {
  name: 'casbin',
  asked: 'groups, doors, schedules',
  goal: 2_000,
  async prepare(world) {
    const { newModelFromString, newEnforcer, StringAdapter } = await load<Casbin>('casbin');
    const model = newModelFromString(`
[request_definition]
r = sub, obj
[policy_definition]
p = sub, obj, hours
[role_definition]
g = _, _
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = r.obj == p.obj && open(p.hours) && g(r.sub, p.sub)
`);
    const rules = world.groups.flatMap(({ id, doors, schedule }) =>
      doors.map((door) => `p, ${id}, ${door}, ${schedule}`),
    );
    const members = world.users.flatMap(({ id, groups }) => groups.map((group) => `g, ${id}, ${group}`));
    const enforcer = await newEnforcer(model, new StringAdapter([...rules, ...members].join('\n')));
    const users = usersByKey(world);
    const { isOpen } = schedulesOf(world);
    let instant = 0;
    await enforcer.addFunction('open', (schedule) => isOpen(schedule, instant));
    return (key, door, now) => {
      const user = users.get(key);
      if (user === undefined || !inForce(user, now)) return false;
      instant = now;
      return enforcer.enforceSync(user.id, door);
    };
  },
};

interface AccessControlModule {
  AccessControl: new (
    grants: object[],
  ) => { can(roles: string[]): { readAny(resource: string): { granted: boolean } } };
}

/** A grant of it knows no conditions: groups whose schedule is shut are left out before it is asked. */
const accesscontrol: Peer = {
  name: 'accesscontrol',
  asked: 'only whether a group has the door: a far smaller question',
  goal: 500,
  async prepare(world) {
    const { AccessControl } = await load<AccessControlModule>('accesscontrol');
    const grants = world.groups.flatMap(({ id, doors }) =>
      doors.map((door) => ({ role: id, resource: door, action: 'read:any', attributes: '*' })),
    );
    const control = new AccessControl(grants);
    const users = usersByKey(world);
    const { isOpen } = schedulesOf(world);
    const scheduleOf = new Map(world.groups.map(({ id, schedule }) => [id, schedule]));
    return (key, door, now) => {
      const user = users.get(key);
      if (user === undefined || !inForce(user, now)) return false;
      const groups = user.groups.filter((id) => isOpen(scheduleOf.get(id) ?? '', now));
      return groups.length > 0 && control.can(groups).readAny(door).granted;
    };
  },
};

interface RulesEngine {
  Engine: new (rules: object[], options: object) => { run(facts: object): Promise<{ events: unknown[] }> };
}

/** One rule per group: the user is in it, it holds the door, and its schedule is open. */
const jsonRulesEngine: Peer = {
  name: 'json-rules-engine',
  asked: 'groups, doors, schedules',
  goal: 150,
  async prepare(world) {
    const { Engine } = await load<RulesEngine>('json-rules-engine');
    const rules = world.groups.map(({ id, doors, schedule }) => ({
      conditions: {
        all: [
          { fact: 'groups', operator: 'contains', value: id },
          { fact: 'door', operator: 'in', value: doors },
          { fact: 'open', operator: 'contains', value: schedule },
        ],
      },
      event: { type: 'granted' },
    }));
    const engine = new Engine(rules, {});
    const users = usersByKey(world);
    const { open } = schedulesOf(world);
    return async (key, door, now) => {
      const user = users.get(key);
      if (user === undefined || !inForce(user, now)) return false;
      return (await engine.run({ groups: user.groups, door, open: open(now) })).events.length > 0;
    };
  },
};

interface Cedar {
  preparsePolicySet(id: string, policies: { staticPolicies: string }): { type: string };
  statefulIsAuthorized(call: object): { type: string; response?: { decision: string } };
}

/** Policies parsed beforehand; of the entities, only those the question is about. */
const cedar: Peer = {
  name: '@cedar-policy/cedar-wasm',
  asked: 'groups, doors, schedules',
  goal: 2_000,
  async prepare(world) {
    const { preparsePolicySet, statefulIsAuthorized } = await load<Cedar>('@cedar-policy/cedar-wasm/nodejs');
    const policies = world.groups.map(
      ({ id, schedule }) =>
        `permit(principal in Group::"${id}", action == Action::"open", resource in Place::"${id}") when { context.open.contains("${schedule}") };`,
    );
    const parsed = preparsePolicySet('site', { staticPolicies: policies.join('\n') });
    if (parsed.type !== 'success')
      throw new Error(`cedar does not take the policies: ${JSON.stringify(parsed)}`);
    const placesOf = (door: string) =>
      world.groups.filter(({ doors }) => doors.includes(door)).map(({ id }) => ({ type: 'Place', id }));
    const places = new Map(world.doorIds.map((door) => [door, placesOf(door)]));
    const users = usersByKey(world);
    const { open } = schedulesOf(world);
    return (key, door, now) => {
      const user = users.get(key);
      if (user === undefined || !inForce(user, now)) return false;
      const principal = { type: 'User', id: user.id };
      const resource = { type: 'Door', id: door };
      const answer = statefulIsAuthorized({
        principal,
        action: { type: 'Action', id: 'open' },
        resource,
        context: { open: open(now) },
        preparsedPolicySetId: 'site',
        entities: [
          { uid: principal, attrs: {}, parents: user.groups.map((id) => ({ type: 'Group', id })) },
          { uid: resource, attrs: {}, parents: places.get(door) ?? [] },
        ],
      });
      if (answer.type !== 'success') throw new Error(`cedar: ${JSON.stringify(answer)}`);
      return answer.response?.decision === 'allow';
    };
  },
};

export const peers: readonly Peer[] = [casl, casbin, accesscontrol, jsonRulesEngine, cedar];
