import type { SlotOutcome } from './holder.ts';

/**
 * How an order ended, as the door process tells it. A code that was read is told by its keyed hash only. `outcome`: of a
 * write or removal, or of a reading that failed; null when the slot was only read. `reading`: what was found, when the slot was asked for or a result was not known.
 */
export interface SlotResult {
  outcome: SlotOutcome | null;
  reading: { content: 'empty' } | { content: 'unreadable' } | { content: 'code'; key: string } | null;
}
