import type { Confirmation } from '../../core/confirmation.ts';
import type { Slot } from '../../core/slot.ts';
import type { SlotHolder } from '../../core/slot-holder.ts';
import type { Ledger } from './ledger.ts';

/**
 * A slot was found to hold something else than what was proved to be there: somebody changed it on the device. It is flagged, told, and
 * met as the site chose. What shall be adopted is left alone until it has been: its row says so meanwhile.
 */
export function changedOnDevice(into: Ledger, holder: SlotHolder, row: Confirmation, slot: Slot): void {
  const { traits, rules, name } = holder;
  const { credential_id, user_id, key, partitions } = row;
  into.put({ ...slot, changed_on_device: true });
  into.tell({
    type: 'holder.slot_changed',
    resource: `holder/${holder.id}`,
    data: { slot: slot.slot, credential_id, user_id, now: slot.proven, answer: rules.changed_on_device },
  });
  switch (rules.changed_on_device) {
    case 'overwrite':
      into.step(row, { type: 'wanted', key, partitions, slot: slot.slot, due_at: into.now }, traits);
      return;
    case 'adopt':
    case 'leave':
      into.step(
        row,
        {
          type: 'impossible',
          reason: 'changed_on_device',
          detail: `slot ${slot.slot} was changed on ${name} itself`,
        },
        traits,
      );
      return;
  }
}
