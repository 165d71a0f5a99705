import { describe, expect, test } from 'vitest';
import vectors from '../fixtures/modbus-locks.json' with { type: 'json' };
import { busSite, siteLock, timed } from './bus-site.ts';

const [releaseVector, secureVector] = vectors;
const front = siteLock('front', 1, 0);
const back = siteLock('back', 2, 0);

/** A bus that has been up for a while. */
function running(...args: Parameters<typeof busSite>) {
  const site = busSite(...args);
  site.start();
  site.clock.advance(1050);
  return site;
}

describe('release', () => {
  test('on an idle line the bytes leave in the same call, and are those of the specification', () => {
    const { bus, far, written } = running([front]);
    const before = far.written.length;
    void bus.release('front', 5000);
    expect(written(before)).toEqual([releaseVector?.request]);
  });

  test('is ok only with the echo and a read-back that agrees, and moves only its own relay', async () => {
    const { bus, settled, changes, reported, board, written, far } = running([front, siteLock('side', 1, 1)]);
    const before = far.written.length;
    expect(await settled(bus.release('front', 5000))).toEqual({ ok: true });
    expect(changes).toMatchObject([{ unit: 1, relay: 0, energised: true }]);
    expect(board.unit(1).relay(1)).toBe(false);
    expect(written(before).slice(0, 2)).toEqual([releaseVector?.request, vectors[2]?.request]);
    expect(reported('front', 'output').at(-1)).toMatchObject({ state: 'released' });
    expect(bus.health('front')).toMatchObject({ online: true, output: 'released' });
  });

  test('goes before everything that polls', async () => {
    const locks = [1, 2, 3, 4, 5, 6].map((unit) => siteLock(`lock-${unit}`, unit, 0));
    const { bus, clock, far, written, catchPoll } = running(locks, [], 9600);
    catchPoll(30);
    const before = far.written.length;
    void bus.secure('lock-2');
    void bus.release('lock-5', 5000);
    expect(written(before)).toEqual([]);
    clock.advance(40);
    expect(written(before)[0]).toMatch(/^05050000ff00/);
  });

  test('a timed board is given the time, lets go by itself, and that is no mismatch', async () => {
    const { bus, settled, changes, writes, clock, reported } = running([
      siteLock('front', 1, 0, { model: timed }),
    ]);
    expect(await settled(bus.release('front', 5000))).toEqual({ ok: true });
    expect(writes()).toEqual([vectors[4]?.request]);
    clock.advance(6000);
    expect(changes.map(({ energised }) => energised)).toEqual([true, false]);
    expect(reported('front', 'mismatch')).toEqual([]);
    expect(reported('front', 'output').at(-1)).toMatchObject({ state: 'secured' });
    expect(await settled(bus.secure('front'))).toEqual({ ok: true });
    expect(writes()).toHaveLength(1);
  });

  test('a strike longer than the board can time is switched on and off', async () => {
    const { bus, settled, writes, clock } = running([siteLock('front', 1, 0, { model: timed })]);
    await settled(bus.release('front', 600_000));
    expect(writes()).toEqual([releaseVector?.request]);
    clock.advance(5000);
    expect(await settled(bus.secure('front'))).toEqual({ ok: true });
    expect(writes()).toEqual([releaseVector?.request, secureVector?.request]);
  });

  test('a lock that opens without current is released by switching off, and starts with its relay on', async () => {
    const { bus, settled, board, writes } = running([
      siteLock('front', 1, 0, { released_when: 'de_energised' }),
    ]);
    expect(board.unit(1).relay(0)).toBe(true);
    expect(await settled(bus.release('front', 5000))).toEqual({ ok: true });
    expect(board.unit(1).relay(0)).toBe(false);
    expect(writes()).toEqual([releaseVector?.request, secureVector?.request]);
  });

  test('an exception is lock_refused, says what it means and keeps the bytes', async () => {
    const { bus, settled, board, changes } = running([front]);
    board.unit(1).faults.exception = 2;
    const outcome = await settled(bus.release('front', 5000));
    expect(outcome).toMatchObject({ ok: false, code: 'lock_refused', raw: expect.stringMatching(/^018502/) });
    expect(outcome.ok ? '' : outcome.detail).toMatch(/exception 2.*right model/);
    expect(changes).toEqual([]);
  });

  test.each([4, 5, 11])(
    'exception %i does not say that nothing was done: the read-back decides, and nothing is written again',
    async (exception) => {
      for (const done of [true, false]) {
        const { bus, settled, board, writes } = running([front]);
        const unit = board.unit(1);
        const { obey } = unit;
        unit.obey = (request) => {
          if (request.fn !== 'write_coil') return obey(request);
          if (done) obey(request);
          return { unit: request.unit, fn: request.fn, exception };
        };
        const outcome = await settled(bus.release('front', 5000));
        if (done) expect(outcome).toEqual({ ok: true });
        else expect(outcome).toMatchObject({ ok: false, code: 'lock_mismatch' });
        expect(writes()).toEqual([releaseVector?.request]);
      }
    },
  );

  test('a coil that does not follow is lock_mismatch after 100 ms, and the release is written once', async () => {
    const { bus, settled, board, clock, writes } = running([front]);
    board.unit(1).faults.stuck.add(0);
    const begun = clock.mono();
    const outcome = await settled(bus.release('front', 5000));
    expect(outcome).toMatchObject({ ok: false, code: 'lock_mismatch' });
    expect(clock.mono() - begun).toBeLessThan(150);
    clock.advance(10_000);
    expect(writes()).toEqual([releaseVector?.request]);
  });

  test('an echo of another coil proves nothing: it is reported with its bytes, and the read-back decides', async () => {
    const { bus, settled, board, reported, writes } = running([front]);
    board.unit(1).faults.wrong_echo = true;
    const outcome = settled(bus.release('front', 5000));
    expect(await outcome).toEqual({ ok: true });
    expect(reported('front', 'unexpected')).toMatchObject([{ raw: expect.stringMatching(/^01050001ff00/) }]);
    expect(writes()).toHaveLength(1);
  });

  test('a lost answer to a release that was carried out is settled by reading back, never by writing again', async () => {
    const { bus, settled, board, clock, writes } = running([front]);
    board.unit(1).faults.mute = true;
    const outcome = settled(bus.release('front', 5000));
    clock.advance(50);
    board.unit(1).faults.mute = false;
    expect(await outcome).toEqual({ ok: true });
    expect(writes()).toEqual([releaseVector?.request]);
  });

  test('on a line that is down it fails at once with lock_offline, and nothing is sent later', async () => {
    const { bus, settled, far, clock, changes } = running([front]);
    far.unplug('cable pulled');
    clock.advance(10);
    expect(await settled(bus.release('front', 5000), 0)).toMatchObject({
      code: 'lock_offline',
      detail: 'cable pulled',
    });
    far.plugIn();
    clock.advance(10_000);
    expect(changes).toEqual([]);
  });

  test('a line that is lost between command and proof leaves an unknown result, and the lock is secured on return', async () => {
    const { bus, settled, far, clock, board, writes } = running([front]);
    const outcome = bus.release('front', 5000);
    clock.advance(0);
    far.unplug();
    expect(await settled(outcome)).toMatchObject({ ok: false, code: 'unknown_result' });
    expect(board.unit(1).relay(0)).toBe(true);
    far.plugIn();
    clock.advance(1000);
    expect(board.unit(1).relay(0)).toBe(false);
    expect(writes()).toEqual([releaseVector?.request, secureVector?.request]);
  });

  test('overtaken by secure before it left, it is never written', async () => {
    const { bus, settled, catchPoll, writes, changes } = running([front]);
    catchPoll(20);
    const released = bus.release('front', 5000);
    const secured = bus.secure('front');
    expect(await settled(secured)).toEqual({ ok: true });
    expect(await settled(released)).toMatchObject({ ok: false, code: 'unknown_result' });
    expect(writes()).toEqual([secureVector?.request]);
    expect(changes).toEqual([]);
  });

  test('a second release while the first is being proved ends both with the same proof', async () => {
    const { bus, settled } = running([front]);
    const both = Promise.all([bus.release('front', 5000), bus.release('front', 5000)]);
    expect(await settled(both)).toEqual([{ ok: true }, { ok: true }]);
  });
});

