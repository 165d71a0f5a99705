import { describe, expect, test } from 'vitest';
import type { HolderReport } from '../../src/core/holder.ts';
import type { ArmState, CodePanel, PanelEvent, PanelReport } from '../../src/core/panel.ts';
import { Secret } from '../../src/core/secret.ts';
import type { VirtualClock } from '../support/virtual-clock.ts';

/** A panel driver under test, its line plugged in but not started, and the panel at the far end. */
export interface CodePanelRig {
  clock: VirtualClock;
  panel: CodePanel;
  /** Names of two partitions of the site file, both disarmed in the panel. */
  partitions: readonly [string, string];
  /** Two codes the panel's rules allow, the first with a leading zero, and one that is too long for it. */
  codes: { first: string; second: string; tooLong: string };
  /** The secrets that nothing reported may hold: the master code. */
  master: string;
  /** A slot a code may have, and another one; both empty. */
  slots: readonly [number, number];
  far: {
    /** Somebody arms or disarms at a keypad. Without exit delay. */
    arm(partition: string): void;
    disarm(partition: string): void;
    /** Arms only when told by the protocol do nothing from now on, although the panel says yes. */
    ignoreArming(): void;
    unplug(): void;
    plugIn(): void;
    /** The line stays up, the panel says nothing more (true) or goes on (false). */
    silent(on: boolean): void;
    /** What the panel itself keeps in the slot. Null: nothing. */
    codeIn(slot: number): string | null;
    /** The next command that changes a code is carried out, and its answer is lost. */
    loseNextAnswer(): void;
    /** How many commands that change a code have reached the panel. */
    codeCommands(): number;
    /** Set so that it lets nobody write codes (true), or set right again (false). */
    misconfigure(on: boolean): void;
  };
}

/** The longest any order may take, and the longest a silent panel may pass for a known one. */
const orderMs = 120_000;
const silenceMs = 150_000;
const stepMs = 5;

