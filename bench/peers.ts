import type { World, WorldUser } from './world.ts';

/**
 * The engines others use, each given the same rules in the way that suits it best: all that can be built beforehand is, and what
 * an engine has no words for (periods, flags) is tested in JavaScript before it is asked. They are installed apart from the
 * daemon's dependencies, so they are imported by name and typed here as far as they are used.
 */
export interface Peer {
  name: string;
  /** How many times faster we want to be. */
  goal: number;
  /** Rejects with ERR_MODULE_NOT_FOUND when it is not installed. */
  prepare(world: World): Promise<(user: WorldUser, door: string, now: number) => boolean | Promise<boolean>>;
}

const load = <T>(name: string): Promise<T> => import(name) as Promise<T>;
const earliest = Number.MIN_SAFE_INTEGER;
const latest = Number.MAX_SAFE_INTEGER;
const inForce = (user: WorldUser, now: number): boolean =>
  !user.suspended &&
  !user.blocked &&
  (user.from === null || now >= user.from) &&
  (user.until === null || now < user.until);

interface Casl {
  subject(type: string, of: object): object;
  createMongoAbility(rules: object[]): { can(action: string, subject: object): boolean };
}

/** One ability per user, made beforehand. */
const casl: Peer = {
  name: '@casl/ability',
  goal: 25,
  async prepare(world) {
    const { subject, createMongoAbility } = await load<Casl>('@casl/ability');
    const groups = new Map(world.groups.map(({ id, doors }) => [id, doors]));
    const abilities = new Map(
      world.users.map((user) => {
        const rules = user.groups.map((group) => ({
          action: 'open',
          subject: 'door',
          conditions: {
            id: { $in: groups.get(group) ?? [] },
            now: { $gte: user.from ?? earliest, $lt: user.until ?? latest },
            suspended: false,
            blocked: false,
          },
        }));
        return [user.id, createMongoAbility(rules)];
      }),
    );
    return ({ id, suspended, blocked }, door, now) =>
      abilities.get(id)?.can('open', subject('door', { id: door, now, suspended, blocked })) ?? false;
  },
};

interface Casbin {
  newModelFromString(text: string): object;
  StringAdapter: new (policy: string) => object;
  newEnforcer(model: object, adapter: object): Promise<{ enforceSync(...request: unknown[]): boolean }>;
}

/** Role-based: users in groups, groups to doors. */
const casbin: Peer = {
  name: 'casbin',
  goal: 2_000,
  async prepare(world) {
    const { newModelFromString, newEnforcer, StringAdapter } = await load<Casbin>('casbin');
    const model = newModelFromString(`
[request_definition]
r = sub, obj
[policy_definition]
p = sub, obj
[role_definition]
g = _, _
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = r.obj == p.obj && g(r.sub, p.sub)
`);
    const rules = world.groups.flatMap(({ id, doors }) => doors.map((door) => `p, ${id}, ${door}`));
    const members = world.users.flatMap(({ id, groups }) => groups.map((group) => `g, ${id}, ${group}`));
    const enforcer = await newEnforcer(model, new StringAdapter([...rules, ...members].join('\n')));
    return (user, door, now) => inForce(user, now) && enforcer.enforceSync(user.id, door);
  },
};

interface AccessControlModule {
  AccessControl: new (
    grants: object[],
  ) => { can(roles: string[]): { readAny(resource: string): { granted: boolean } } };
}

const accesscontrol: Peer = {
  name: 'accesscontrol',
  goal: 500,
  async prepare(world) {
    const { AccessControl } = await load<AccessControlModule>('accesscontrol');
    const grants = world.groups.flatMap(({ id, doors }) =>
      doors.map((door) => ({ role: id, resource: door, action: 'read:any', attributes: '*' })),
    );
    const control = new AccessControl(grants);
    return (user, door, now) => inForce(user, now) && control.can(user.groups).readAny(door).granted;
  },
};

interface RulesEngine {
  Engine: new (rules: object[], options: object) => { run(facts: object): Promise<{ events: unknown[] }> };
}

/** One rule per group: the user is in it, and it holds the door. */
const jsonRulesEngine: Peer = {
  name: 'json-rules-engine',
  goal: 150,
  async prepare(world) {
    const { Engine } = await load<RulesEngine>('json-rules-engine');
    const rules = world.groups.map(({ id, doors }) => ({
      conditions: {
        all: [
          { fact: 'groups', operator: 'contains', value: id },
          { fact: 'door', operator: 'in', value: doors },
        ],
      },
      event: { type: 'granted' },
    }));
    const engine = new Engine(rules, {});
    return async (user, door, now) =>
      inForce(user, now) && (await engine.run({ groups: user.groups, door })).events.length > 0;
  },
};

interface Cedar {
  preparsePolicySet(id: string, policies: { staticPolicies: string }): { type: string };
  statefulIsAuthorized(call: object): { type: string; response?: { decision: string } };
}

/** Policies parsed beforehand; of the entities, only those the question is about. */
const cedar: Peer = {
  name: '@cedar-policy/cedar-wasm',
  goal: 2_000,
  async prepare(world) {
    const { preparsePolicySet, statefulIsAuthorized } = await load<Cedar>('@cedar-policy/cedar-wasm/nodejs');
    const policies = world.groups.map(
      ({ id }) =>
        `permit(principal in Group::"${id}", action == Action::"open", resource in Place::"${id}");`,
    );
    const parsed = preparsePolicySet('site', { staticPolicies: policies.join('\n') });
    if (parsed.type !== 'success')
      throw new Error(`cedar does not take the policies: ${JSON.stringify(parsed)}`);
    const placesOf = (door: string) =>
      world.groups.filter(({ doors }) => doors.includes(door)).map(({ id }) => ({ type: 'Place', id }));
    const places = new Map(world.doorIds.map((door) => [door, placesOf(door)]));
    return (user, door, now) => {
      if (!inForce(user, now)) return false;
      const principal = { type: 'User', id: user.id };
      const resource = { type: 'Door', id: door };
      const answer = statefulIsAuthorized({
        principal,
        action: { type: 'Action', id: 'open' },
        resource,
        context: {},
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
