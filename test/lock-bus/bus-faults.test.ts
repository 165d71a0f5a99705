import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { LockOutcome } from '../../src/core/lock.ts';
import { busSite, siteLock } from './bus-site.ts';

type Action =
  | { do: 'release' | 'hold' | 'secure'; lock: 'front' | 'back' }
  | { do: 'fault'; unit: number; fault: 'silent' | 'mute' | 'wrong_echo' | 'wrong_crc'; on: boolean }
  | { do: 'delay'; unit: number; ms: number }
  | { do: 'noise'; bytes: Uint8Array }
  | { do: 'unplug' | 'plug_in' };

const unit = fc.constantFrom(1, 2);
const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom('release', 'hold', 'secure'),
      lock: fc.constantFrom('front', 'back'),
    }),
  },
  fc.record({
    do: fc.constant('fault'),
    unit,
    fault: fc.constantFrom('silent', 'mute', 'wrong_echo', 'wrong_crc'),
    on: fc.boolean(),
  }),
  fc.record({ do: fc.constant('delay'), unit, ms: fc.constantFrom(0, 20, 99, 110, 150, 190) }),
  fc.record({ do: fc.constant('noise'), bytes: fc.uint8Array({ minLength: 1, maxLength: 12 }) }),
  fc.record({ do: fc.constantFrom('unplug', 'plug_in') }),
);

test('through any faults: no release that nobody asked for, every command answered, an ok never untrue, all secured in the end', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(action, fc.nat(400)), { maxLength: 25 }), async (rows) => {
      const site = busSite([siteLock('front', 1, 0), siteLock('back', 2, 0)]);
      const { bus, board, clock, far, writes } = site;
      site.start();
      clock.advance(300);
      const asked = { front: 0, back: 0 };
      const outcomes: Promise<LockOutcome>[] = [];
      for (const [each, wait] of rows) {
        switch (each.do) {
          case 'release':
          case 'hold': {
            const n = each.lock === 'front' ? 1 : 2;
            const since = clock.mono();
            const wasOn = board.unit(n).relay(0);
            const movedOn = () =>
              site.changes.some((change) => change.unit === n && change.energised && change.at >= since);
            asked[each.lock] += 1;
            outcomes.push(
              bus[each.do](each.lock, 5000).then((outcome) => {
                if (outcome.ok) expect(wasOn || movedOn()).toBe(true);
                return outcome;
              }),
            );
            break;
          }
          case 'secure':
            outcomes.push(bus.secure(each.lock));
            break;
          case 'fault':
            board.unit(each.unit).faults[each.fault] = each.on;
            break;
          case 'delay':
            board.unit(each.unit).faults.delay_ms = each.ms;
            break;
          case 'noise':
            far.send(each.bytes);
            break;
          case 'unplug':
            far.unplug();
            break;
          case 'plug_in':
            far.plugIn();
            break;
        }
        clock.advance(wait);
      }
      far.plugIn();
      for (const n of [1, 2]) {
        Object.assign(board.unit(n).faults, {
          silent: false,
          mute: false,
          wrong_echo: false,
          wrong_crc: false,
        });
        board.unit(n).faults.delay_ms = 0;
      }
      clock.advance(40_000);
      await site.settled(Promise.all([bus.secure('front'), bus.secure('back')]));
      await site.settled(Promise.all(outcomes), 10);
      for (const [lock, prefix] of [
        ['front', '01050000ff00'],
        ['back', '02050000ff00'],
      ] as const) {
        const released = writes().filter((frame) => frame.startsWith(prefix));
        expect(released.length).toBeLessThanOrEqual(asked[lock]);
        expect(bus.health(lock)).toMatchObject({ online: true, output: 'secured' });
      }
      expect(board.unit(1).relay(0)).toBe(false);
      expect(board.unit(2).relay(0)).toBe(false);
    }),
    { numRuns: 150 },
  );
}, 60_000);
