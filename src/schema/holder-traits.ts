import { z } from 'zod';
import { evidences } from '../core/holder.ts';
import { choice, flag, whole } from './leaf.ts';

const numbers = (what: z.ZodInt) => z.array(what, { error: 'a list of whole numbers, such as [4, 6]' });

/** The table `[traits]` of a model that keeps codes in slots. Its members are those of `HolderTraits`. */
export const holderTraits = z
  .strictObject(
    {
      capacity: whole(1, 65_535),
      first_slot: whole(0, 65_535).default(1),
      reserved_slots: numbers(whole(0, 65_535)).default([]),
      code_lengths: numbers(whole(4, 10)).min(1, { error: 'at least one length' }),
      confirm_at: choice(evidences),
      removal_proof: choice(['read_back', 'acknowledged']),
      reads: choice(['digits', 'masked', 'nothing']),
      sleeps: flag().default(false),
    },
    { error: 'a table' },
  )
  .superRefine((traits, context) => {
    const last = traits.first_slot + traits.capacity - 1;
    const wrong = (path: (string | number)[], message: string) =>
      context.addIssue({ code: 'custom', path, message });
    traits.reserved_slots.forEach((slot, i) => {
      if (slot < traits.first_slot || slot > last)
        wrong(['reserved_slots', i], `one of its slots, ${traits.first_slot} to ${last}`);
    });
    if (traits.confirm_at === 'local') wrong(['confirm_at'], 'evidence from the device, such as "read_back"');
    if (traits.confirm_at === 'read_back' && traits.reads !== 'digits')
      wrong(['confirm_at'], '"acknowledged" or "verified" where digits cannot be read');
  });
