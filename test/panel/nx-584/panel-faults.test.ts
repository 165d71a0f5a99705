import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Secret } from '../../../src/core/secret.ts';
import type { NxFault } from '../../../src/sim/nx-fault.ts';
import { wiredPanel } from './wired-panel.ts';

/** What may happen at any moment to a panel and its line. */
type Happening =
  | { do: 'arm' | 'disarm'; partition: 1 | 2 }
  | { do: 'write'; slot: number; code: string }
  | { do: 'clear'; slot: number }
  | { do: 'unplug' | 'plug_in' | 'power_up' | 'lose_answer' }
  | { do: 'fault'; fault: NxFault; on: boolean }
  | { do: 'wait'; ms: number };

const faults: readonly NxFault[] = ['silent', 'garbled', 'noise_before', 'flagged_answers', 'no_pushes'];
const partition = fc.constantFrom(1 as const, 2 as const);
const slot = fc.integer({ min: 5, max: 7 });
const happening: fc.Arbitrary<Happening> = fc.oneof(
  fc.record({ do: fc.constantFrom('arm' as const, 'disarm' as const), partition }),
  fc.record({ do: fc.constant('write' as const), slot, code: fc.constantFrom('0123', '4321', '8080') }),
  fc.record({ do: fc.constant('clear' as const), slot }),
  fc.record({
    do: fc.constantFrom('unplug' as const, 'plug_in' as const, 'power_up' as const, 'lose_answer' as const),
  }),
  fc.record({ do: fc.constant('fault' as const), fault: fc.constantFrom(...faults), on: fc.boolean() }),
  fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 20, max: 20_000 }) }),
);

/** Armed for longer than this, a partition is not reported disarmed any more. */
const staleMs = 35_000;

test('whatever happens, no success is told that is not true, and armed never stands as disarmed', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(happening, { minLength: 5, maxLength: 30 }), async (happenings) => {
      const { sim, far, panel, pass, settled, state, start, clock } = wiredPanel({ length: 4 });
      const armedSince = new Map<number, number>();
      const judge = () => {
        for (const [each, since] of armedSince) {
          if (clock.mono() - since < staleMs) continue;
          expect(state(each === 1 ? 'main' : 'store')).not.toBe('disarmed');
        }
      };
      // As the door process does: only while everything is known to be disarmed.
      const mayWrite = () => state('main') === 'disarmed' && state('store') === 'disarmed';
      start();
      await pass(500);
      for (const each of happenings) {
        switch (each.do) {
          case 'arm':
            sim.arm(each.partition);
            if (!armedSince.has(each.partition)) armedSince.set(each.partition, clock.mono());
            break;
          case 'disarm':
            sim.disarm(each.partition);
            armedSince.delete(each.partition);
            break;
          case 'write': {
            const order = panel.write(each.slot, new Secret(each.code), ['main'], mayWrite);
            const outcome = await settled(order, 300_000);
            if (outcome.ok) {
              expect(sim.code(each.slot)).toBe(each.code);
              expect(sim.rights(each.slot)?.partitions).toBe(1);
            } else if (outcome.why === 'armed' || outcome.why === 'duplicate') {
              expect(sim.code(each.slot) === each.code && sim.rights(each.slot)?.partitions !== 1).toBe(
                false,
              );
            }
            break;
          }
          case 'clear': {
            const outcome = await settled(panel.clear(each.slot, null, mayWrite), 300_000);
            if (outcome.ok) expect(sim.code(each.slot)).toBeNull();
            break;
          }
          case 'unplug':
            far.unplug();
            break;
          case 'plug_in':
            far.plugIn();
            break;
          case 'power_up':
            sim.powerUp();
            break;
          case 'lose_answer':
            sim.loseAnswers(1);
            break;
          case 'fault':
            sim.fault(each.fault, each.on);
            break;
          case 'wait':
            await pass(each.ms, 100);
            break;
        }
        judge();
      }
      // All is well again: everything is found again, and a code can be written.
      for (const fault of faults) sim.fault(fault, false);
      sim.loseAnswers(0);
      sim.disarm(1);
      sim.disarm(2);
      far.plugIn();
      await pass(90_000, 50);
      expect([state('main'), state('store')]).toEqual(['disarmed', 'disarmed']);
      const last = await settled(panel.write(9, new Secret('5555'), ['main', 'store'], mayWrite), 300_000);
      expect(last).toEqual({ ok: true, evidence: 'read_back' });
      expect(sim.rights(9)?.partitions).toBe(3);
      await panel.close();
    }),
    { numRuns: 60 },
  );
});
