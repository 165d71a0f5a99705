import { describe, expect, test } from 'vitest';
import type { HolderReport } from '../../../src/core/holder.ts';
import { Secret } from '../../../src/core/secret.ts';
import { codeLock } from '../../../src/lock-bus/code-lock/code-lock.ts';
import { decodeRequest, encodeReply, packRegisters, type Request } from '../../../src/lock-bus/frame.ts';
import { modbusLine } from '../../../src/lock-bus/modbus-line.ts';
import vectors from '../../fixtures/modbus-locks.json' with { type: 'json' };
import { memoryLine } from '../../support/memory-line.ts';
import { virtualClock } from '../../support/virtual-clock.ts';
import { codeSite, found, modelNamed, siteCodeLock } from './code-site.ts';

const reference = modelNamed('code-lock-1000');
const otherMap = modelNamed('code-lock-30-ascii');
const code = new Secret('0012345');
const free = () => true;

test('what it writes for the worked example is the frame of the sheet, byte for byte', () => {
  const clock = virtualClock();
  const { line, far } = memoryLine(clock);
  const answer = (request: Request): void => {
    if (request.fn !== 'read_holding') return;
    const { address, count } = request.body;
    const words = new Array<number>(count).fill(0);
    if (address === 0xf000) words.splice(0, 5, 0x504c, 1, 1000, 3, 0x040a);
    if (address === 0x0110) words[0] = 0x1233;
    const body = { values: packRegisters(words) };
    far.send(encodeReply({ unit: request.unit, fn: 'read_holding', body }));
  };
  far.onData((bytes) => {
    const request = decodeRequest(bytes);
    if (request !== null) answer(request);
  });
  const holder = codeLock(siteCodeLock(reference), modbusLine(line, clock), clock);
  holder.start(() => {});
  clock.advance(100);
  void holder.write(3, code, [], free);
  const step = async (): Promise<void> => {
    await Promise.resolve();
    clock.advance(10);
  };
  return step()
    .then(step)
    .then(step)
    .then(() => {
      const written = far.written.map((bytes) => Buffer.from(bytes).toString('hex'));
      const wanted = vectors.filter(({ meaning }) => /^store PIN|^identity/.test(meaning));
      for (const { request } of wanted) expect(written).toContain(request);
    });
});

describe.each([reference, otherMap])('$name', (model) => {
  test('a lock that works for long is waited for', async () => {
    const { holder, lock, settled, clock } = found(model);
    lock.faults.working_ms = 4000;
    const begun = clock.mono();
    expect(await settled(holder.write(3, code, [], free))).toEqual({ ok: true, evidence: 'read_back' });
    expect(clock.mono() - begun).toBeGreaterThan(8000);
  });

  test('a lock that never ends is an unknown result; while it works nothing more is sent', async () => {
    const { holder, lock, settled, mailed } = found(model);
    lock.faults.working_ms = 3_600_000;
    expect(await settled(holder.write(3, code, [], free))).toMatchObject({
      ok: false,
      why: 'unknown_result',
    });
    const before = mailed().length;
    expect(await settled(holder.write(4, code, [], free))).toMatchObject({ ok: false, why: 'busy' });
    expect(mailed()).toHaveLength(before);
  });

  test('a lock that says done and keeps nothing is found out', async () => {
    const { holder, lock, settled } = found(model);
    lock.faults.forgets = true;
    const outcome = await settled(holder.write(3, code, [], free));
    expect(outcome).toMatchObject({ ok: false, why: 'unknown_result' });
    expect(outcome.ok ? '' : outcome.detail).toMatch(/is empty/);
    lock.faults.forgets = false;
    await settled(holder.write(3, code, [], free));
    lock.faults.forgets = true;
    expect(await settled(holder.clear(3, null, free))).toMatchObject({ ok: false, why: 'unknown_result' });
  });

  test('a refusal is final and keeps the answer', async () => {
    const { holder, lock, settled } = found(model);
    lock.faults.refuses = true;
    const outcome = await settled(holder.write(3, code, [], free));
    expect(outcome).toMatchObject({ ok: false, why: 'rejected', raw: expect.stringMatching(/^[0-9a-f ]+$/) });
  });

  test('a result that nobody has mapped is a failure with its number, not a success', async () => {
    const { holder, lock, settled } = found(model);
    lock.faults.result = 77;
    const outcome = await settled(holder.write(3, code, [], free));
    expect(outcome).toMatchObject({ ok: false, why: 'rejected', raw: expect.stringContaining('004d') });
    expect(outcome.ok ? '' : outcome.detail).toContain('77');
  });

  test('the line lost before the code has left is offline; lost afterwards, an unknown result', async () => {
    const { holder, lock, settled, far, clock } = found(model);
    lock.faults.loses_answers = true;
    const outcome = holder.write(3, code, [], free);
    for (let ms = 0; lock.code(3) === null; ms++) {
      await Promise.resolve();
      clock.advance(1);
      expect(ms).toBeLessThan(1000);
    }
    far.unplug();
    expect(await settled(outcome)).toMatchObject({ ok: false, why: 'unknown_result' });
    expect(await settled(holder.write(4, code, [], free))).toMatchObject({ ok: false, why: 'offline' });
  });

  test('an exception to the write itself is a refusal with its bytes', async () => {
    const site = found(model);
    const smaller = { ...model, map: { ...model.map, mailbox: { ...model.map.mailbox, address: 0x7000 } } };
    const wrong = found(smaller, { described: model });
    const outcome = await wrong.settled(wrong.holder.write(3, code, [], free));
    expect(outcome).toMatchObject({ ok: false, why: 'rejected', raw: expect.stringMatching(/^079002/) });
    expect(site.lock.code(3)).toBeNull();
  });
});

