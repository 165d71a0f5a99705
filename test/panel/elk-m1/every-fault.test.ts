import { expect, test } from 'vitest';
import { Secret } from '../../../src/core/secret.ts';
import { type ElkFault, elkFaults } from '../../../src/sim/elk-fault.ts';
import { elkUnderTest, master } from './elk-site.ts';

type Rig = ReturnType<typeof elkUnderTest> & { write(slot: number, code: string): Promise<unknown> };
const done = { ok: true, evidence: 'verified' };
const refused = (why: string) => ({ ok: false, why });
/** Faults of the secure port, which a panel on a serial line has not: `login-line.test.ts` has them. */
const ofSecurePort = [
  'no_login',
  'no_prompt',
  'no_password_prompt',
  'refuses_login',
  'hangs_up',
  'asks_again',
] as const satisfies readonly ElkFault[];
type SerialFault = Exclude<ElkFault, (typeof ofSecurePort)[number]>;
const isSerial = (fault: ElkFault): fault is SerialFault => !ofSecurePort.some((one) => one === fault);

/** What the driver makes of a fault that begins while all is well, within minutes. */
const whileItLasts: Record<SerialFault, (rig: Rig) => Promise<void> | void> = {
  silent: lost,
  mute: lost,
  corrupt: lost,
  byte_by_byte: worksAsEver,
  lf_only: worksAsEver,
  noise_before: worksAsEver,
  double: worksAsEver,
  no_push: worksAsEver,
  no_keepalive: worksAsEver,
  flap: worksAsEver,
  restricted_keeps_code: worksAsEver,
  lose_change_answer: async ({ write, elk }) => {
    // The code is found to be there.
    expect(await write(12, '084926')).toMatchObject({ ok: true });
    expect(elk.users.get(12)?.code).toBe('084926');
  },
  deaf_to_codes: async ({ write }) =>
    expect(await write(12, '084926')).toMatchObject(refused('unknown_result')),
  ignores_arming: ordersRefused,
  access_only: ordersRefused,
  master_changed: async ({ write, ofType }) => {
    expect(await write(12, '084926')).toMatchObject(refused('bad_master'));
    expect(ofType('misconfigured')).toHaveLength(1);
  },
  narrow_master: async ({ panel, settled, write, elk }) => {
    expect(await write(12, '084926')).toEqual(done);
    const order = panel.write(13, new Secret('517390'), ['garage'], () => true);
    expect(await settled(order)).toMatchObject(refused('no_authority'));
    expect(elk.users.get(13)).toBeUndefined();
  },
  duplicates: async ({ write, elk }) => {
    expect(await write(12, '084926')).toMatchObject(refused('duplicate'));
    expect(elk.users.get(12)).toBeUndefined();
  },
  six_digits: async ({ write, clock, elk }) => {
    elk.leaveProgramming();
    clock.advance(10_000);
    expect(await write(12, '0849')).toMatchObject(refused('unsupported_length'));
    expect(elk.changes()).toBe(0);
  },
  remote_programming: programmed,
  interface_starting: programmed,
  // Known only when somebody leaves it: then everything is read anew, which the end of this test sees.
  installer_programming: ({ ofType }) => expect(ofType('event')).toMatchObject([{ what: 'programming' }]),
};

async function worksAsEver({ write, elk, clock, states }: Rig): Promise<void> {
  expect(await write(12, '084926')).toEqual(done);
  elk.arm(1);
  clock.advance(61_000);
  expect(states('house').at(-1)).toBe('armed');
  elk.disarm(1);
  clock.advance(61_000);
  expect(states('house').at(-1)).toBe('disarmed');
}

async function lost({ clock, states, write, elk }: Rig): Promise<void> {
  clock.advance(90_000);
  expect(states('house').at(-1)).toBe('unknown');
  expect(await write(12, '084926')).toMatchObject(refused('offline'));
  expect(elk.changes()).toBe(0);
}

async function ordersRefused({ panel, settled, elk }: Rig): Promise<void> {
  expect(await settled(panel.arm('house', 'away'))).toMatchObject(refused('refused'));
  expect(elk.armed(1)).toBe(false);
}

async function programmed({ states, write, elk }: Rig): Promise<void> {
  expect(states('house').at(-1)).toBe('unknown');
  expect(await write(12, '084926')).toMatchObject(refused('busy'));
  expect(elk.changes()).toBe(0);
}

function panelWithDriver(fault: SerialFault): Rig {
  const rig = elkUnderTest(fault === 'six_digits' ? { codeLength: 4 } : {});
  const write = (slot: number, code: string) =>
    rig.settled(rig.panel.write(slot, new Secret(code), ['house'], () => true));
  return Object.assign(rig, { write });
}

test.each(elkFaults.filter(isSerial))(
  '%s: nothing false is told while it lasts, and all is well after it',
  async (fault) => {
    const rig = panelWithDriver(fault);
    const { elk, clock, states, ofType, reports, write, panel } = rig;
    elk.fault(fault, true);
    clock.advance(5_000);
    await whileItLasts[fault](rig);
    elk.fault(fault, false);
    clock.advance(180_000);
    expect(states('house').at(-1)).toBe('disarmed');
    expect(ofType('online').length).toBe(ofType('offline').length + 1);
    elk.leaveProgramming();
    clock.advance(10_000);
    const code = fault === 'six_digits' ? '4567' : '456789';
    expect(await write(14, code)).toEqual(done);
    expect(ofType('configured')).toHaveLength(ofType('misconfigured').length);
    expect(JSON.stringify(reports)).not.toMatch(new RegExp(`${master}|084926|${code}`));
    await panel.close();
  },
);
