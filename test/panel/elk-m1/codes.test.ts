import { describe, expect, test } from 'vitest';
import { Secret } from '../../../src/core/secret.ts';
import { clearCode } from '../../../src/panel/elk-m1/codes.ts';
import type { Result } from '../../../src/panel/elk-m1/conversation.ts';
import { elkSite, elkUnderTest, master } from './elk-site.ts';

const first = new Secret('084926');
const second = new Secret('517390');
const slot = 12;

/** The changes of codes among the lines: user, flag and areas. */
const changesIn = (lines: readonly string[]) =>
  lines.flatMap((line) => {
    const found = /^23cu(\d{3})\d{12}\d{12}(..)(.)/.exec(line);
    return found === null ? [] : [`${found[1]} flag ${found[3]} areas ${found[2]}`];
  });

describe('writing', () => {
  test('follows the sheet: state, code not in use, change, code valid in exactly these areas', async () => {
    const { panel, settled, sent, yes } = elkUnderTest();
    const before = sent().length;
    expect(await settled(panel.write(slot, first, ['garage', 'house'], yes))).toEqual({
      ok: true,
      evidence: 'verified',
    });
    expect(
      sent()
        .slice(before)
        .map((line) => line.slice(2, 4)),
    ).toEqual(['as', 'ua', 'cu', 'ua']);
    expect(changesIn(sent())).toEqual(['012 flag 0 areas 03']);
  });

  test('the same code to the same slot again writes nothing, and is proved to be there', async () => {
    const { panel, elk, settled, sent, yes } = elkUnderTest();
    await settled(panel.write(slot, first, ['house'], yes));
    expect(await settled(panel.write(slot, first, ['house'], yes))).toEqual({
      ok: true,
      evidence: 'verified',
    });
    expect(changesIn(sent()).at(-1)).toBe('012 flag 2 areas 00');
    expect(elk.users.get(slot)).toMatchObject({ code: first.reveal(), areas: 1, restricted: false });
  });

  test('the same code for other areas is written anew', async () => {
    const { panel, elk, settled, yes } = elkUnderTest();
    await settled(panel.write(slot, first, ['house'], yes));
    expect(await settled(panel.write(slot, first, ['garage'], yes))).toMatchObject({ ok: true });
    expect(elk.users.get(slot)?.areas).toBe(2);
  });

  test('a code of another user is a duplicate before it is written, the master code too', async () => {
    const { panel, elk, settled, sent, yes } = elkUnderTest();
    for (const code of ['271828', master]) {
      expect(await settled(panel.write(slot, new Secret(code), ['house'], yes))).toMatchObject({
        ok: false,
        why: 'duplicate',
      });
    }
    expect(changesIn(sent()).filter((line) => line.includes('flag 0'))).toEqual([]);
    expect(elk.users.has(slot)).toBe(false);
  });

  test('a code that only the panel can know to be taken (of a restricted user) is a duplicate by its answer', async () => {
    const { panel, settled, yes } = elkUnderTest({
      users: [{ slot: 20, code: first.reveal(), areas: 1, restricted: true }],
    });
    const outcome = await settled(panel.write(slot, first, ['house'], yes));
    expect(outcome).toMatchObject({ ok: false, why: 'duplicate' });
    expect(outcome.ok || !('raw' in outcome) ? '' : Buffer.from(outcome.raw, 'hex').toString()).toBe(
      'CU25500',
    );
  });

  test('a slot that was emptied is used again, whether the panel keeps the code of a restricted user or takes the new one', async () => {
    for (const keeps of [false, true]) {
      const { panel, elk, settled, yes } = elkUnderTest();
      elk.fault('restricted_keeps_code', keeps);
      await settled(panel.write(slot, first, ['house'], yes));
      await settled(panel.clear(slot, first, yes));
      expect(elk.users.get(slot)?.restricted).toBe(true);
      expect(await settled(panel.write(slot, second, ['house'], yes))).toEqual({
        ok: true,
        evidence: 'verified',
      });
      expect(elk.users.get(slot)).toMatchObject({ code: second.reveal(), restricted: false, areas: 1 });
    }
  });

  test('a master that is not valid in an area says which, and a master that is none says so', async () => {
    const { panel, elk, settled, yes, ofType } = elkUnderTest();
    const set = (user: object) => elk.users.set(1, { ...(elk.users.get(1) ?? never()), ...user });
    set({ areas: 0b101 });
    expect(await settled(panel.write(slot, first, ['house', 'garage'], yes))).toMatchObject({
      ok: false,
      why: 'no_authority',
      detail: expect.stringContaining('not valid in area 2'),
    });
    set({ areas: 0xff, master: false });
    expect(await settled(panel.write(slot, first, ['house'], yes))).toMatchObject({ why: 'no_authority' });
    set({ master: true, code: '999999' });
    const outcome = await settled(panel.write(slot, first, ['house'], yes));
    expect(outcome).toMatchObject({
      why: 'bad_master',
      detail: expect.stringContaining('/etc/postern/panel.code'),
    });
    expect(JSON.stringify(outcome)).not.toContain(master);
    expect(ofType('misconfigured')).toHaveLength(1);
  });

  test('reserved slots, slots that are not there and unknown partitions are refused before anything is sent', async () => {
    const { panel, settled, sent, yes } = elkUnderTest();
    const before = sent().length;
    for (const [at, partitions] of [
      [1, ['house']],
      [0, ['house']],
      [200, ['house']],
      [slot, []],
      [slot, ['attic']],
    ] as const) {
      expect(await settled(panel.write(at, first, partitions, yes))).toMatchObject({
        ok: false,
        why: 'rejected',
      });
    }
    expect(sent()).toHaveLength(before);
  });

  test('codes have the length the panel told, whatever its model allows', async () => {
    const { panel, settled, yes } = elkUnderTest({ codeLength: 4 });
    expect(await settled(panel.write(slot, first, ['house'], yes))).toMatchObject({
      ok: false,
      why: 'unsupported_length',
      detail: 'codes of this panel have 4 digits; this one has 6',
    });
  });

  test('a change that gets no answer is never repeated blindly: the panel is asked what it has', async () => {
    const { panel, elk, settled, sent, yes } = elkUnderTest();
    elk.fault('deaf_to_codes', true);
    expect(await settled(panel.write(slot, first, ['house'], yes))).toMatchObject({
      ok: false,
      why: 'unknown_result',
    });
    expect(changesIn(sent())).toHaveLength(1);
    elk.fault('deaf_to_codes', false);
    elk.fault('lose_change_answer', true);
    expect(await settled(panel.write(slot, first, ['house'], yes))).toEqual({
      ok: true,
      evidence: 'verified',
    });
    expect(changesIn(sent())).toHaveLength(2);
  });

  test('the gate is asked before each frame that holds a code; closed in the middle, nothing more leaves', async () => {
    for (let open = 0; open < 3; open++) {
      const { panel, elk, settled, sent } = elkUnderTest();
      let asked = 0;
      const before = sent().length;
      const outcome = await settled(panel.write(slot, first, ['house'], () => asked++ < open));
      expect(outcome).toMatchObject({ ok: false, why: open < 2 ? 'armed' : 'unknown_result' });
      const carried = sent()
        .slice(before)
        .filter((line) => line.includes('084926') || line.includes('23cu'));
      expect(carried).toHaveLength(open);
      expect(elk.users.has(slot)).toBe(open === 2);
    }
  });

  test('one order at a time', async () => {
    const { panel, settled, yes } = elkUnderTest();
    const order = panel.write(slot, first, ['house'], yes);
    expect(await panel.write(13, second, ['house'], yes)).toMatchObject({ ok: false, why: 'busy' });
    expect(await settled(order)).toMatchObject({ ok: true });
  });
});