describe('hold', () => {
  test('a relay that stands released when first seen is left as it is, and stays so', async () => {
    const site = busSite([front]);
    site.board.unit(1).setRelay(0, true);
    site.bus.start((_, report) => {
      if (report.type === 'online') void site.bus.hold('front', 60_000);
    });
    site.clock.advance(200_000);
    expect(site.writes()).toEqual([]);
    expect(site.board.unit(1).relay(0)).toBe(true);
    expect(await site.settled(site.bus.secure('front'))).toEqual({ ok: true });
    expect(site.writes()).toEqual([secureVector?.request]);
  });

  test('a board that keeps time is told again, and secures by itself once it is not', async () => {
    const { bus, settled, changes, clock, reported } = running([siteLock('front', 1, 0, { model: timed })]);
    for (let n = 0; n < 5; n++) {
      expect(await settled(bus.hold('front', 60_000))).toEqual({ ok: true });
      clock.advance(30_000);
    }
    expect(changes.map(({ energised }) => energised)).toEqual([true]);
    clock.advance(31_000);
    expect(changes.map(({ energised }) => energised)).toEqual([true, false]);
    expect(reported('front', 'mismatch')).toEqual([]);
  });

  test('a board that lost its power is released again when it is told so', async () => {
    const { bus, settled, board, clock, writes } = running([front]);
    expect(await settled(bus.hold('front', 60_000))).toEqual({ ok: true });
    board.unit(1).faults.silent = true;
    board.unit(1).setRelay(0, false);
    clock.advance(2_000);
    board.unit(1).faults.silent = false;
    clock.advance(31_000);
    expect(board.unit(1).relay(0)).toBe(false);
    expect(await settled(bus.hold('front', 60_000))).toEqual({ ok: true });
    expect(writes()).toEqual([releaseVector?.request, releaseVector?.request]);
  });

  test('on a line that is down it fails, and nothing is sent later', async () => {
    const { bus, settled, far, clock, changes } = running([front]);
    far.unplug('cable pulled');
    clock.advance(10);
    expect(await settled(bus.hold('front', 60_000), 10)).toMatchObject({ ok: false, code: 'lock_offline' });
    far.plugIn();
    clock.advance(10_000);
    expect(changes).toEqual([]);
  });
});

