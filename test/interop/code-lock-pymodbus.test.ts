import { expect, onTestFinished, test } from 'vitest';
import { Secret } from '../../src/core/secret.ts';
import { codeLock } from '../../src/lock-bus/code-lock/code-lock.ts';
import { relayLockBus } from '../../src/lock-bus/relay-lock-bus.ts';
import { untilReally } from '../contract/line.ts';
import { modelNamed, siteCodeLock } from '../lock-bus/code-lock/code-site.ts';
import { pymodbusPeer } from './pymodbus-peer.ts';

const yes = () => true;

test('a code lock by pymodbus takes a code, proves it, names a duplicate, and gives it up with proof', async () => {
  const { line, clock, told } = await pymodbusPeer('pymodbus_code_lock.py');
  const bus = relayLockBus([], line, clock);
  onTestFinished(bus.close);
  const model = { ...modelNamed('code-lock-10'), reply_timeout_ms: 500 };
  const lock = codeLock(siteCodeLock(model, 3), line, clock);
  const reports: string[] = [];
  lock.start(({ type }) => reports.push(type));
  await untilReally(() => reports.includes('online'), 'the lock is found');

  expect(await lock.write(3, new Secret('0012345'), [], yes)).toEqual({ ok: true, evidence: 'read_back' });
  const read = await lock.read(3);
  expect(read).toMatchObject({ ok: true, content: 'code' });
  expect(read.ok && read.content === 'code' && read.digits.reveal()).toBe('0012345');
  expect(await lock.write(4, new Secret('0012345'), [], yes)).toMatchObject({ why: 'duplicate', slot: 3 });
  expect(await lock.write(4, new Secret('001234'), [], yes)).toEqual({ ok: true, evidence: 'read_back' });
  expect(await lock.read(5)).toEqual({ ok: true, content: 'empty' });
  expect(await lock.clear(3, new Secret('0012345'), yes)).toEqual({ ok: true, evidence: 'read_back' });
  expect(await lock.read(3)).toEqual({ ok: true, content: 'empty' });
  expect(await lock.write(5, new Secret('777777'), [], () => false)).toMatchObject({ why: 'armed' });
  // The digits of the worked example in the lock's own registers.
  expect(told()).toEqual(['stored 3 7 0012345FFFFF', 'stored 4 6 001234FFFFFF', 'removed 3']);
});
