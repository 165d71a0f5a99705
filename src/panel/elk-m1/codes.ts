import type { SlotOutcome } from '../../core/holder.ts';
import type { Secret } from '../../core/secret.ts';
import { encodeReport, maskedHex, type Report, sixDigits } from './layout.ts';
import { type Answer, answerTo, armingNow, type Procedure } from './procedure.ts';

/** What every change of a code needs (sheet 2.4). */
export interface Authority {
  /** A master code of the panel. */
  code: Secret;
  /** Where it is written, for those who have to mend it. */
  file: string;
}

type Change = Extract<Report, { type: 'code_changed' }>['value'];
type Areas = Extract<Report, { type: 'code_areas' }>['value'];

/** Flag of `cu`. */
const write = 0;
const restrict = 1;
const lift = 2;

const duplicate = 255;
/** A user, and not a master, the installer or ELKRP. */
const plainUser = 1;

/**
 * Writes a code for a slot and areas (bit 0 is area 1, at least one). Proved by what the panel says of the code afterwards: it can tell
 * where a code is valid, not in which slot it is.
 */
export function* writeCode(
  slot: number,
  code: Secret,
  areas: number,
  authority: Authority,
): Procedure<SlotOutcome> {
  const state = yield* armingNow();
  if (!state.ok) return nothingSent(state.why);
  const before = yield* areasOf(code);
  if (!before.ok) return nothingSent(before.why);
  if (before.value.areas !== 0) {
    const ours = before.value.type === plainUser ? yield* holds(slot, code) : false;
    if (ours === null) return unknown('whether the slot has the code already was not answered');
    if (!ours) {
      return {
        ok: false,
        why: 'duplicate',
        detail: 'another user of the panel has this code; the panel does not say which',
        raw: rawAreas(before.value),
      };
    }
    if (before.value.areas === areas) return { ok: true, evidence: 'verified' };
  }
  const changed = yield* change(slot, authority.code, code, areas, write);
  const refused = yield* refusal(changed, slot, areas, authority);
  if (refused !== null) return refused;
  const after = yield* areasOf(code);
  if (!after.ok) return unknown('the code was sent, and could not be verified');
  if (after.value.areas !== 0 || !changed.ok) return judged(after.value, areas, changed.ok);
  return yield* writeRestricted(slot, code, areas, authority);
}

/** A slot that was emptied by `clearCode` is restricted: that is lifted, and the code written again over what was there. */
function* writeRestricted(
  slot: number,
  code: Secret,
  areas: number,
  authority: Authority,
): Procedure<SlotOutcome> {
  for (const flag of [lift, write]) {
    const changed = yield* change(slot, authority.code, code, areas, flag);
    if (!changed.ok) return unknown('the restriction of the user was to be lifted');
    const refused = yield* refusal(changed, slot, areas, authority);
    if (refused !== null) return refused;
  }
  const after = yield* areasOf(code);
  if (!after.ok) return unknown('the code was sent, and could not be verified');
  return judged(after.value, areas, true);
}

/**
 * Empties a slot: the protocol cannot, so a code that nobody was ever told takes the place of the old one, and its user is restricted.
 * `old`, where it is known, is proved to be valid nowhere. `randomCode` gives digits of the panel's length.
 */
export function* clearCode(
  slot: number,
  old: Secret | null,
  authority: Authority,
  randomCode: () => Secret,
): Procedure<SlotOutcome> {
  const state = yield* armingNow();
  if (!state.ok) return nothingSent(state.why);
  let fresh = randomCode();
  let changed = yield* change(slot, authority.code, fresh, 0, write);
  for (let tries = 0; tries < 8 && changed.ok && changed.value.user === duplicate; tries++) {
    fresh = randomCode();
    changed = yield* change(slot, authority.code, fresh, 0, write);
  }
  const refused = yield* refusal(changed, slot, 0, authority);
  if (refused !== null) return refused;
  // Restricting a user who may still have the old code would hide it, not remove it.
  if (!changed.ok) return unknown('the code was to be replaced');
  const restricted = yield* change(slot, authority.code, fresh, 0, restrict);
  if (!restricted.ok) return unknown('the user was to be restricted');
  const kept = yield* refusal(restricted, slot, 0, authority);
  if (kept !== null) return kept;
  if (restricted.value.flag !== 1) {
    return rejected(
      'the panel took the restriction of the user and did not confirm it',
      rawChanged(restricted.value),
    );
  }
  if (old === null) return { ok: true, evidence: 'acknowledged' };
  const after = yield* areasOf(old);
  if (!after.ok) return unknown('the slot was emptied, and whether the old code is gone was not answered');
  // The panel's word for the slot, and the proof that the code is gone: the slot itself cannot be read.
  if (after.value.areas === 0) return { ok: true, evidence: 'acknowledged' };
  return rejected(
    'the slot is emptied, and the panel still takes the code: another user has it',
    rawAreas(after.value),
  );
}

