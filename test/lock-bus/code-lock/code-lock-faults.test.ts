import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Secret } from '../../../src/core/secret.ts';
import { found, modelNamed } from './code-site.ts';

const faults = [
  'silent',
  'mute',
  'wrong_crc',
  'wrong_echo',
  'asleep',
  'full',
  'refuses',
  'masks',
  'loses_writes',
  'forgets',
  'loses_answers',
] as const;
const slot = fc.constantFrom(3, 4, 5);
const action = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('write'),
      slot,
      code: fc.constantFrom('0012', '98765', '0012345'),
    }),
  },
  fc.record({ do: fc.constant('clear'), slot }),
  { weight: 2, arbitrary: fc.record({ do: fc.constant('read'), slot }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('fault'), fault: fc.constantFrom(...faults), on: fc.boolean() }),
  },
  fc.record({ do: fc.constant('delay'), ms: fc.constantFrom(0, 50, 190, 210, 390) }),
  fc.record({ do: fc.constant('working'), ms: fc.constantFrom(0, 300, 5000) }),
  fc.record({ do: fc.constantFrom('unplug', 'plug_in', 'restart') }),
);

describe.each(['code-lock-1000', 'code-lock-30-ascii', 'binary'])('%s', (name) => {
  test('through any faults: what is proved is true, no other slot is touched, every order is answered', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(action, fc.nat(3000)), { maxLength: 20 }), async (rows) => {
        const { holder, lock, far, clock, settled } = found(modelNamed(name));
        const held = () => [3, 4, 5].map((each) => lock.code(each));
        const others = (but: number) => held().filter((_, i) => i + 3 !== but);
        for (const [each, wait] of rows) {
          switch (each.do) {
            case 'write':
            case 'clear': {
              const before = others(each.slot);
              const was = lock.code(each.slot);
              const code = each.do === 'write' ? each.code : null;
              const outcome = await settled(
                code === null
                  ? holder.clear(each.slot, null, () => true)
                  : holder.write(each.slot, new Secret(code), [], () => true),
              );
              if (outcome.ok && outcome.evidence === 'read_back') expect(lock.code(each.slot)).toBe(code);
              if (!outcome.ok && outcome.why !== 'unknown_result') expect(lock.code(each.slot)).toBe(was);
              // What became of it is known once the lock has ended its work.
              else clock.advance(6000);
              expect(others(each.slot)).toEqual(before);
              break;
            }
            case 'read': {
              const before = held();
              const reading = await settled(holder.read(each.slot));
              if (reading.ok && reading.content === 'empty') expect(lock.code(each.slot)).toBeNull();
              if (reading.ok && reading.content === 'code')
                expect(reading.digits.reveal()).toBe(lock.code(each.slot));
              expect(held()).toEqual(before);
              break;
            }
            case 'fault':
              lock.faults[each.fault] = each.on;
              break;
            case 'delay':
              lock.faults.delay_ms = each.ms;
              break;
            case 'working':
              lock.faults.working_ms = each.ms;
              break;
            case 'restart':
              lock.restart();
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
      }),
      { numRuns: 60 },
    );
  });
});