/** The rules of core/panel.ts and core/holder.ts that every panel driver keeps with a panel that speaks its protocol. */
export function codePanelContract(name: string, make: () => CodePanelRig): void {
  describe(`code panel contract: ${name}`, () => {
    const run = (body: (under: UnderTest) => Promise<void>, online = true) => {
      return async () => {
        const under = started(make());
        if (online) await under.until(() => under.lastHolder() === 'online', 'the panel is online');
        await body(under);
        under.nothingSecretWasSaid();
        await under.panel.close();
      };
    };

    test(
      'tells every partition once it has read them, and follows them',
      run(async ({ far, partitions: [a, b], state, until }) => {
        await until(() => state(a) === 'disarmed' && state(b) === 'disarmed', 'both are disarmed');
        far.arm(a);
        await until(() => state(a) === 'armed', 'one is armed');
        expect(state(b)).toBe('disarmed');
        far.disarm(a);
        await until(() => state(a) === 'disarmed', 'it is disarmed again');
      }),
    );

    test(
      'says nothing of partitions before it has read them, and never disarmed of an armed one',
      run(async ({ far, reports, partitions: [a, b], state, until }) => {
        expect(reports).toEqual([]);
        far.arm(a);
        await until(() => state(a) === 'armed' && state(b) === 'disarmed', 'both are known');
        const told = reports.filter((each) => each.type === 'partition' && each.partition === a);
        expect(told.map((each) => (each.type === 'partition' ? each.state : null))).not.toContain('disarmed');
      }, false),
    );

    test(
      'a lost line makes everything unknown and the panel offline; what changed meanwhile is read anew',
      run(async ({ far, partitions: [a, b], state, until, lastHolder }) => {
        await until(() => state(a) === 'disarmed' && state(b) === 'disarmed', 'both are disarmed');
        far.unplug();
        await until(() => state(a) === 'unknown' && state(b) === 'unknown', 'nothing is known');
        expect(lastHolder()).toBe('offline');
        far.arm(b);
        far.plugIn();
        await until(() => state(a) === 'disarmed' && state(b) === 'armed', 'both are known again');
        await until(() => lastHolder() === 'online', 'the panel is online again');
      }),
    );

    test(
      'a silent panel is not taken for a disarmed one, and is found again',
      run(async ({ far, partitions: [a], state, until, lastHolder }) => {
        await until(() => state(a) === 'disarmed', 'it is disarmed');
        far.silent(true);
        await until(() => state(a) === 'unknown', 'silence makes it unknown', silenceMs);
        expect(lastHolder()).toBe('offline');
        far.silent(false);
        await until(() => state(a) === 'disarmed', 'it is found again', silenceMs);
        await until(() => lastHolder() === 'online', 'the panel is online again', silenceMs);
      }),
    );

    test(
      'writes a code with the proof its traits promise, leading zeros and all',
      run(async ({ far, panel, partitions, codes, slots: [slot], settled }) => {
        const outcome = await settled(panel.write(slot, new Secret(codes.first), partitions, () => true));
        expect(outcome).toEqual({ ok: true, evidence: panel.traits.confirm_at });
        expect(far.codeIn(slot)).toBe(codes.first);
      }),
    );

    test(
      'replaces and clears a code; clearing an empty slot is no failure',
      run(async ({ far, panel, partitions: [a], codes, slots: [slot], settled }) => {
        const write = (code: string) => settled(panel.write(slot, new Secret(code), [a], () => true));
        expect(await write(codes.first)).toMatchObject({ ok: true });
        expect(await write(codes.second)).toMatchObject({ ok: true });
        expect(far.codeIn(slot)).toBe(codes.second);
        const clear = () => settled(panel.clear(slot, new Secret(codes.second), () => true));
        expect(await clear()).toEqual({ ok: true, evidence: panel.traits.removal_proof });
        expect(far.codeIn(slot)).toBeNull();
        expect(await clear()).toMatchObject({ ok: true });
        expect(await write(codes.second)).toMatchObject({ ok: true });
      }),
    );

    test(
      'reads what its traits say it can read, and nothing else',
      run(async ({ panel, partitions: [a], codes, slots: [slot], settled }) => {
        const empty = await settled(panel.read(slot));
        await settled(panel.write(slot, new Secret(codes.first), [a], () => true));
        const full = await settled(panel.read(slot));
        if (panel.traits.reads !== 'digits') {
          for (const reading of [empty, full]) expect(reading).toMatchObject({ content: 'unreadable' });
          return;
        }
        expect(empty).toEqual({ ok: true, content: 'empty' });
        expect(full).toMatchObject({ ok: true, content: 'code' });
        expect(full.ok && full.content === 'code' ? full.digits.reveal() : null).toBe(codes.first);
      }),
    );

    test(
      'a code the panel has in another slot is a duplicate, and leaves nothing behind',
      run(async ({ far, panel, partitions: [a], codes, slots: [one, other], settled }) => {
        await settled(panel.write(one, new Secret(codes.first), [a], () => true));
        const outcome = await settled(panel.write(other, new Secret(codes.first), [a], () => true));
        expect(outcome).toMatchObject({ ok: false, why: 'duplicate' });
        expect(far.codeIn(one)).toBe(codes.first);
        expect(far.codeIn(other)).toBeNull();
      }),
    );

    test(
      'a code of a length the panel does not have is refused before it is sent',
      run(async ({ far, panel, partitions: [a], codes, slots: [slot], settled }) => {
        const before = far.codeCommands();
        const outcome = await settled(panel.write(slot, new Secret(codes.tooLong), [a], () => true));
        expect(outcome).toMatchObject({ ok: false, why: 'unsupported_length' });
        expect(far.codeCommands()).toBe(before);
      }),
    );

    test(
      'when it may not write, not one command leaves and the outcome is armed',
      run(async ({ far, panel, partitions: [a], codes, slots: [slot, other], settled }) => {
        await settled(panel.write(other, new Secret(codes.second), [a], () => true));
        const before = far.codeCommands();
        const no = () => false;
        expect(await settled(panel.write(slot, new Secret(codes.first), [a], no))).toMatchObject({
          ok: false,
          why: 'armed',
        });
        expect(await settled(panel.clear(other, new Secret(codes.second), no))).toMatchObject({
          ok: false,
          why: 'armed',
        });
        expect(far.codeCommands()).toBe(before);
        expect(far.codeIn(other)).toBe(codes.second);
      }),
    );

    test(
      'an answer lost on the way is found out or told as unknown, never guessed',
      run(async ({ far, panel, partitions: [a], codes, slots: [slot], settled }) => {
        far.loseNextAnswer();
        const write = () => settled(panel.write(slot, new Secret(codes.first), [a], () => true));
        const outcome = await write();
        if (outcome.ok) expect(far.codeIn(slot)).toBe(codes.first);
        else expect(outcome.why).toBe('unknown_result');
        expect(await write()).toMatchObject({ ok: true });
        expect(far.codeIn(slot)).toBe(codes.first);
      }),
    );

    test(
      'a line lost in the middle of an order ends it, and never as a success',
      run(async ({ clock, far, panel, partitions: [a], codes, slots: [slot], settled }) => {
        far.loseNextAnswer();
        const order = panel.write(slot, new Secret(codes.first), [a], () => true);
        clock.advance(stepMs);
        far.unplug();
        const outcome = await settled(order);
        expect(outcome.ok).toBe(false);
        expect(['unknown_result', 'offline']).toContain(outcome.ok ? '' : outcome.why);
        const reading = await settled(panel.read(slot));
        if (panel.traits.reads === 'digits') expect(reading).toMatchObject({ ok: false, why: 'offline' });
      }),
    );

    test(
      'orders to a lost panel are answered offline at once',
      run(async ({ far, panel, partitions: [a], codes, slots: [slot], settled, until, lastHolder }) => {
        far.unplug();
        await until(() => lastHolder() === 'offline', 'the loss is told');
        const offline = { ok: false, why: 'offline' };
        const soon = 100;
        expect(
          await settled(
            panel.write(slot, new Secret(codes.first), [a], () => true),
            soon,
          ),
        ).toMatchObject(offline);
        expect(
          await settled(
            panel.clear(slot, null, () => true),
            soon,
          ),
        ).toMatchObject(offline);
        expect(await settled(panel.arm(a, 'away'), soon)).toMatchObject(offline);
        expect(await settled(panel.disarm(a), soon)).toMatchObject(offline);
      }),
    );

    test(
      'a panel that lets nobody write codes is misconfigured, says what to set, and is told when it is right',
      run(async (under) => {
        const { clock, far, panel, codes, settled, until, ofType } = under;
        const [a] = under.partitions;
        const [slot] = under.slots;
        far.misconfigure(true);
        const write = () => settled(panel.write(slot, new Secret(codes.first), [a], () => true));
        let refused = await write();
        // What was being said may get lost in the change, and the panel be read anew.
        for (let n = 0; n < 5 && !refused.ok && ['unknown_result', 'busy'].includes(refused.why); n++) {
          clock.advance(1000);
          refused = await write();
        }
        expect(['bad_master', 'no_authority', 'disabled_in_panel']).toContain(refused.ok ? '' : refused.why);
        await until(() => ofType('misconfigured').length > 0, 'the fault is told');
        expect(ofType('misconfigured')).toHaveLength(1);
        expect(ofType('misconfigured')[0]?.detail.length).toBeGreaterThan(20);
        expect(far.codeIn(slot)).toBeNull();
        far.misconfigure(false);
        far.unplug();
        await until(() => ofType('offline').length > 0, 'the line is lost');
        far.plugIn();
        await until(() => ofType('online').length === 2, 'the panel is back');
        expect(await write()).toMatchObject({ ok: true });
        await until(() => ofType('configured').length > 0, 'the end of the fault is told');
      }),
    );

    test(
      'arms and disarms, sees the state follow, and leaves a partition alone that is as wanted',
      run(async ({ panel, partitions: [a, b], state, settled }) => {
        expect(await settled(panel.disarm(b))).toEqual({ ok: true, already: true });
        expect(await settled(panel.arm(b, 'away'))).toEqual({ ok: true, already: false });
        expect(['arming', 'armed']).toContain(state(b));
        expect(state(a)).toBe('disarmed');
        expect(await settled(panel.arm(b, 'away'))).toEqual({ ok: true, already: true });
        expect(await settled(panel.disarm(b))).toEqual({ ok: true, already: false });
        expect(state(b)).toBe('disarmed');
      }),
    );

    test(
      'an order to arm that has no effect is a failure, whatever the panel answered',
      run(async ({ far, panel, partitions: [a], settled }) => {
        far.ignoreArming();
        expect(await settled(panel.arm(a, 'away'))).toMatchObject({ ok: false });
      }),
    );

    test(
      'after close every order is answered and nothing more is reported',
      run(async ({ clock, far, panel, partitions: [a], codes, slots: [slot], reports, settled }) => {
        far.silent(true);
        const order = panel.write(slot, new Secret(codes.first), [a], () => true);
        clock.advance(stepMs);
        await panel.close();
        expect(await settled(order, 0)).toMatchObject({ ok: false });
        const before = reports.length;
        far.silent(false);
        clock.advance(orderMs);
        expect(reports).toHaveLength(before);
        expect(await settled(panel.arm(a, 'stay'), 0)).toMatchObject({ ok: false, why: 'offline' });
      }),
    );
  });
}