describe('late answers', () => {
  test.each([102, 150, 199])('an answer %i ms late is never taken for the next one’s', async (delay) => {
    const locks = [front, siteLock('side', 1, 1)];
    const { bus, settled, board, writes, catchPoll } = running(locks);
    // The answer to a poll says "both secured". It must not become the read-back of the release.
    expect(catchPoll(delay)).toBe(vectors[2]?.request);
    expect(await settled(bus.release('front', 5000))).toEqual({ ok: true });
    expect(writes()).toEqual([releaseVector?.request]);
    expect(board.unit(1).relay(0)).toBe(true);
  });

  test('after an unanswered request the line is silent until the late answer, then goes on at once', () => {
    const { clock, far, catchPoll } = running([front]);
    catchPoll(130);
    const asked = far.written.length;
    clock.advance(129);
    expect(far.written.length).toBe(asked);
    clock.advance(10);
    expect(far.written.length).toBeGreaterThan(asked);
  });

  test('a late echo of a release never confirms a later secure of the same coil', async () => {
    const { bus, settled, board, clock, changes } = running([front]);
    board.unit(1).faults.delay_ms = 180;
    const released = bus.release('front', 5000);
    clock.advance(0);
    board.unit(1).faults.delay_ms = 0;
    expect(await settled(bus.secure('front'))).toEqual({ ok: true });
    expect(await settled(released)).toMatchObject({ ok: false, code: 'unknown_result' });
    expect(board.unit(1).relay(0)).toBe(false);
    expect(changes.map(({ energised }) => energised)).toEqual([true, false]);
  });
});

