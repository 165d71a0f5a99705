/** What the workload of the power cuts says, one JSON a line. */
export type Told =
  | ({ told: 'found' } & Found)
  /** From here on it may be on the disk. */
  | ({ told: 'begun' } & Deed)
  /** The code under test has said that it is durable. */
  | ({ told: 'done' } & Deed);

export type Deed =
  /** Commit number `k` of a lane: a user and an access of that revision, a feed entry, a mark. */
  | { what: 'commit'; lane: number; k: number }
  /** Event number `k` in the door journal. */
  | { what: 'event'; k: number }
  | { what: 'use'; k: number }
  /** A person is let in, or shut out, at the doors. */
  | { what: 'door'; person: number; allowed: boolean };

/** What is there after a cut. */
export interface Found {
  lanes: { user: number; access: number; mark: number; feed: number[] }[];
  /** The numbers of the feed's entries. */
  seqs: number[];
  /** Events in the feed and after them those in the journal that are not in the feed. */
  events: number[];
  used: number;
  /** Who comes in by the table that the doors start from. */
  allowed: number[];
}

export const lanes = 4;
export const people = 6;