describe('a gateway', () => {
  /** What it says of one kind of request, which the lock has carried out or not. */
  const says = (
    site: ReturnType<typeof found>,
    fn: Request['fn'],
    exception: number,
    done: boolean,
  ): void => {
    const { obey } = site.lock;
    site.lock.obey = (request) => {
      if (request.fn !== fn) return obey(request);
      if (done) obey(request);
      return { unit: request.unit, fn, exception };
    };
  };

  test('that had no answer to a command leaves open whether it was carried out: the result decides', async () => {
    const site = found(reference);
    says(site, 'write_registers', 11, true);
    expect(await site.settled(site.holder.write(3, code, [], free))).toEqual({
      ok: true,
      evidence: 'read_back',
    });
  });

  test('and without a number that ties a result to its command, it stays unknown', async () => {
    const site = found(otherMap);
    says(site, 'write_registers', 11, true);
    expect(await site.settled(site.holder.write(3, code, [], free))).toMatchObject({ why: 'unknown_result' });
    expect(site.mailed()).toHaveLength(1);
  });

  test.each([
    ['code-lock-199', 'asleep'],
    ['code-lock-1000', 'offline'],
  ])('that does not reach the %s says that it is %s, not that it refuses', async (name, why) => {
    for (const exception of [10, 11]) {
      const site = found(modelNamed(name));
      says(site, 'read_holding', exception, false);
      expect(await site.settled(site.holder.write(3, code, [], free))).toMatchObject({ ok: false, why });
      expect(site.mailed()).toEqual([]);
    }
  });
});

test('a lock that shows another slot than the one it was asked for proves nothing', async () => {
  const { holder, lock, settled } = found(reference);
  const { obey } = lock;
  lock.obey = (request) => {
    const reply = obey(request);
    if (request.fn !== 'read_holding' || request.body.address !== reference.map.slot?.address) return reply;
    if (reply === null || !('body' in reply) || reply.fn !== 'read_holding') return reply;
    return { ...reply, body: { values: reply.body.values.with(1, 4) } };
  };
  expect(await settled(holder.write(3, code, [], free))).toMatchObject({ ok: false, why: 'unknown_result' });
  expect(await settled(holder.read(3))).toMatchObject({ ok: false, why: 'unknown_result' });
});

