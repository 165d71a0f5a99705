import type { Confirmation } from '../../core/confirmation.ts';
import type { ConfirmationEvent, ConfirmationRules } from '../../core/confirmation-step.ts';
import { AppError } from '../../core/error.ts';
import type { ConfirmationView } from '../../schema/confirmation.ts';
import type { ConfirmationsService, WriteOptions } from '../ports.ts';
import { page } from '../record-page.ts';
import type { Directory } from '../storage.ts';
import { type LedgerParts, ledger } from './ledger.ts';
import type { Programming } from './programming.ts';
import { showConfirmation } from './shown.ts';
import { free, mayHoldSomething } from './slot-keeping.ts';
import type { HolderBook } from './wants.ts';

/** How each credential stands at each device, and what can be asked of that. */
export function confirmationsService(
  parts: LedgerParts & {
    directory: Directory;
    book: HolderBook;
    programming: Pick<Programming, 'again'>;
    /** The device may be tried at once, whatever was wrong with it. */
    probeNow(holderId: string): void;
    feedCursor(): string;
  },
): ConfirmationsService {
  const { directory, book, programming } = parts;

  const record = (id: string): Confirmation => {
    const found = directory.confirmations.get(id);
    if (found === undefined) throw new AppError('not_found', 'there is no confirmation with this id');
    return found;
  };

  const rulesAt = ({ holder_id }: Confirmation): ConfirmationRules => {
    const holder = book.holders.get(holder_id);
    if (holder !== undefined) return holder.traits;
    const gone = directory.holders.get(holder_id);
    if (gone !== undefined) {
      throw notWaiting(`${gone.name} has left the site file: bring it back, or have it forgotten`);
    }
    throw notWaiting("the controller's own table follows by itself: there is nothing to retry or cancel");
  };

  const make = async (
    row: Confirmation,
    event: ConfirmationEvent,
    { dry_run, keep }: Pick<WriteOptions, 'dry_run' | 'keep'>,
  ): Promise<ConfirmationView> => {
    const into = ledger(parts);
    let after = into.step(row, event, rulesAt(row)) ?? row;
    const slot = row.slot === null ? undefined : into.slot(row.holder_id, row.slot);
    if (event.type === 'cancelled' && slot !== undefined && !mayHoldSomething(slot)) {
      free(into, slot, null);
      after = into.step(after, { type: 'emptied' }, rulesAt(row)) ?? after;
    }
    const view = (): ConfirmationView => showConfirmation(after, directory);
    if (!dry_run) await directory.commit(into.consequences(), undefined, () => keep?.(view()));
    return view();
  };

  return {
    list(query, { state, holder_id, user_id }) {
      const matches = (row: Confirmation): boolean =>
        (state === undefined || row.state === state) &&
        (holder_id === undefined || row.holder_id === holder_id) &&
        (user_id === undefined || row.user_id === user_id);
      const found = page(directory.ids('confirmation'), directory.confirmations, query, matches);
      return {
        ...found,
        items: found.items.map((row) => showConfirmation(row, directory)),
        feed_cursor: parts.feedCursor(),
      };
    },
    get: (id) => showConfirmation(record(id), directory),
    async retry(id, options) {
      const row = record(id);
      rulesAt(row);
      if (row.state === 'confirmed') throw notWaiting('it is confirmed: there is nothing to retry');
      const view = await make(row, { type: 'retried' }, options);
      if (!options.dry_run) {
        parts.probeNow(row.holder_id);
        programming.again(row.credential_id);
      }
      return view;
    },
    async cancel(id, options) {
      const row = record(id);
      rulesAt(row);
      if (row.state !== 'pending') {
        throw notWaiting(
          row.state === 'removing'
            ? 'a removal is not cancelled: give the person access again, and the code stays'
            : `it is ${row.state}: only a change that still waits can be cancelled`,
        );
      }
      if (row.slot !== null && directory.slotsOf(row.holder_id).get(row.slot)?.order != null) {
        throw notWaiting('it is being carried out just now');
      }
      return make(row, { type: 'cancelled' }, options);
    },
  };
}

const notWaiting = (why: string): AppError => new AppError('not_waiting', why);
