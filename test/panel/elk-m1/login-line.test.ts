import { describe, expect, test } from 'vitest';
import type { Line } from '../../../src/core/line.ts';
import { Secret } from '../../../src/core/secret.ts';
import { elkPanel } from '../../../src/panel/elk-m1/elk-panel.ts';
import { loginLine } from '../../../src/panel/elk-m1/login-line.ts';
import type { ElkFault } from '../../../src/sim/elk-fault.ts';
import { elkLogin } from '../../../src/sim/elk-login.ts';
import { elkPanel as simulatedElk } from '../../../src/sim/elk-panel.ts';
import { lineContract } from '../../contract/line.ts';
import { logPlaces } from '../../support/log-place.ts';
import { memoryLine } from '../../support/memory-line.ts';
import { virtualClock } from '../../support/virtual-clock.ts';
import { type ElkReport, master, masterSlot, sitePanel } from './elk-site.ts';

const right = { user: new Secret('postern'), password: new Secret('Tr0ub4dor') };
const wrong = { user: new Secret('postern'), password: new Secret('Tr1ub4dor') };
const file = '/etc/postern/panel.login';

/** A line to a port that asks, and notes when it is connected to. */
function securePort() {
  const clock = virtualClock();
  const { line, far } = memoryLine(clock, 'panel');
  const connections: number[] = [];
  const received: number[] = [];
  let hears = (bytes: Uint8Array): void => void received.push(...bytes);
  const port = elkLogin({ send: (bytes) => far.send(bytes), hangUp: () => hangUp(), login: right }, (bytes) =>
    hears(bytes),
  );
  const hangUp = (): void => {
    far.unplug('the panel closed the connection');
    clock.after(250, far.plugIn);
  };
  far.onData(port.receive);
  const watched: Line = {
    ...line,
    open: (owner) =>
      line.open({
        ...owner,
        up() {
          connections.push(clock.mono());
          owner.up();
          port.connected();
        },
      }),
  };
  return {
    clock,
    far,
    port,
    line: watched,
    connections,
    received,
    hear(taken: typeof hears) {
      hears = taken;
    },
  };
}

for (const known of [right, null]) {
  lineContract(known === null ? 'Elk M1 without a login' : 'Elk M1 behind its login', () => {
    const { clock, far, port, line, received } = securePort();
    if (known === null) port.fault('no_login', true);
    return Promise.resolve({
      line: loginLine(line, { login: known, file }, clock, () => {}),
      far: {
        send: port.send,
        received: () => Uint8Array.from(received),
        lose: () => far.unplug(),
        restore: () => far.plugIn(),
      },
      until(condition, what) {
        for (let ms = 0; ms < 60_000 && !condition(); ms++) clock.advance(1);
        expect(condition(), what).toBe(true);
        return Promise.resolve();
      },
      dispose: () => Promise.resolve(),
    });
  });
}

/** The driver on such a port, started. */
function secureElk(login: typeof right | null = right, faults: readonly ElkFault[] = []) {
  const all = securePort();
  const { clock, port } = all;
  const elk = simulatedElk(clock, port.send, {
    codeLength: 6,
    users: [{ slot: masterSlot, code: master, areas: 0xff, master: true }],
  });
  all.hear(elk.receive);
  for (const fault of faults) port.fault(fault, true);
  const panel = elkPanel(
    { ...sitePanel, login_file: file },
    new Secret(master),
    all.line,
    clock,
    (size) => new Uint8Array(size),
    logPlaces().next(),
    login,
  );
  const reports: ElkReport[] = [];
  panel.start((report) => reports.push(report));
  const ofType = <T extends ElkReport['type']>(type: T) =>
    reports.filter((report): report is Extract<ElkReport, { type: T }> => report.type === type);
  clock.advance(5_000);
  return {
    ...all,
    panel,
    elk,
    reports,
    ofType,
    /** All that was sent, as text. */
    sent: () => all.far.written.map((bytes) => Buffer.from(bytes).toString('latin1')).join(''),
    /** How often a password was sent. */
    tries: () => all.far.written.filter((bytes) => /^Tr.ub4dor/.test(Buffer.from(bytes).toString())).length,
  };
}

