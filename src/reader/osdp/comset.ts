import { answerTo, fullWait, type Inquiry } from './inquiry.ts';
import { type FoundReader, meet, type Place, wantsSecure } from './scan.ts';

/** What became of a reader that was to have another address or rate. */
export type Moved =
  /** It answers there, and is the same as before. `at` may differ from what was asked for: it has the last word. */
  | { ok: true; at: Place; reader: FoundReader }
  | { ok: false; why: 'nobody' | 'taken' | 'only_secure' | 'refused' | 'unchanged' | 'lost'; at: Place };

/** Readers may restart to change; they are asked this often, for a full wait each. */
const knocks = 20;

/**
 * Changes address and rate of one reader with COMSET (SIA OSDP 2.2, sheet 4), and proves it by talking to it there. Where somebody
 * answers at the new place already, nothing is changed.
 */
export function* moveReader(from: Place, to: Place): Inquiry<Moved> {
  if ((yield* meet(to, fullWait)) !== null) return { ok: false, why: 'taken', at: to };
  const before = yield* meet(from, fullWait);
  if (before === null || before.garbled) return { ok: false, why: 'nobody', at: from };
  const told = yield* answerTo({
    ...from,
    sequence: 3,
    command: { type: 'comset', value: to },
    wait_ms: fullWait,
  });
  if (wantsSecure(told)) return { ok: false, why: 'only_secure', at: from };
  if (told.type === 'reply' && told.reply?.type === 'nak') return { ok: false, why: 'refused', at: from };
  // Its answer may have been lost in the change; then it is looked for where it should be.
  const at = told.type === 'reply' && told.reply?.type === 'com' ? told.reply.value : to;
  for (let n = 0; n < knocks; n++) {
    const there = yield* meet(at, fullWait);
    if (there !== null && isSame(there, before)) return { ok: true, at, reader: there };
  }
  const still = (yield* meet(from, fullWait)) !== null;
  return still ? { ok: false, why: 'unchanged', at: from } : { ok: false, why: 'lost', at };
}

function isSame({ identity: one, garbled }: FoundReader, { identity: other }: FoundReader): boolean {
  if (garbled || one === null || other === null) return !garbled && one === other;
  return one.serial === other.serial && one.vendor.join() === other.vendor.join();
}
