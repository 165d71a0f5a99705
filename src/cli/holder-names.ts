import type { ConfirmationView, HolderView } from '../schema/confirmation.ts';
import type { AdminClient } from './admin-client.ts';
import { named } from './listed-objects.ts';

const pageSize = 500;

/** Devices that keep codes by id; with a name, that one only. Throws `not_found` with a name that is near, or those there are. */
export async function holdersNamed(client: AdminClient, name: string | undefined): Promise<HolderView[]> {
  const { items } = await client.get<{ items: HolderView[] }>('/v1/holders');
  return name === undefined ? items : [named(items, 'device', name)];
}

/** All rows that match, page by page. */
export async function confirmationsOf(
  client: AdminClient,
  filter: { state?: string | undefined; holder_id?: string | undefined; user_id?: string },
): Promise<ConfirmationView[]> {
  const rows: ConfirmationView[] = [];
  let after: string | undefined;
  do {
    const page: { items: ConfirmationView[]; next_cursor: string | null } = await client.get(
      '/v1/confirmations',
      { limit: pageSize, after, ...filter },
    );
    rows.push(...page.items);
    after = page.next_cursor ?? undefined;
  } while (after !== undefined);
  return rows;
}

/** What is to be said of a device that has left the site file. */
export function goneNote({ name, since, stored }: Pick<HolderView, 'name' | 'since' | 'stored'>): string {
  return `GONE from the site file since ${since}, ${stored} codes may still be stored in it: bring it back, or postern slots forget ${name}`;
}

/** The mark people know: green, grey, red; and a removal, which is refused here already. */
export function markOf({ state }: Pick<ConfirmationView, 'state'>): string {
  switch (state) {
    case 'confirmed':
      return 'green';
    case 'pending':
      return 'grey';
    case 'failed':
      return 'RED';
    case 'removing':
      return 'blocked here, still stored there';
  }
}

/** Why a row is not green, or how it came to be. */
export function whyOf(row: ConfirmationView): string {
  const attempts = row.attempt === 0 ? '' : `, attempt ${row.attempt} of ${row.max_attempts} failed`;
  const overdue = row.overdue ? ', OVERDUE' : '';
  const late = !row.late ? '' : row.reason === 'not_yet_due' ? ', WILL BE LATE' : ', LATE';
  if (row.reason === null) return row.evidence ?? '';
  const said = row.last_error === null ? '' : ` (${row.last_error})`;
  return `${row.reason.replaceAll('_', ' ')}${attempts}${overdue}${late}${said}`;
}