describe('the state of a lock', () => {
  test('a start reads first and writes nothing when all is as wanted', () => {
    const { writes, reported } = running([front, back]);
    expect(writes()).toEqual([]);
    expect(reported('front', 'output')).toEqual([{ lock: 'front', type: 'output', state: 'secured' }]);
    expect(reported('front', 'mismatch')).toEqual([]);
  });

  test('a start secures a relay that was left released, without calling it a mismatch', () => {
    const site = busSite([front]);
    site.board.unit(1).setRelay(0, true);
    site.start();
    site.clock.advance(500);
    expect(site.board.unit(1).relay(0)).toBe(false);
    expect(site.writes()).toEqual([secureVector?.request]);
    expect(site.reported('front', 'mismatch')).toEqual([]);
  });

  test('a relay switched on behind our back is reported and secured', () => {
    const { board, clock, reported, writes } = running([front]);
    board.unit(1).setRelay(0, true);
    clock.advance(300);
    expect(board.unit(1).relay(0)).toBe(false);
    expect(writes()).toEqual([secureVector?.request]);
    expect(reported('front', 'mismatch')).toMatchObject([{ wanted: 'secured', found: 'released' }]);
  });

  test('a relay switched off behind our back is reported and never released again', async () => {
    const { bus, settled, board, clock, reported, writes } = running([front]);
    await settled(bus.release('front', 5000));
    board.unit(1).setRelay(0, false);
    clock.advance(3000);
    expect(reported('front', 'mismatch')).toMatchObject([{ wanted: 'released', found: 'secured' }]);
    expect(writes()).toEqual([releaseVector?.request]);
  });

  test('a relay that sticks released is secured again at each poll until it lets go, and reported once', () => {
    const { board, clock, reported } = running([front]);
    board.unit(1).setRelay(0, true);
    board.unit(1).faults.stuck.add(0);
    clock.advance(5000);
    expect(reported('front', 'mismatch')).toHaveLength(1);
    board.unit(1).faults.stuck.delete(0);
    clock.advance(500);
    expect(board.unit(1).relay(0)).toBe(false);
  });

  test('contact and exit button are reported once after online and at each change, by their wiring', () => {
    const { board, clock, reports } = running([front]);
    const inputs = () => reports.filter(({ type }) => type === 'contact' || type === 'exit_button');
    expect(inputs()).toEqual([
      { lock: 'front', type: 'contact', open: true },
      { lock: 'front', type: 'exit_button', pressed: false },
    ]);
    board.unit(1).setInput(0, true);
    clock.advance(150);
    board.unit(1).setInput(1, true);
    clock.advance(150);
    expect(inputs().slice(2)).toEqual([
      { lock: 'front', type: 'contact', open: false },
      { lock: 'front', type: 'exit_button', pressed: true },
    ]);
  });
});