/**
 * Whether the slot has this code, which is valid somewhere: the present code of a user authorises changes of that very user, and lifting
 * a restriction that is not there changes nothing. Null: no answer.
 */
function* holds(slot: number, code: Secret): Procedure<boolean | null> {
  const changed = yield* change(slot, code, code, 0, lift);
  return changed.ok ? changed.value.user === slot : null;
}

function* areasOf(code: Secret): Procedure<Answer<Areas>> {
  const value = { code: sixDigits(code.reveal()) };
  const read = (report: Report) => (report.type === 'code_areas' ? report.value : null);
  return yield* answerTo({ type: 'code_areas', value }, read, true);
}

function* change(
  user: number,
  authority: Secret,
  code: Secret,
  areas: number,
  flag: number,
): Procedure<Answer<Change>> {
  const value = { user, authority: authority.reveal(), code: code.reveal(), areas, flag, zero: 0 };
  const read = (report: Report) => (report.type === 'code_changed' ? report.value : null);
  return yield* answerTo({ type: 'change_code', value }, read, true);
}

/**
 * Why a change was refused; null: it was not. After silence it is asked whether anything arrives at all: answers come in order, so
 * a late one cannot be taken for the answer to what is sent next.
 */
function* refusal(
  changed: Answer<Change>,
  slot: number,
  areas: number,
  authority: Authority,
): Procedure<SlotOutcome | null> {
  if (!changed.ok) {
    if (changed.why === 'silent') return null;
    return changed.why === 'down' ? unknown('the line was lost') : nothingSent(changed.why);
  }
  const raw = rawChanged(changed.value);
  if (changed.value.user === slot) return null;
  if (changed.value.user === duplicate) {
    return {
      ok: false,
      why: 'duplicate',
      detail: 'another user of the panel has this code; the panel does not say which',
      raw,
    };
  }
  const master = yield* areasOf(authority.code);
  const file = `the code in ${authority.file}`;
  if (!master.ok) return unknown('the panel refused the authorisation, and does not say why');
  if (master.value.areas === 0) {
    return {
      ok: false,
      why: 'bad_master',
      detail: `${file} is no code of the panel: write a master code of the panel there`,
      raw,
    };
  }
  const missing = areas & ~master.value.areas;
  const detail =
    missing === 0
      ? `${file} may not change codes: write a master code of the panel there`
      : `${file} is not valid in area ${listed(missing)}: give its user these areas in the panel`;
  return { ok: false, why: 'no_authority', detail, raw };
}

/** What the areas of a code that was written prove. */
function judged(found: Areas, areas: number, acknowledged: boolean): SlotOutcome {
  if (found.areas === areas) return { ok: true, evidence: 'verified' };
  if (found.areas === 0 && !acknowledged)
    return unknown('the panel did not answer, and the code is not valid');
  const missing = areas & ~found.areas;
  if (found.areas !== 0 && missing !== 0) {
    return {
      ok: false,
      why: 'no_authority',
      detail: `the panel did not make the code valid in area ${listed(missing)}: the master code must be valid there`,
      raw: rawAreas(found),
    };
  }
  return rejected(
    found.areas === 0
      ? 'the panel took the code, and it is valid nowhere'
      : `the code is valid in area ${listed(found.areas)}, not in area ${listed(areas)} as it was written`,
    rawAreas(found),
  );
}

function nothingSent(why: 'silent' | 'down' | 'armed' | 'busy'): SlotOutcome {
  switch (why) {
    case 'armed':
      return { ok: false, why, detail: 'codes may not be changed now: an area is armed or not known' };
    case 'busy':
      return { ok: false, why, detail: 'somebody is programming the panel' };
    case 'silent':
      return { ok: false, why: 'offline', detail: 'the panel does not answer' };
    case 'down':
      return { ok: false, why: 'offline', detail: 'the line to the panel is down' };
  }
}

const unknown = (detail: string): SlotOutcome => ({ ok: false, why: 'unknown_result', detail });
const rejected = (detail: string, raw: string): SlotOutcome => ({ ok: false, why: 'rejected', detail, raw });
const rawAreas = (value: Areas): string => maskedHex(encodeReport({ type: 'code_areas', value }));
const rawChanged = (value: Change): string => maskedHex(encodeReport({ type: 'code_changed', value }));

/** The areas of a mask, as people say them. */
function listed(areas: number): string {
  return [1, 2, 3, 4, 5, 6, 7, 8].filter((area) => areas & (1 << (area - 1))).join(', ');
}