describe('the sequence number', () => {
  test('a command that the lock did not take is written again with the same number, once, and then unknown', async () => {
    const { holder, lock, settled, mailed } = found(reference);
    lock.faults.loses_writes = true;
    expect(await settled(holder.write(3, code, [], free))).toMatchObject({
      ok: false,
      why: 'unknown_result',
    });
    const [first, ...more] = mailed();
    expect(more).toEqual([first]);
  });

  test('without one a command is written once', async () => {
    const { holder, lock, settled, mailed } = found(otherMap);
    lock.faults.loses_answers = true;
    expect(await settled(holder.write(3, code, [], free))).toMatchObject({
      ok: false,
      why: 'unknown_result',
    });
    expect(mailed()).toHaveLength(1);
  });

  test('with one a lost confirmation is made good by the result', async () => {
    const { holder, lock, settled } = found(reference);
    lock.faults.loses_answers = true;
    expect(await settled(holder.write(3, code, [], free))).toEqual({ ok: true, evidence: 'read_back' });
  });

  test('goes on from what the lock has seen, so that an old result is never taken for a new one', async () => {
    const { holder, lock, settled, mailed } = found(reference);
    const numbers = () => mailed().map((frame) => Number.parseInt(frame.slice(42, 46), 16));
    await settled(holder.write(3, code, [], free));
    await settled(holder.clear(3, null, free));
    const sent = numbers();
    expect(new Set(sent).size).toBe(sent.length);
    const again = codeSite(reference);
    again.lock.obey(
      decodeRequest(Buffer.from(mailed().at(-1) ?? '', 'hex')) ?? expect.fail('no request was sent'),
    );
    again.start();
    await again.settled(again.holder.write(3, code, [], free));
    expect(sent).not.toContain(Number.parseInt(again.mailed()[0]?.slice(42, 46) ?? '', 16));
    expect(lock.code(3)).toBeNull();
  });

  test('a gate that closes between two writes of one command stops the second', async () => {
    const { holder, lock, settled, mailed } = found(reference);
    lock.faults.loses_writes = true;
    let asked = 0;
    const outcome = await settled(holder.write(3, code, [], () => ++asked === 1));
    expect(outcome).toMatchObject({ ok: false, why: 'unknown_result' });
    expect(mailed()).toHaveLength(1);
  });
});

describe('a sleeping lock', () => {
  const sleeper = modelNamed('code-lock-199');

  test.each(['asleep', 'silent'] as const)(
    '%s: nothing of the code is sent until it wakes',
    async (fault) => {
      const { holder, lock, settled, mailed, clock, reports } = found(sleeper);
      lock.faults[fault] = true;
      expect(await settled(holder.write(3, code, [], free))).toMatchObject({ ok: false, why: 'asleep' });
      expect(mailed()).toEqual([]);
      clock.advance(40_000);
      expect(reports.at(-1)).toMatchObject({ type: 'asleep' });
      lock.faults[fault] = false;
      clock.advance(6000);
      expect(reports.at(-1)).toEqual({ type: 'online', firmware: '1' });
      expect(await settled(holder.write(3, code, [], free))).toEqual({ ok: true, evidence: 'acknowledged' });
    },
  );
});

