import type { Confirmation } from '../core/confirmation.ts';
import { mostActions, type Plan } from '../schema/api/plan.ts';
import type { Change } from '../schema/storage.ts';

type Action = Plan['actions'][number];

/** What changes amount to, for people: records in their order, then what follows at the devices. */
export function planOf(changes: readonly Change[]): Plan {
  const actions = changes.flatMap((change) => actionOf(change) ?? []);
  return { actions: actions.slice(0, mostActions), total: actions.length };
}

/** Null: it is no more than the book-keeping of another one. */
function actionOf(change: Change): Action | null {
  switch (change.kind) {
    case 'slot':
    case 'holder':
    case 'horizon':
      return null;
    case 'confirmation':
      return change.after === null ? null : atDevice(change.after);
    default: {
      const { kind, id, before, after } = change;
      const what = before === null ? 'create' : after === null ? 'delete' : 'update';
      return { do: what, resource: `${kind}/${id}`, holder_id: null, state: null, reason: null };
    }
  }
}

function atDevice({ credential_id, holder_id, state, reason }: Confirmation): Action | null {
  const action = { resource: `credential/${credential_id}`, holder_id, reason };
  switch (state) {
    case 'removing':
      return { ...action, do: 'clear', state: 'pending' };
    case 'pending':
    case 'failed':
      return { ...action, do: 'program', state };
    case 'confirmed':
      return null;
  }
}
