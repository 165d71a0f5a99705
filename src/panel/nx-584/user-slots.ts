import type { SlotOutcome, SlotReading } from '../../core/holder.ts';
import { Secret } from '../../core/secret.ts';
import { whereToEnable } from './features.ts';
import { toPanel } from './layout.ts';
import { type Attempt, causeOfRefusal, type Failure, masterFault } from './refusal.ts';
import { codeIn, maskedAnswer, noCode } from './user-code.ts';
import { askUser, type UserDesk, type UserInformation } from './user-desk.ts';

/** Arm and disarm, bypass, reports of opening and closing: the plain user (sheet 3.4). */
const plainUser = 0x70;
const commandTries = 2;

/**
 * Writes code, then authority and partitions (a mask), then reads both back. A new user may start out with all partitions, so a code
 * without its authority is taken back again. `code`: six nibbles.
 */
export async function writeUser(
  desk: UserDesk,
  slot: number,
  code: string,
  partitions: number,
  mayWrite: () => boolean,
): Promise<SlotOutcome> {
  const attempt: Attempt = { slot, code, partitions };
  // A new user beyond the master's reach could not even be taken back.
  const beyond = desk.reach !== null && (partitions & ~desk.reach) !== 0;
  const failed =
    (beyond ? await masterFault(desk, attempt) : null) ?? (await putCode(desk, attempt, mayWrite));
  if (failed !== null) return failed;
  desk.unfinished.add(slot);
  const authority = desk.commands.setAuthority(slot, plainUser, partitions);
  const given = await desk.ask(authority, { mayWrite });
  if (given.type === 'withheld' || given.type === 'line_down') return unproved(slot);
  if (given.type === 'refused') {
    if (!(await takeBack(desk, slot, mayWrite))) return unproved(slot);
    return causeOfRefusal(desk, attempt, authority, given.how);
  }
  const want = (found: UserInformation) =>
    sameCode(desk, found, code) &&
    found.value.authority === plainUser &&
    found.value.partitions === partitions;
  const found = await readUntil(desk, slot, want);
  if (found.type !== 'message') return unproved(slot);
  if (want(found.message)) {
    desk.unfinished.delete(slot);
    return { ok: true, evidence: 'read_back' };
  }
  if (!(await takeBack(desk, slot, mayWrite))) return unproved(slot);
  return {
    ok: false,
    why: 'rejected',
    detail: `the panel accepted the code for user ${slot} and then held something else; it was taken back`,
    raw: maskedAnswer(found.message),
  };
}

/** Empties the slot and reads that it is empty. An empty slot is left alone. */
export async function clearUser(desk: UserDesk, slot: number, mayWrite: () => boolean): Promise<SlotOutcome> {
  const attempt: Attempt = { slot, code: noCode, partitions: 0 };
  const isEmpty = (found: UserInformation) => codeIn(found.value.code, desk.length).type === 'empty';
  const request = desk.commands.read(slot);
  const before = await askUser(desk, slot);
  switch (before.type) {
    case 'message':
      break;
    case 'refused':
      return causeOfRefusal(desk, attempt, request, before.how);
    default:
      return { ok: false, why: 'offline', detail: `the panel did not answer when user ${slot} was read` };
  }
  if (!isEmpty(before.message)) {
    const failed = await putCode(desk, attempt, mayWrite);
    if (failed !== null) return failed;
    // Whether an empty user takes an authority is not known (sheet 3.4): the proof is the read, whatever is said here.
    await desk.ask(desk.commands.setAuthority(slot, 0, 0), { mayWrite });
  }
  const found = await readUntil(desk, slot, isEmpty);
  if (found.type !== 'message') {
    return { ok: false, why: 'unknown_result', detail: `user ${slot} was cleared and could not be read` };
  }
  if (!isEmpty(found.message)) {
    const detail = `the panel accepted the removal of user ${slot} and still holds a code`;
    return { ok: false, why: 'rejected', detail, raw: maskedAnswer(found.message) };
  }
  desk.unfinished.delete(slot);
  return { ok: true, evidence: 'read_back' };
}

/** What the slot holds. */
export async function readUser(desk: UserDesk, slot: number): Promise<SlotReading> {
  const request = desk.commands.read(slot);
  const answer = await askUser(desk, slot);
  const unreadable = (detail: string): SlotReading => ({ ok: true, content: 'unreadable', detail });
  switch (answer.type) {
    case 'message': {
      const found = codeIn(answer.message.value.code, desk.length);
      if (found.type === 'empty') return { ok: true, content: 'empty' };
      if (found.type === 'unreadable') return unreadable(`user ${slot} holds no digits`);
      if (desk.unfinished.has(slot)) {
        return unreadable(`user ${slot} holds a code whose partitions were never proved: write it again`);
      }
      return { ok: true, content: 'code', digits: new Secret(found.digits) };
    }
    case 'refused':
      if (answer.how === 'rejected') return unreadable(whereToEnable([toPanel[request.type].number]));
      return unreadable(`the panel refuses to tell what user ${slot} holds`);
    case 'line_down':
      return { ok: false, why: 'offline', detail: answer.reason };
    case 'silent':
    case 'withheld':
      return {
        ok: false,
        why: 'unknown_result',
        detail: `the panel did not answer when user ${slot} was read`,
      };
  }
}

/** Null: the panel holds the code now, as far as it says. A command without an answer is looked after before it is repeated. */
async function putCode(desk: UserDesk, attempt: Attempt, mayWrite: () => boolean): Promise<Failure | null> {
  const { slot, code } = attempt;
  const request = desk.commands.setCode(slot, code);
  for (let n = 1; n <= commandTries; n++) {
    const answer = await desk.ask(request, { mayWrite });
    switch (answer.type) {
      case 'message':
        return null;
      case 'withheld':
        if (answer.sent) break;
        return { ok: false, why: 'armed', detail: 'not sent: codes may not be changed now' };
      case 'refused':
        return causeOfRefusal(desk, attempt, request, answer.how);
      case 'line_down':
        if (!answer.sent) return { ok: false, why: 'offline', detail: answer.reason };
        return { ok: false, why: 'unknown_result', detail: `line lost while user ${slot} was written` };
      case 'silent':
        break;
    }
    const found = await askUser(desk, slot);
    if (found.type !== 'message') break;
    if (sameCode(desk, found.message, code)) return null;
  }
  return {
    ok: false,
    why: 'unknown_result',
    detail: `the panel did not answer when user ${slot} was written`,
  };
}

/** Removes a code that has not got its authority. */
async function takeBack(desk: UserDesk, slot: number, mayWrite: () => boolean): Promise<boolean> {
  const outcome = await clearUser(desk, slot, mayWrite);
  return outcome.ok;
}

function unproved(slot: number): Failure {
  const detail = `user ${slot} has the code, its partitions are not proved: write it again or clear it`;
  return { ok: false, why: 'unknown_result', detail };
}

function sameCode(desk: UserDesk, found: UserInformation, code: string): boolean {
  return found.value.code.slice(0, desk.length) === code.slice(0, desk.length);
}

/** Reads, and once more if it is not what was wanted: the first answer may have been on its way before the last command. */
async function readUntil(desk: UserDesk, slot: number, want: (found: UserInformation) => boolean) {
  const first = await askUser(desk, slot);
  return first.type === 'message' && !want(first.message) ? askUser(desk, slot) : first;
}
