import type { TableVersion } from '../core/table-row.ts';
import type { SealedHead, SealedHeadRead } from './sealed-head.ts';
import type { Scan } from './store-scan.ts';
import { type Difference, differences } from './tally.ts';

/** What a scan of a database proves. */
export type Verdict =
  /** Nothing is missing. `unproved`: nothing inside says so, but the head outside, which would prove it, is not there. */
  { kind: 'sound'; unproved: string | null } | { kind: 'damaged'; faults: readonly Fault[] };

/** One way in which a database is not what was committed. */
export type Fault =
  | { what: 'no_identity' | 'no_head' }
  /** Of another site or another time than the sealed head, or the table at the doors. */
  | { what: 'another_database'; by: 'head' | 'doors' }
  /** Commits are missing at the end. */
  | { what: 'behind'; by: 'head' | 'doors'; should: number; found: number }
  /** The same number of commits or more, but not the same ones. */
  | { what: 'another_history'; revision: number }
  | { what: 'entries'; differences: readonly Difference[] }
  | { what: 'unreadable'; keys: readonly string[] };

/**
 * Holds what was found against what the last commit counted, against the head sealed outside the database, and, where that is lost,
 * against the table at the doors.
 *
 * @param doors the table the doors go by; null when it is not of a database, or not known
 */
export function verdictOn(scan: Scan, sealed: SealedHeadRead, doors: TableVersion | null): Verdict {
  const { identity, head } = scan;
  const faults: Fault[] = [];
  if (identity === null) faults.push({ what: 'no_identity' });
  if (head === null) faults.push({ what: 'no_head' });
  if (identity !== null && head !== null) {
    if (sealed.kind === 'ok') faults.push(...behindHead(scan, identity.id, head.revision, sealed.head));
    else if (doors !== null) {
      if (doors.table_id !== identity.id) faults.push({ what: 'another_database', by: 'doors' });
      else if (doors.revision > head.records_revision) {
        const found = head.records_revision;
        faults.push({ what: 'behind', by: 'doors', should: doors.revision, found });
      }
    }
    const differ = differences(head.tallies, scan.tallies);
    if (differ.length > 0) faults.push({ what: 'entries', differences: differ });
  }
  if (scan.unreadable.length > 0) faults.push({ what: 'unreadable', keys: scan.unreadable });
  if (faults.length > 0) return { kind: 'damaged', faults };
  return { kind: 'sound', unproved: sealed.kind === 'ok' ? null : sealed.why };
}

function behindHead(scan: Scan, id: string, revision: number, sealed: SealedHead): Fault[] {
  if (sealed.id !== id) return [{ what: 'another_database', by: 'head' }];
  if (revision < sealed.revision) {
    return [{ what: 'behind', by: 'head', should: sealed.revision, found: revision }];
  }
  const link = revision === sealed.revision ? scan.head?.chain : scan.links.get(sealed.revision);
  return link === sealed.chain ? [] : [{ what: 'another_history', revision: sealed.revision }];
}

/** A fault in words. Keys hold no secret. */
export function faultText(fault: Fault): string {
  switch (fault.what) {
    case 'no_identity':
      return 'it does not hold its own name';
    case 'no_head':
      return 'the number of its last commit is missing';
    case 'another_database':
      return fault.by === 'head'
        ? 'it is not the database that store.head was written for'
        : 'it is not the database that the doors have their table of';
    case 'behind':
      return `its last commit is ${fault.found} and ${fault.by === 'head' ? 'store.head' : 'the table at the doors'} knows ${fault.should}`;
    case 'another_history':
      return `its commits up to ${fault.revision} are not those that store.head was written for`;
    case 'entries':
      return fault.differences.map(differenceText).join(', ');
    case 'unreadable':
      return `${fault.keys.slice(0, 5).join(', ')}${fault.keys.length > 5 ? ' and more' : ''} cannot be read`;
  }
}

export function differenceText({ group, should, found }: Difference): string {
  if (should === found) return `${group}: ${found}, of which some are altered`;
  return `${group}: ${found} of ${should}`;
}
