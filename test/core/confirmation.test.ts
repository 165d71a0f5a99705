import { describe, expect, test } from 'vitest';
import { type Confirmation, isRetriable, newConfirmation } from '../../src/core/confirmation.ts';
import { type ConfirmationEvent, type ConfirmationRules, step } from '../../src/core/confirmation-step.ts';

const rules: ConfirmationRules = { confirm_at: 'read_back' };
const fresh = newConfirmation(
  { id: 'r', credential_id: 'c', user_id: 'u', holder_id: 'h', key: 'k', partitions: ['house'] },
  0,
);
const again: ConfirmationEvent = { type: 'wanted', key: 'k2', partitions: ['house'], slot: 3, due_at: 0 };
const unproved: ConfirmationEvent = { type: 'unproved', evidence: null, detail: 'no answer' };

/** The row after these events, each a second after the one before; null when it is gone. */
function rowAfter(
  events: readonly ConfirmationEvent[],
  from: Confirmation = fresh,
  by = rules,
): Confirmation | null {
  let row: Confirmation | null = from;
  events.forEach((event, i) => {
    if (row !== null) row = step(row, event, (i + 1) * 1_000, by).row;
  });
  return row;
}

const proved = (revision: number, evidence: 'acknowledged' | 'verified' | 'read_back' = 'read_back') =>
  ({ type: 'proved', evidence, revision }) as const;