describe('the driver behind a login', () => {
  test('logs in, speaks to the panel, and says nothing of it', () => {
    const { ofType, sent, reports } = secureElk();
    expect(ofType('online')).toHaveLength(1);
    expect(ofType('partition')).toMatchObject([{ state: 'disarmed' }, { state: 'disarmed' }]);
    expect(sent()).toMatch(/^postern\r\nTr0ub4dor\r\n06vn0056\r\n/);
    expect(ofType('misconfigured')).toEqual([]);
    expect(JSON.stringify(reports)).not.toContain('Tr0ub4dor');
  });

  test('logs in again on every connection', () => {
    const { far, clock, ofType, tries } = secureElk();
    far.unplug();
    clock.advance(1_000);
    far.plugIn();
    clock.advance(5_000);
    expect(tries()).toBe(2);
    expect(ofType('online')).toHaveLength(2);
  });

  test('with a port that asks for nothing: the panel is there with its first frame', () => {
    const { clock, ofType, sent } = secureElk(right, ['no_login']);
    expect(sent()).toBe('');
    clock.advance(31_000);
    expect(ofType('online')).toHaveLength(1);
    expect(ofType('misconfigured')).toEqual([]);
  });

  test('without a login and with a port that asks for nothing: at once', () => {
    const { ofType } = secureElk(null, ['no_login']);
    expect(ofType('online')).toHaveLength(1);
  });
});

describe('a login that is refused', () => {
  test.each([
    ['with a word', []],
    ['without one', ['hangs_up']],
    ['and asked for again', ['asks_again']],
  ] as const)('%s is set up wrongly, with what to mend, and tried rarely', (_, faults) => {
    const { clock, ofType, tries, reports } = secureElk(wrong, faults);
    expect(ofType('misconfigured')).toMatchObject([{ detail: expect.stringContaining(file) }]);
    expect(ofType('offline').at(-1)).toMatchObject({ detail: expect.stringContaining(file) });
    expect(ofType('online')).toEqual([]);
    expect(tries()).toBe(1);
    clock.advance(3_600_000);
    // After 1, 2, 5, then every 15 minutes.
    expect(tries()).toBe(7);
    expect(ofType('misconfigured')).toHaveLength(1);
    expect(JSON.stringify(reports)).not.toContain('Tr1ub4dor');
  });

  test('ends once it is taken, and is tried as soon again the next time', () => {
    const { clock, far, port, ofType, tries } = secureElk(right, ['refuses_login']);
    clock.advance(600_000);
    expect(ofType('misconfigured')).toHaveLength(1);
    port.fault('refuses_login', false);
    clock.advance(900_000);
    expect(ofType('configured')).toHaveLength(1);
    expect(ofType('online')).toHaveLength(1);
    port.fault('refuses_login', true);
    const before = tries();
    far.unplug();
    far.plugIn();
    clock.advance(70_000);
    expect(tries() - before).toBe(2);
    expect(ofType('misconfigured')).toHaveLength(2);
  });

  test('is one thing, a master code that is refused another: the panel is set up rightly when both are', async () => {
    const { clock, port, ofType, elk, panel } = secureElk(right, ['refuses_login']);
    elk.users.delete(masterSlot);
    port.fault('refuses_login', false);
    clock.advance(70_000);
    expect(ofType('configured')).toHaveLength(1);
    const order = panel.write(12, new Secret('084926'), ['house'], () => true);
    for (let n = 0; n < 200; n++) {
      clock.advance(100);
      await new Promise(setImmediate);
    }
    expect(await order).toMatchObject({ why: 'bad_master' });
    expect(ofType('misconfigured')).toHaveLength(2);
  });

  test('a port that asks although there is no login says what to do, and learns no password', () => {
    const { clock, ofType, connections, sent } = secureElk(null);
    expect(ofType('misconfigured')).toMatchObject([{ detail: expect.stringContaining('login_file') }]);
    expect(sent()).not.toContain(master);
    clock.advance(3_600_000);
    expect(connections.length).toBeLessThan(9);
  });
});

describe('a port that falls silent', () => {
  test.each(['no_prompt', 'no_password_prompt', 'silent'] as const)('%s: it is connected anew', (fault) => {
    const { clock, connections, port, ofType, tries } = secureElk(right, [fault]);
    expect(ofType('online')).toEqual([]);
    clock.advance(130_000);
    expect(connections.length).toBeGreaterThan(3);
    expect(tries()).toBe(0);
    expect(ofType('misconfigured')).toEqual([]);
    expect(ofType('offline')).toMatchObject([{ detail: expect.stringMatching(/secure port/) }]);
    port.fault(fault, false);
    clock.advance(45_000);
    expect(ofType('online')).toHaveLength(1);
  });

  test('after the password it has refused: it is tried rarely', () => {
    const { clock, far, port, tries, ofType } = secureElk(right, ['no_prompt']);
    far.onData((bytes) => {
      if (!Buffer.from(bytes).toString().startsWith('Tr0ub4dor')) port.receive(bytes);
    });
    port.fault('no_prompt', false);
    clock.advance(90_000);
    expect(tries()).toBe(1);
    expect(ofType('misconfigured')).toHaveLength(1);
  });
});