describe('what it reports', () => {
  const told = (reports: readonly HolderReport[]) => reports.map(({ type }) => type);

  test('that it is there once, however long it stays; and gone, and back', () => {
    const { clock, reports, lock } = found(reference);
    clock.advance(60_000);
    expect(told(reports)).toEqual(['online']);
    lock.faults.silent = true;
    clock.advance(60_000);
    lock.faults.silent = false;
    clock.advance(40_000);
    expect(told(reports)).toEqual(['online', 'offline', 'online']);
  });

  test('a lock that is another one than its model says is misconfigured, and is sent no code', async () => {
    const { start, reports, holder, settled, mailed } = codeSite(reference, {
      described: modelNamed('code-lock-10'),
    });
    start();
    expect(told(reports)).toEqual(['online', 'misconfigured']);
    expect(await settled(holder.write(3, code, [], free))).toMatchObject({
      ok: false,
      why: 'disabled_in_panel',
      detail: expect.stringMatching(/has 10 slots, not the 1000/),
    });
    expect(mailed()).toEqual([]);
  });

  test('a lock that answers, but not where its model says what it is, is misconfigured until it does', async () => {
    const { map } = reference;
    const elsewhere = {
      ...reference,
      map: { ...map, identity: { ...(map.identity ?? expect.fail()), address: 7 } },
    };
    const { start, clock, holder, lock, settled, mailed, reports } = codeSite(reference, {
      described: elsewhere,
    });
    start();
    clock.advance(10_000);
    expect(told(reports)).toEqual(['online', 'misconfigured']);
    expect(reports[1]).toMatchObject({
      detail: expect.stringMatching(/does not tell what it is .*exception 2.*give it the model/),
    });
    expect(await settled(holder.write(3, code, [], free))).toMatchObject({ why: 'disabled_in_panel' });
    expect(mailed()).toEqual([]);
    lock.faults.silent = true;
    clock.advance(40_000);
    expect(told(reports).slice(2)).toEqual(['offline']);
  });

  test('changes by hand, but neither those before the start nor our own', async () => {
    const site = codeSite(reference);
    site.lock.setByHand(5, '4711');
    site.start();
    await site.settled(site.holder.write(3, code, [], free));
    site.clock.advance(5000);
    expect(told(site.reports)).toEqual(['online']);
    site.lock.setByHand(5, null);
    site.clock.advance(2100);
    expect(site.reports.at(-1)).toEqual({ type: 'changed_by_hand', slot: null });
    site.lock.restart();
    site.clock.advance(5000);
    expect(told(site.reports)).toEqual(['online', 'changed_by_hand']);
  });

  test('a use at the lock, with its slot and its time; nothing for a code it does not know', async () => {
    const { holder, lock, settled, clock, reports } = found(reference);
    await settled(holder.write(3, code, [], free));
    clock.advance(5000);
    lock.enter('0012345');
    const at = clock.wall();
    clock.advance(2100);
    const used = reports.at(-1);
    expect(used).toMatchObject({ type: 'used', slot: 3 });
    expect(used?.type === 'used' && Math.abs(used.at - at)).toBeLessThan(3000);
    const before = reports.length;
    lock.enter('9999');
    clock.advance(5000);
    expect(reports).toHaveLength(before);
  });

  test('uses before the start are not told again', () => {
    const site = codeSite(reference);
    site.lock.setByHand(3, '0012345');
    site.lock.enter('0012345');
    site.start();
    site.clock.advance(10_000);
    expect(told(site.reports)).toEqual(['online']);
  });
});

describe('on one line with relay locks', () => {
  test('a release goes before all programming, and both come to their end', async () => {
    const { holder, bus, settled, far, clock, board } = found(reference, { baud: 9600 });
    const writing = holder.write(3, code, [], free);
    clock.advance(5);
    const before = far.written.length;
    const released = bus.release('front', 5000);
    const next = (): string => Buffer.from(far.written[before] ?? []).toString('hex');
    for (let ms = 0; next() === ''; ms++) {
      clock.advance(1);
      expect(ms).toBeLessThan(100);
    }
    expect(next()).toMatch(/^01050000ff00/);
    expect(await settled(Promise.all([released, writing]))).toMatchObject([{ ok: true }, { ok: true }]);
    expect(board.relay(0)).toBe(true);
  });

  test('polls that fill a slow line do not starve it', async () => {
    const { holder, settled, clock } = found(reference, { baud: 1200 });
    const begun = clock.mono();
    expect(await settled(holder.write(3, code, [], free))).toMatchObject({ ok: true });
    expect(clock.mono() - begun).toBeLessThan(60_000);
  });

  test('one unit cannot be two things', () => {
    const clock = virtualClock();
    const modbus = modbusLine(memoryLine(clock).line, clock);
    codeLock(siteCodeLock(reference), modbus, clock);
    expect(() => codeLock(siteCodeLock(otherMap), modbus, clock)).toThrow(/two things at once/);
  });

  test('closing the line ends an order that is under way', async () => {
    const { holder, bus, settled, lock } = found(reference);
    lock.faults.working_ms = 5000;
    const writing = holder.write(3, code, [], free);
    await settled(Promise.all([holder.close(), bus.close()]));
    expect(await settled(writing)).toMatchObject({ ok: false });
  });
});