describe('a confirmation', () => {
  test.each<[string, ConfirmationEvent[], Partial<Confirmation>]>([
    ['sent is never confirmed', [{ type: 'sent' }], { state: 'pending', evidence: { sent: 1_000 } }],
    [
      'evidence below what the model asks for does not confirm',
      [proved(1, 'verified')],
      { state: 'pending', evidence: { verified: 1_000 } },
    ],
    [
      'evidence as good as the model asks for confirms',
      [proved(1)],
      { state: 'confirmed', reason: null, confirmed_revision: 1, confirmed_at: 1_000 },
    ],
    [
      'an edit raises the revision and waits',
      [proved(1), again],
      { state: 'pending', revision: 2, confirmed_revision: 1, key: 'k2', evidence: {} },
    ],
    [
      'a proof of an older revision counts for nothing',
      [again, proved(1)],
      { state: 'pending', revision: 2, evidence: {} },
    ],
    [
      'one attempt without proof: the second after 30 s',
      [unproved],
      { state: 'pending', reason: 'retrying', attempt: 1, next_attempt_at: 31_000 },
    ],
    ['two: the third after 2 min', [unproved, unproved], { attempt: 2, next_attempt_at: 122_000 }],
    [
      'three: failed',
      [unproved, unproved, unproved],
      { state: 'failed', reason: 'timeout', attempt: 3, next_attempt_at: null, last_error: 'no answer' },
    ],
    [
      'offline, asleep, armed and set up wrongly burn no attempt',
      (['device_offline', 'device_asleep', 'panel_armed', 'holder_misconfigured'] as const).map((reason) => ({
        type: 'held_up',
        reason,
        retry_at: 9_000,
      })),
      { state: 'pending', reason: 'holder_misconfigured', attempt: 0, next_attempt_at: 9_000 },
    ],
    [
      'what is not due waits for its time, with no attempt burnt',
      [{ ...again, due_at: 60_000 }],
      { state: 'pending', reason: 'not_yet_due', next_attempt_at: 60_000, attempt: 0 },
    ],
    [
      'what cannot be is failed before the first attempt',
      [{ type: 'impossible', reason: 'slots_full', detail: 'full' }],
      { state: 'failed', reason: 'slots_full', attempt: 0 },
    ],
    [
      'a refusal is final and keeps the raw answer',
      [{ type: 'refused', reason: 'rejected_by_device', detail: 'no', raw: 'ff' }],
      { state: 'failed', reason: 'rejected_by_device', raw_answer: 'ff', attempt: 1 },
    ],
    [
      'a removal never fails, and is overdue after three attempts',
      [{ type: 'unwanted' }, unproved, unproved, unproved, unproved],
      { state: 'removing', overdue: true, attempt: 4, next_attempt_at: 125_000 },
    ],
    [
      'a device that refuses a removal is asked again',
      [{ type: 'unwanted' }, { type: 'refused', reason: 'rejected_by_device', detail: 'no', raw: 'ff' }],
      { state: 'removing', attempt: 1, raw_answer: 'ff' },
    ],
    [
      'a proof that it is there does not end a removal',
      [{ type: 'unwanted' }, proved(2)],
      { state: 'removing' },
    ],
    [
      'retrying a failed row begins anew, with its place in the order',
      [unproved, unproved, unproved, { type: 'retried' }],
      { state: 'pending', reason: 'queued', attempt: 0, revision: 1, queued_at: 0, last_error: null },
    ],
    [
      'a change that waits can be cancelled',
      [{ type: 'cancelled' }],
      { state: 'failed', reason: 'cancelled' },
    ],
    ['a removal cannot', [{ type: 'unwanted' }, { type: 'cancelled' }], { state: 'removing' }],
    [
      'use at the door is the best evidence',
      [proved(1), { type: 'used' }],
      { state: 'confirmed', evidence: { read_back: 1_000, used_at_door: 2_000 } },
    ],
    [
      'use at the door confirms what no answer has',
      [unproved, { type: 'used' }],
      { state: 'confirmed', confirmed_revision: 1 },
    ],
    [
      'looking at the slot burns no attempt',
      [unproved, { type: 'looked' }],
      { attempt: 1, next_attempt_at: 2_000 },
    ],
  ])('%s', (_, events, expected) => {
    expect(rowAfter(events)).toMatchObject(expected);
  });

  test('a removal that is proved ends the row, and is told', () => {
    expect(rowAfter([{ type: 'unwanted' }, { type: 'emptied' }])).toBeNull();
    const removing = rowAfter([{ type: 'unwanted' }]) ?? fresh;
    expect(step(removing, { type: 'emptied' }, 9, rules)).toEqual({ row: null, tell: 'removed' });
  });

  test.each(['acknowledged', 'verified', 'read_back'] as const)(
    'a model that asks for %s gets no less',
    (confirm_at) => {
      const order = ['acknowledged', 'verified', 'read_back'] as const;
      for (const evidence of order) {
        const row = rowAfter([proved(1, evidence)], fresh, { confirm_at });
        expect(row?.state).toBe(
          order.indexOf(evidence) >= order.indexOf(confirm_at) ? 'confirmed' : 'pending',
        );
      }
    },
  );

  test('each visible change is told once, and has a higher number than the one before', () => {
    const events: ConfirmationEvent[] = [{ type: 'sent' }, unproved, unproved, proved(1), proved(1), again];
    let row: Confirmation = fresh;
    const told: (string | null)[] = [];
    for (const event of events) {
      const { row: next, tell } = step(row, event, 1, rules);
      if (next === null) throw new Error('gone');
      if (next !== row) expect(next.seq).toBe(row.seq + 1);
      told.push(tell);
      row = next;
    }
    expect(told).toEqual([null, 'pending', null, 'confirmed', null, 'pending']);
  });

  test('only what can be helped by asking again is retriable', () => {
    const of = (reason: Confirmation['reason']) => isRetriable({ state: 'failed', reason });
    expect(['timeout', 'cancelled', 'changed_on_device'].map((reason) => of(reason as 'timeout'))).toEqual([
      true,
      true,
      true,
    ]);
    expect(
      (
        [
          'slots_full',
          'duplicate_on_device',
          'rejected_by_device',
          'unsupported_length',
          'unsupported_schedule',
          'unsupported_duress',
        ] as const
      ).some(of),
    ).toBe(false);
  });
});
