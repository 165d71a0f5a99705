import elkClient from 'elk-client';
import elk from 'elk-message';
import { afterEach, expect, test } from 'vitest';
import { Secret } from '../../src/core/secret.ts';
import { systemClock } from '../../src/hal/system-clock.ts';
import { type BusServer, busServer } from '../../src/sim/bus-server.ts';
import { elkLogin } from '../../src/sim/elk-login.ts';
import { elkPanel, type SimulatedElk } from '../../src/sim/elk-panel.ts';
import { selfSigned } from '../../src/sim/self-signed.ts';

const deadlineMs = 10_000;
const clock = systemClock();
let panel: SimulatedElk;
let server: BusServer;
let client: InstanceType<typeof elkClient.ElkClient>;

/** Somebody else's client, on our simulated panel behind a TCP connection. */
async function connected(): Promise<void> {
  server = await busServer({ host: '127.0.0.1', port: 0 }, (bytes) => panel.receive(bytes));
  panel = elkPanel(clock, (bytes) => server.send(bytes), {
    users: [
      { slot: 1, code: '3141', areas: 0xff, master: true },
      { slot: 9, code: '2718', areas: 0x01 },
    ],
    exitSeconds: 0,
    names: { 9: 'Ada' },
  });
  // elk-client takes any AS for the answer to its question, the late one of arming too.
  panel.fault('no_push', true);
  client = new elkClient.ElkClient({
    connection: { host: '127.0.0.1', port: server.port, secure: false },
    responseTimeout: deadlineMs,
  });
  await client.connect(deadlineMs);
}

afterEach(async () => {
  await client.disconnect();
  panel.close();
  await server.close();
});

test('elk-client reads state, log, clock, version and troubles of the simulated panel', async () => {
  await connected();
  panel.arm(2, 9);
  const state = await client.getArmingStatus();
  expect(state.areas.map((area) => Number(area.armingLevel))).toEqual([
    0x30, 0x31, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30,
  ]);
  expect(Number((await client.getSystemLogData(1)).event)).toBe(1173);
  expect((await client.getRealTimeClock()).year).toBe(new Date(clock.wall()).getUTCFullYear());
  expect((await client.getVersionNumber()).raw).toContain('VN05010C');
  expect((await client.getTroubleStatus()).raw).toContain(`SS${'0'.repeat(34)}`);
  const name = await client.getDescription(elk.TextDescriptionType.UserName, 1);
  expect(name).toMatchObject({ address: 9, text: 'Ada' });
});

test('elk-client changes a code, and is told of a duplicate and a wrong master', async () => {
  await connected();
  expect((await client.changeUserCode(12, '3141', '0849', [1, 2])).userCode).toBe(12);
  expect(panel.users.get(12)).toMatchObject({ code: '000849', areas: 3 });
  // `changeUserCode` waits for the user's own number only, which a refusal does not hold.
  const refused = async (master: string, code: string) => {
    const request = new elk.UserCodeChangeRequest(13, master, code, [1]);
    const answer = await client.sendCommandForResponse(
      request,
      ({ raw }) => raw.startsWith('09CU'),
      deadlineMs,
    );
    return elk.parse(answer.raw) as InstanceType<typeof elk.UserCodeChangeReply>;
  };
  expect((await refused('3141', '0849')).isDuplicateCode).toBe(true);
  expect((await refused('9999', '0851')).isInvalidAuthorizationCode).toBe(true);
});

test('elk-client arms and disarms', async () => {
  await connected();
  await client.arm(1, elk.ArmingLevel.ArmedAway, '3141');
  expect(Number((await client.getArmingStatus()).getAreaStatus(1).armingLevel)).toBe(0x31);
  await client.disarm(1, '3141');
  expect(Number((await client.getArmingStatus()).getAreaStatus(1).armingLevel)).toBe(0x30);
});

/** The same client at our simulated panel's secure port. */
async function securelyConnected(password: string): Promise<void> {
  const login = { user: new Secret('postern'), password: new Secret('Tr0ub4dor') };
  const wire = { send: (bytes: Uint8Array) => server.send(bytes), hangUp: () => server.hangUp(), login };
  const port = elkLogin(wire, (bytes) => panel.receive(bytes));
  panel = elkPanel(clock, port.send, { users: [{ slot: 1, code: '3141', areas: 0xff, master: true }] });
  const secure = { ...selfSigned('127.0.0.1', clock.wall()), version: 'TLSv1' } as const;
  const address = { host: '127.0.0.1', port: 0 };
  server = await busServer(address, port.receive, { secure, connected: port.connected });
  // It speaks TLS 1.0, as old interfaces do, and leaves it to its caller to be let.
  const secureOptions = { ciphers: 'DEFAULT@SECLEVEL=0' };
  client = new elkClient.ElkClient({
    connection: { host: '127.0.0.1', port: server.port, secure: true, secureOptions },
    username: 'postern',
    password,
    responseTimeout: deadlineMs,
  });
  await client.connect(deadlineMs);
}

test('elk-client logs in at the secure port of the simulated panel', async () => {
  await securelyConnected('Tr0ub4dor');
  expect(client.authenticated).toBe(true);
  expect((await client.getVersionNumber()).raw).toContain('VN05010C');
});

test('elk-client is told that its password is wrong', async () => {
  await expect(securelyConnected('Tr1ub4dor')).rejects.toThrow(/invalid username or password/);
  expect(client.authenticated).toBe(false);
});
