import { z } from 'zod';
import { confirmation, holder } from '../confirmation.ts';
import { type JsonSchema, jsonSchemas } from '../json-schema.ts';
import { access, apiKey, apiKeyFields, credential, doorGroup, user } from '../record.ts';
import { holiday, schedule } from '../schedule.ts';
import { timetable } from '../timetable.ts';
import { webhook } from '../webhook.ts';
import { accessCreate, accessList, accessPatch, accessQuery, accessWritten } from './access.ts';
import { clock } from './clock.ts';
import { consumer, consumerList, consumerParams, consumerPut } from './consumer.ts';
import {
  credentialCreate,
  credentialList,
  credentialPatch,
  credentialQuery,
  credentialRead,
  credentialWritten,
  revealQuery,
} from './credential.ts';
import { decision, tryBody } from './decision.ts';
import {
  doorGroupCreate,
  doorGroupList,
  doorGroupPatch,
  doorGroupQuery,
  doorGroupWritten,
} from './door-group.ts';
import { doorEffectiveAccess, doorEffectiveAccessQuery, userEffectiveAccess } from './effective-access.ts';
import { event, feedEntry, feedPage } from './event.ts';
import { feedHeaders, feedQuery } from './feed.ts';
import {
  adoptBody,
  armBody,
  confirmationList,
  confirmationQuery,
  holderForgotten,
  holderList,
  slotList,
  slotParams,
} from './holder.ts';
import { importBody, importReport } from './import.ts';
import { keyCreated, keyList } from './key.ts';
import { operation, operationQuery } from './operation.ts';
import { problem } from './problem.ts';
import {
  holidayCreate,
  holidayList,
  holidayPatch,
  holidayQuery,
  holidayWritten,
  scheduleCreate,
  scheduleList,
  schedulePatch,
  scheduleQuery,
  scheduleWritten,
} from './schedule.ts';
import { door, doorsStatus, health, pairBody, pairingWindow, reader, system } from './system.ts';
import {
  doorModeBody,
  doorModeSet,
  timetableCreate,
  timetableList,
  timetablePatch,
  timetableQuery,
  timetableWritten,
} from './timetable.ts';
import { userCreate, userList, userPatch, userQuery, userWritten } from './user.ts';
import { warningList } from './warning.ts';
import {
  webhookAttempt,
  webhookCreate,
  webhookDeliveries,
  webhookList,
  webhookPatch,
  webhookQuery,
  webhookReplay,
  webhookReplayed,
  webhookWritten,
} from './webhook.ts';
import {
  externalIdParams,
  idempotencyHeaders,
  idParams,
  ifMatchHeaders,
  pageOf,
  removed,
  verbHeaders,
  writeQuery,
} from './written.ts';

const bodies = {
  UserCreate: userCreate,
  UserPatch: userPatch,
  CredentialCreate: credentialCreate,
  CredentialPatch: credentialPatch,
  AccessCreate: accessCreate,
  AccessPatch: accessPatch,
  DoorGroupCreate: doorGroupCreate,
  DoorGroupPatch: doorGroupPatch,
  ScheduleCreate: scheduleCreate,
  SchedulePatch: schedulePatch,
  HolidayCreate: holidayCreate,
  HolidayPatch: holidayPatch,
  TimetableCreate: timetableCreate,
  TimetablePatch: timetablePatch,
  DoorModeBody: doorModeBody,
  KeyCreate: apiKeyFields,
  ConsumerPut: consumerPut,
  WebhookCreate: webhookCreate,
  WebhookPatch: webhookPatch,
  WebhookReplay: webhookReplay,
  ImportBody: importBody,
  Adopt: adoptBody,
  Arm: armBody,
  Pair: pairBody,
  Try: tryBody,
} as const satisfies Record<string, z.ZodType>;

/** Queries, path parameters and headers: parts of a route, not components. */
const parts = {
  UserQuery: userQuery,
  CredentialQuery: credentialQuery,
  RevealQuery: revealQuery,
  AccessQuery: accessQuery,
  DoorGroupQuery: doorGroupQuery,
  DoorEffectiveAccessQuery: doorEffectiveAccessQuery,
  ScheduleQuery: scheduleQuery,
  HolidayQuery: holidayQuery,
  TimetableQuery: timetableQuery,
  FeedQuery: feedQuery,
  ConfirmationQuery: confirmationQuery,
  SlotParams: slotParams,
  FeedHeaders: feedHeaders,
  ConsumerParams: consumerParams,
  WebhookQuery: webhookQuery,
  OperationQuery: operationQuery,
  WriteQuery: writeQuery,
  NoQuery: z.strictObject({}),
  IdParams: idParams,
  ExternalIdParams: externalIdParams,
  IfMatchHeaders: ifMatchHeaders,
  IdempotencyHeaders: idempotencyHeaders,
  VerbHeaders: verbHeaders,
} as const satisfies Record<string, z.ZodType>;

const answers = {
  User: user,
  UserWritten: userWritten,
  UserList: userList,
  EffectiveAccess: userEffectiveAccess,
  Credential: credential,
  CredentialRead: credentialRead,
  CredentialWritten: credentialWritten,
  CredentialList: credentialList,
  Access: access,
  AccessWritten: accessWritten,
  AccessList: accessList,
  DoorGroup: doorGroup,
  DoorGroupWritten: doorGroupWritten,
  DoorGroupList: doorGroupList,
  Schedule: schedule,
  ScheduleWritten: scheduleWritten,
  ScheduleList: scheduleList,
  Holiday: holiday,
  HolidayWritten: holidayWritten,
  HolidayList: holidayList,
  Timetable: timetable,
  TimetableWritten: timetableWritten,
  TimetableList: timetableList,
  WarningList: warningList,
  Key: apiKey,
  KeyCreated: keyCreated,
  KeyList: keyList,
  Webhook: webhook,
  WebhookWritten: webhookWritten,
  WebhookList: webhookList,
  WebhookAttempt: webhookAttempt,
  WebhookDeliveries: webhookDeliveries,
  WebhookReplayed: webhookReplayed,
  Consumer: consumer,
  ConsumerList: consumerList,
  Removed: removed,
  ImportReport: importReport,
  Holder: holder,
  HolderList: holderList,
  HolderForgotten: holderForgotten,
  SlotList: slotList,
  Confirmation: confirmation,
  ConfirmationList: confirmationList,
  Operation: operation,
  Decision: decision,
  Door: door,
  DoorModeSet: doorModeSet,
  DoorList: pageOf(door),
  DoorEffectiveAccess: doorEffectiveAccess,
  Reader: reader,
  ReaderList: pageOf(reader),
  PairingWindow: pairingWindow,
  DoorsStatus: doorsStatus,
  System: system,
  Clock: clock,
  Health: health,
  FeedEntry: feedEntry,
  FeedPage: feedPage,
  Event: event,
  Problem: problem,
} as const satisfies Record<string, z.ZodType>;

export type BodyName = keyof typeof bodies;
export type PartName = keyof typeof parts;
export type AnswerName = keyof typeof answers;

/** Bodies and answers, each with its name as `$id`. */
export function componentSchemas(): JsonSchema[] {
  return [...jsonSchemas(bodies, 'request'), ...jsonSchemas(answers, 'response')];
}

/** Queries, path parameters and headers by name. */
export function partSchemas(): Record<PartName, JsonSchema> {
  const named = jsonSchemas(parts, 'request').map(({ $id, ...schema }) => [$id, schema]);
  return Object.fromEntries(named) as Record<PartName, JsonSchema>;
}