describe('clearing', () => {
  test('a code that nobody was told takes the place of the old one, then the user is restricted', async () => {
    const { panel, elk, settled, sent, yes } = elkUnderTest();
    await settled(panel.write(slot, first, ['house'], yes));
    expect(await settled(panel.clear(slot, first, yes))).toEqual({ ok: true, evidence: 'acknowledged' });
    expect(changesIn(sent()).slice(1)).toEqual(['012 flag 0 areas 00', '012 flag 1 areas 00']);
    expect(elk.users.get(slot)?.restricted).toBe(true);
    expect(elk.users.get(slot)?.code).not.toBe(first.reveal());
  });

  test('when the random code is somebody’s by chance, another one is tried', async () => {
    const { panel, elk, settled, sent, yes } = elkUnderTest();
    // The same generator from its start: what the driver will draw first.
    const drawn = elkSite()
      .random(6)
      .reduce((value, byte) => value * 256 + byte, 0);
    const taken = String(drawn % 1_000_000).padStart(6, '0');
    elk.users.set(30, { code: taken, areas: 1, master: false, restricted: false, access: false });
    expect(await settled(panel.clear(slot, null, yes))).toEqual({ ok: true, evidence: 'acknowledged' });
    expect(changesIn(sent())).toEqual(['012 flag 0 areas 00', '012 flag 0 areas 00', '012 flag 1 areas 00']);
    expect(elk.users.get(30)?.code).toBe(taken);
  });

  test('a code that is valid still, because another user has it, is told', async () => {
    const { panel, settled, yes } = elkUnderTest();
    expect(await settled(panel.clear(slot, new Secret('271828'), yes))).toMatchObject({
      ok: false,
      why: 'rejected',
      detail: expect.stringContaining('another user'),
    });
  });

  test('an answer that is lost is an unknown result, and the order can be given again', async () => {
    const { panel, elk, settled, yes } = elkUnderTest();
    await settled(panel.write(slot, first, ['house'], yes));
    elk.fault('lose_change_answer', true);
    expect(await settled(panel.clear(slot, first, yes))).toMatchObject({ ok: false, why: 'unknown_result' });
    expect(await settled(panel.clear(slot, first, yes))).toMatchObject({ ok: true });
    expect(elk.users.get(slot)?.restricted).toBe(true);
  });
});

function never(): never {
  throw new Error('no such user');
}

test('a restriction that the panel takes and does not confirm is no removal', () => {
  const authority = { code: new Secret(master), file: '/etc/postern/panel.code' };
  const run = clearCode(slot, null, authority, () => new Secret('606060'));
  const arming = { armed: '00000000', ready: '11111111', alarm: '00000000', timer: 0 };
  const changed: Result = {
    type: 'report',
    report: { type: 'code_changed', value: { user: slot, flag: 0, zero: 0 } },
  };
  run.next({ type: 'sent' });
  run.next({ type: 'report', report: { type: 'arming', value: arming } });
  run.next(changed);
  expect(run.next(changed)).toMatchObject({ done: true, value: { ok: false, why: 'rejected' } });
});