type Report = PanelReport | HolderReport | PanelEvent;
type UnderTest = ReturnType<typeof started>;

/** Starts the driver and keeps all it reports and answers. */
function started(rig: CodePanelRig) {
  const { clock } = rig;
  const reports: Report[] = [];
  const said: unknown[] = [];
  rig.panel.start((report) => reports.push(report));

  const until = async (condition: () => boolean, what: string, withinMs = orderMs): Promise<void> => {
    const end = clock.mono() + withinMs;
    for (await turn(); !condition(); await turn()) {
      if (clock.mono() >= end) expect.fail(`waited ${withinMs} ms in vain: ${what}`);
      clock.advance(stepMs);
    }
  };
  const settled = async <T>(order: Promise<T>, withinMs = orderMs): Promise<T> => {
    let over = false;
    const note = () => {
      over = true;
    };
    order.then(note, note);
    await until(() => over, 'the order is answered', withinMs);
    const outcome = await order;
    said.push(outcome);
    return outcome;
  };
  const ofType = <T extends Report['type']>(type: T) =>
    reports.filter((report): report is Extract<Report, { type: T }> => report.type === type);
  const lastOf = (types: readonly string[]): string | null =>
    reports.findLast(({ type }) => types.includes(type))?.type ?? null;
  return {
    ...rig,
    reports,
    until,
    settled,
    ofType,
    /** What was last told of the partition. */
    state: (partition: string): ArmState =>
      ofType('partition').findLast((report) => report.partition === partition)?.state ?? 'unknown',
    lastHolder: () => lastOf(['online', 'offline']),
    nothingSecretWasSaid(): void {
      // Times are numbers too, and may hold the digits of a code by chance.
      const text = JSON.stringify([reports, said], (_, value) => (typeof value === 'number' ? 0 : value));
      for (const secret of [rig.master, ...Object.values(rig.codes)]) expect(text).not.toContain(secret);
    },
  };
}

/** Lets everything that awaits go on. */
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
