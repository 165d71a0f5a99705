import { expect, test } from 'vitest';
import { Secret } from '../../../src/core/secret.ts';
import { type NxFault, nxFaults } from '../../../src/sim/nx-fault.ts';
import { wiredPanel } from './wired-panel.ts';

type Rig = ReturnType<typeof wiredPanel> & { write(slot: number, code: string): Promise<unknown> };
const done = { ok: true, evidence: 'read_back' };
const refused = (why: string) => ({ ok: false, why });

/** What the driver makes of a fault that begins while all is well, within a minute or so. */
const whileItLasts: Record<NxFault, (rig: Rig) => Promise<void> | void> = {
  silent: lost,
  garbled: lost,
  other_framing: lost,
  noise_before: worksAsEver,
  flagged_answers: worksAsEver,
  padded_with_f: worksAsEver,
  deaf_to_acknowledgements: staysKnown,
  no_pushes: worksAsEver,
  naks: staysKnown,
  lose_answer: worksAsEver,
  restart: worksAsEver,
  box_tamper: ({ ofType }) => expect(ofType('trouble')).toMatchObject([{ what: 'tamper', active: true }]),
  mains_failure: ({ ofType }) => expect(ofType('trouble')).toMatchObject([{ what: 'trouble', active: true }]),
  in_programming: async ({ write }) => expect(await write(5, '0123')).toMatchObject(refused('busy')),
  in_download: async ({ write }) => expect(await write(5, '0123')).toMatchObject(refused('busy')),
  forgets_codes: async ({ write }) => expect(await write(5, '0123')).toMatchObject(refused('rejected')),
  refuses_authority: async ({ write, sim }) => {
    expect(await write(5, '0123')).toMatchObject(refused('rejected'));
    expect(sim.code(5)).toBeNull();
  },
  duplicates: async ({ write }) => {
    // The panel gives no reason, and the slot that would prove a duplicate is not one we may read into.
    expect(await write(5, '0123')).toMatchObject({ ok: false, raw: '1c' });
  },
  master_changed: async ({ write, ofType }) => {
    expect(await write(5, '0123')).toMatchObject(refused('bad_master'));
    expect(ofType('misconfigured')[0]?.detail).toContain('master code');
  },
  narrow_master: async ({ panel, settled, sim }) => {
    const order = panel.write(5, new Secret('0123'), ['store'], () => true);
    expect(await settled(order)).toMatchObject({ ok: false });
    expect(sim.rights(5)?.partitions ?? 0).not.toBe(0x02);
  },
  user_commands_off: async ({ write, ofType, sim }) => {
    expect(ofType('misconfigured')[0]?.detail).toContain('segment 3');
    expect(await write(5, '0123')).toMatchObject(refused('disabled_in_panel'));
    expect(sim.userCommands()).toEqual([]);
  },
  six_digits: async ({ write, ofType, pass }) => {
    await pass(60_000, 50);
    expect(ofType('misconfigured')[0]?.detail).toContain('codes of 6 digits');
    expect(await write(5, '0123')).toMatchObject({ ok: false });
  },
  ignores_keypad: async ({ panel, settled }) => {
    expect(await settled(panel.arm('main', 'away'))).toMatchObject(refused('unknown_result'));
  },
};

function panelWithDriver(): Rig {
  const rig = wiredPanel();
  const write = (slot: number, code: string) =>
    rig.settled(
      rig.panel.write(slot, new Secret(code), ['main'], () => true),
      300_000,
    );
  return Object.assign(rig, { write });
}

async function worksAsEver({ write, sim, state, pass }: Rig): Promise<void> {
  expect(await write(5, '0123')).toEqual(done);
  sim.arm(1);
  await pass(15_000, 50);
  expect(state('main')).toBe('armed');
  sim.disarm(1);
  await pass(40_000, 50);
  expect(state('main')).toBe('disarmed');
}

function staysKnown({ state }: Rig): void {
  expect(state('main')).toBe('disarmed');
}

async function lost({ state, pass, sim, write }: Rig): Promise<void> {
  await pass(30_000, 50);
  expect(state('main')).toBe('unknown');
  expect(await write(5, '0123')).toMatchObject(refused('offline'));
  expect(sim.userCommands()).toEqual([]);
}

test.each(nxFaults)('%s: nothing false is told while it lasts, and all is well after it', async (fault) => {
  const rig = panelWithDriver();
  const { sim, panel, pass, start, state, ofType, write } = rig;
  start();
  await pass(500);
  sim.fault(fault, true);
  await pass(5_000, 50);
  await whileItLasts[fault](rig);
  sim.fault(fault, false);
  await pass(120_000, 50);
  expect([state('main'), state('store')]).toEqual(['disarmed', 'disarmed']);
  expect(await write(6, '4567')).toEqual(done);
  expect(ofType('configured')).toHaveLength(ofType('misconfigured').length);
  expect(sim.code(6)).toBe('4567');
  await panel.close();
});
