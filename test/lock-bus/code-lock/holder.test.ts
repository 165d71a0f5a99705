import { packDigits } from '../../../src/lock-bus/code-lock/digits.ts';
import { packRegisters } from '../../../src/lock-bus/frame.ts';
import { type HolderRig, holderContract } from '../../contract/holder.ts';
import { found, models } from './code-site.ts';

for (const model of models) {
  holderContract(model.name, (): HolderRig => {
    const { holder, lock, clock, settled, mailed } = found(model);
    const { faults } = lock;
    return {
      holder,
      settled,
      sent: () => mailed().join(' '),
      onWire: (code) => Buffer.from(packRegisters(packDigits(code, model.map.digits))).toString('hex'),
      device: {
        code: lock.code,
        gone(on) {
          faults[model.traits.sleeps ? 'asleep' : 'silent'] = on;
          clock.advance(40_000);
        },
        full(on) {
          faults.full = on;
        },
        losesAnswers(on) {
          faults.loses_answers = on;
        },
        masks(on) {
          faults.masks = on;
        },
      },
    };
  });
}
