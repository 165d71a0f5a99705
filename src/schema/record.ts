import { z } from 'zod';

/** The things people manage, as stored and (but for secrets) as the API shows them. Written once, here. */

export const uuid = z.uuid().describe('UUID');
/** An instant, ISO 8601 with offset or Z; kept in UTC. */
export const instant = z.iso.datetime({ offset: true }).describe('instant, ISO 8601');
/** Text without control characters: what people are called must not move a cursor, end a line, or hide another name. */
const line = (max: number) =>
  z
    .string()
    .trim()
    .max(max)
    .regex(/^\P{Cc}*$/u, { error: 'must be one line of text, without control characters' });
export const text = (max: number) => line(max).min(1);

/** What every object carries. */
export const stored = {
  id: uuid,
  revision: z.int().min(1),
  created_at: instant,
  updated_at: instant,
};
const validity = { valid_from: instant.nullable(), valid_until: instant.nullable() };
export const externalId = text(200).nullable().describe("the portal's own key, unique per type");

export const userFields = z.strictObject({
  external_id: externalId,
  kind: z.enum(['member', 'guest']),
  first_name: line(100),
  last_name: text(100),
  email: z.email().max(254).nullable(),
  mobile: z
    .string()
    .regex(/^\+?[0-9 ()-]{3,30}$/)
    .describe('a telephone number, such as +49 170 1234567')
    .nullable(),
  department: text(100).nullable(),
  language: z
    .string()
    .regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/)
    .describe('a language tag (BCP 47), such as de or pt-BR')
    .nullable(),
  ...validity,
});
export const user = userFields.extend({ ...stored, suspended: z.boolean() });
export type UserFields = z.infer<typeof userFields>;
export type User = z.infer<typeof user>;

export const credentialFields = z.strictObject({
  user_id: uuid,
  external_id: externalId,
  kind: z.enum(['pin', 'card', 'fob', 'phone']),
  state: z.enum(['draft', 'programmed']),
  ...validity,
  /** How many times it may still be used; null: any number. */
  uses_left: z.int().min(0).max(1_000_000).nullable(),
  duress: z.boolean(),
});
export const credential = credentialFields.extend({ ...stored, blocked: z.boolean() });
export type CredentialFields = z.infer<typeof credentialFields>;
/** As the API shows it: without its value. */
export type Credential = z.infer<typeof credential>;

/** As it is stored: the value only as its keyed hash (to find it) and sealed under AES-256-GCM (to send it again). */
export interface StoredCredential extends Omit<Credential, 'uses_left'> {
  key: string;
  sealed: string;
  uses: { max: number; used: number; generation: number } | null;
}

const accessTarget = z.union(
  [
    z.strictObject({ door_id: uuid }),
    z.strictObject({ door_group_id: uuid }),
    z.strictObject({ partition: text(64) }),
  ],
  { error: 'one of { door_id }, { door_group_id } and { partition }' },
);
export const accessFields = z.strictObject({
  user_id: uuid,
  external_id: externalId,
  target: accessTarget,
  schedule_id: uuid.nullable().describe('when; null: always'),
  ...validity,
});
export const access = accessFields.extend(stored);
export type AccessFields = z.infer<typeof accessFields>;
export type Access = z.infer<typeof access>;

export const doorGroupFields = z.strictObject({
  external_id: externalId,
  name: text(100),
  door_ids: z.array(uuid).max(1000),
});
export const doorGroup = doorGroupFields.extend(stored);
export type DoorGroupFields = z.infer<typeof doorGroupFields>;
export type DoorGroup = z.infer<typeof doorGroup>;

/**
 * What an API key may do. `doors:mode` leaves doors unlocked or shut for everybody, which no other scope does. `credentials:reveal` shows
 * PINs and cards; `users:read` is also told who holds a PIN or card in a clash.
 */
export const scopes = [
  'system:read',
  'system:write',
  'doors:read',
  'doors:unlock',
  'doors:mode',
  'doors:try',
  'readers:pair',
  'users:read',
  'users:write',
  'credentials:read',
  'credentials:write',
  'credentials:reveal',
  'access:read',
  'access:write',
  'holders:read',
  'holders:write',
  'partitions:arm',
  'feed:read',
  'feed:acknowledge',
  'webhooks:read',
  'webhooks:write',
  'imports:write',
  'keys:write',
] as const;
export type Scope = (typeof scopes)[number];

export const apiKeyFields = z.strictObject({
  // Events say who asked: `local`, and `local:ada`, are people at the controller itself.
  name: text(100).refine((name) => !/^local(:|$)/i.test(name), {
    error: 'must not be local, nor begin with local: who works on the controller itself is called so',
  }),
  scopes: z.array(z.enum(scopes)).min(1),
});
export const apiKey = apiKeyFields.extend(stored);
export type ApiKeyFields = z.infer<typeof apiKeyFields>;
export type ApiKey = z.infer<typeof apiKey>;
/** The token itself is shown once and stored as its hash. */
export interface StoredApiKey extends ApiKey {
  hash: string;
}