describe('boards that fail', () => {
  test('one answer about the inputs that is lost is no event; a board that never gives one is named, once', () => {
    const { board, clock, reported } = running([front]);
    const unit = board.unit(1);
    const { obey } = unit;
    let lost = 1;
    unit.obey = (request) => (request.fn === 'read_inputs' && lost-- > 0 ? null : obey(request));
    clock.advance(2000);
    expect(reported('front', 'unexpected')).toEqual([]);
    unit.obey = (request) =>
      request.fn === 'read_inputs' ? { unit: 1, fn: 'read_inputs', exception: 1 } : obey(request);
    clock.advance(5000);
    expect(reported('front', 'unexpected')).toMatchObject([
      { detail: expect.stringMatching(/^inputs cannot be read: unit 1 refuses: exception 1: .*right model/) },
    ]);
    expect(reported('front', 'offline')).toEqual([]);
    unit.obey = obey;
    clock.advance(1000);
    unit.obey = (request) => (request.fn === 'read_inputs' ? null : obey(request));
    clock.advance(5000);
    expect(reported('front', 'unexpected')).toMatchObject([
      {},
      { detail: 'inputs cannot be read: unit 1 does not answer that' },
    ]);
  });

  test('a silent board goes offline once, and comes back with its state told anew and nothing written', () => {
    const { board, clock, reported, writes, bus } = running([front]);
    board.unit(1).faults.silent = true;
    clock.advance(5000);
    expect(reported('front', 'offline')).toMatchObject([{ reason: 'unit 1 does not answer' }]);
    expect(bus.health('front')).toMatchObject({ online: false, output: null });
    board.unit(1).faults.silent = false;
    clock.advance(31_000);
    expect(reported('front', 'online')).toHaveLength(2);
    expect(reported('front', 'output')).toHaveLength(2);
    expect(reported('front', 'contact')).toHaveLength(2);
    expect(writes()).toEqual([]);
  });

  test('a button that is held when the board comes back is no press; letting go and pressing again is', () => {
    const { board, clock, reported } = running([front]);
    board.unit(1).faults.silent = true;
    clock.advance(5000);
    board.unit(1).setInput(1, true);
    board.unit(1).faults.silent = false;
    clock.advance(31_000);
    expect(reported('front', 'online')).toHaveLength(2);
    const presses = () => reported('front', 'exit_button').filter((one) => 'pressed' in one && one.pressed);
    expect(presses()).toEqual([]);
    for (const held of [false, true]) {
      board.unit(1).setInput(1, held);
      clock.advance(150);
    }
    expect(presses()).toHaveLength(1);
  });

  test('a dead board is asked ever less often, and the others keep their rhythm', () => {
    const { board, clock, written, far } = running([front, back]);
    board.unit(2).faults.silent = true;
    clock.advance(2000);
    const before = far.written.length;
    clock.advance(60_000);
    const asked = written(before);
    const dead = asked.filter((frame) => frame.startsWith('02'));
    const healthy = asked.filter((frame) => frame.startsWith('01'));
    expect(dead.length).toBeLessThanOrEqual(6);
    expect(healthy.length).toBeGreaterThan(1200 * 0.95);
  });

  test('damaged answers are counted, and named as the reason', () => {
    const { board, clock, reported, bus } = running([front]);
    board.unit(1).faults.wrong_crc = true;
    clock.advance(2000);
    expect(reported('front', 'offline')).toMatchObject([
      { reason: expect.stringMatching(/damaged.*baud rate/) },
    ]);
    expect(bus.health('front').damaged).toBeGreaterThanOrEqual(3);
  });

  test('a board that refuses to be read is offline with the meaning of its refusal', () => {
    const { board, clock, reported } = running([front]);
    board.unit(1).faults.exception = 2;
    clock.advance(2000);
    expect(reported('front', 'offline')).toMatchObject([
      { reason: expect.stringMatching(/exception 2.*model/) },
    ]);
  });

  test('a line on which nothing is heard for long is made anew', () => {
    const { board, clock, reported } = running([front]);
    board.unit(1).faults.silent = true;
    clock.advance(60_000);
    board.unit(1).faults.silent = false;
    clock.advance(31_000);
    expect(reported('front', 'offline')).toHaveLength(1);
    expect(reported('front', 'online')).toHaveLength(2);
  });

  test('a frame of a unit nobody configured is reported with its bytes, and a babble of them about once a second', () => {
    const { far, clock, reported } = running([front]);
    const foreign = vectors[10]?.reply ?? '';
    for (let n = 0; n < 50; n++) {
      far.send(Buffer.from(foreign, 'hex'));
      clock.advance(40);
    }
    const seen = reported('front', 'unexpected');
    expect(seen[0]).toMatchObject({
      detail: expect.stringMatching(/unit 7 is not configured/),
      raw: foreign,
    });
    expect(seen.length).toBeGreaterThan(0);
    expect(seen.length).toBeLessThanOrEqual(3);
  });

  test('an answer in pieces, doubled, or behind noise is one answer', async () => {
    const { bus, settled, far, board, clock, changes } = running([front]);
    board.unit(1).faults.mute = true;
    const outcome = bus.release('front', 5000);
    clock.advance(0);
    board.unit(1).faults.mute = false;
    const echo = Buffer.from(releaseVector?.reply ?? '', 'hex');
    far.send(Uint8Array.of(0x01, 0x03, 0xf0));
    far.send(echo.subarray(0, 3), 1);
    far.send(echo.subarray(3), 2);
    far.send(echo, 2);
    expect(await settled(outcome, 20)).toEqual({ ok: true });
    expect(changes).toHaveLength(1);
  });

  test('broadcast is never used', () => {
    const { written } = running([front, back]);
    expect(written().filter((frame) => frame.startsWith('00'))).toEqual([]);
  });
});

test('inputs are read for others in their rhythm, and a dead unit is said to be dead', () => {
  const { bus, board, clock, start } = busSite([front], [7]);
  const seen: (readonly boolean[] | null)[] = [];
  board.unit(7).setInput(3, true);
  bus.watch(7, 2, 3, 500, (bits) => seen.push(bits));
  start();
  clock.advance(2100);
  expect(seen.filter((bits) => bits !== null)).toHaveLength(5);
  expect(seen.at(-1)).toEqual([false, true, false]);
  board.unit(7).faults.silent = true;
  seen.length = 0;
  clock.advance(10_000);
  expect(seen.length).toBeGreaterThanOrEqual(15);
  expect(new Set(seen)).toEqual(new Set([null]));
});

test('close lets the exchange in flight end, answers waiting commands, and leaves the outputs alone', async () => {
  const { bus, settled, board, clock, far, line, catchPoll } = running([front]);
  await settled(bus.release('front', 5000));
  catchPoll(20);
  await settled(bus.close());
  const after = far.written.length;
  clock.advance(10_000);
  expect(far.written.length).toBe(after);
  expect(board.unit(1).relay(0)).toBe(true);
  expect(line.write(Uint8Array.of(1))).toBe(false);
  expect(await settled(bus.release('front', 5000))).toMatchObject({ ok: false, code: 'lock_offline' });
});

test('one unit with two models is refused at composition', () => {
  expect(() => busSite([front, siteLock('side', 1, 1, { model: timed })])).toThrow(/unit 1 is one board/);
});
