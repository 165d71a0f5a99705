import type { Clock } from '../core/clock.ts';
import type { JournalFiles, JournalHandle } from './journal-file.ts';
import { readFrames } from './journal-record.ts';
import { journalWriter } from './journal-writer.ts';
import { openRow, type SealedRow, sealRow } from './sealed-row.ts';
import type { RowChange } from './table-build.ts';

/** A place in a log of narrowings: which log, and after which of its numbers. */
export interface NarrowingMark {
  log_id: string;
  n: number;
}

/**
 * What has been taken from the table in force since it was last sealed. A start from the sealed table applies it, so that no power cut
 * gives back what somebody was told is taken away.
 */
export interface Narrowings {
  /** What a sealed table lacks that was written at this mark; all of it for one that bears none. Of several about one row, the last. */
  since(mark: NarrowingMark | null): RowChange[];
  /** Whether it holds a change of this row. */
  holds(ref: RowChange['ref']): boolean;
  add(changes: readonly RowChange[]): void;
  /** Everything added so far. */
  mark(): NarrowingMark;
  /** A table with everything up to this mark is on the disk. */
  sealed(mark: NarrowingMark): void;
  /** Calls `done` when everything added so far is on the disk; at once where it is. */
  whenKept(done: () => void): void;
  close(): Promise<void>;
}

/** The file: a head, then numbered changes, framed as the journal's entries are. */
type Line = { log_id: string; next: number } | { n: number; ref: RowChange['ref']; row: SealedRow | null };

/**
 * Opens the log beside the sealed table. What cannot be read of it is cut off; a disk that fails is tried again until it works, and the
 * doors go on.
 */
export async function openNarrowings(options: {
  files: JournalFiles;
  path: string;
  clock: Clock;
  newId: () => string;
  trouble: (error: unknown) => void;
}): Promise<Narrowings> {
  const { files, path, trouble } = options;
  const found = await recover(files, path, trouble);
  const [head] = found.lines;
  const log_id = head !== undefined && 'log_id' in head ? head.log_id : options.newId();
  /** By row: the number of its newest change, and the line. */
  const changes = new Map<string, { n: number; text: string }>();
  let last = head !== undefined && 'log_id' in head ? head.next - 1 : 0;
  let kept = 0;
  let waiting: { n: number; done(): void }[] = [];

  const keep = (n: number, { ref, row }: RowChange): string => {
    const line: Line = { n, ref, row: row === null ? null : sealRow(row) };
    const text = JSON.stringify(line);
    changes.delete(nameOf(ref));
    changes.set(nameOf(ref), { n, text });
    last = Math.max(last, n);
    return text;
  };
  for (const line of found.lines) {
    if ('n' in line) keep(line.n, { ref: line.ref, row: line.row === null ? null : openRow(line.row) });
  }
  // A number that was cut off may be in a sealed table already: it is never given again.
  last += found.cut;
  const tell = (n: number): void => {
    kept = Math.max(kept, n);
    const ready = waiting.filter((one) => one.n <= kept);
    waiting = waiting.filter((one) => one.n > kept);
    for (const { done } of ready) done();
  };

  const headText = (): string => JSON.stringify({ log_id, next: last + 1 } satisfies Line);
  const writer = journalWriter(
    files,
    path,
    options.clock,
    {
      texts: () => [headText(), ...[...changes.values()].map(({ text }) => text)],
      live: () => [...changes.values()].reduce((sum, { text }) => sum + text.length, 0),
      mark: () => last,
      synced: tell,
      trouble,
    },
    found.file,
    null,
  );
  if (found.file !== null) kept = last;

  return {
    since(mark) {
      const known = mark?.log_id === log_id ? mark.n : 0;
      return [...changes.values()].flatMap(({ n, text }) => {
        const line = JSON.parse(text) as Extract<Line, { n: number }>;
        return n > known ? [{ ref: line.ref, row: line.row === null ? null : openRow(line.row) }] : [];
      });
    },
    holds: (ref) => changes.has(nameOf(ref)),
    add(more) {
      for (const change of more) writer.put(keep(last + 1, change));
      if (more.length > 0) writer.hurry();
    },
    mark: () => ({ log_id, n: last }),
    sealed(mark) {
      for (const [key, { n }] of changes) if (n <= mark.n) changes.delete(key);
      writer.shrunk();
      tell(mark.n);
    },
    whenKept(done) {
      if (last <= kept) done();
      else waiting.push({ n: last, done });
    },
    close: () => writer.close(),
  };
}

const nameOf = ({ row, id }: RowChange['ref']): string => `${row}/${id}`;

/** Reads what is there. `file` is null when a new one has to be made. */
async function recover(
  files: JournalFiles,
  path: string,
  trouble: (error: unknown) => void,
): Promise<{ lines: Line[]; cut: number; file: { handle: JournalHandle; bytes: number } | null }> {
  try {
    const bytes = await files.read(path);
    if (bytes === null) return { lines: [], cut: 0, file: null };
    const { texts, good } = readFrames(bytes);
    const lines = texts.map((text) => JSON.parse(text) as Line);
    const cut = bytes.length - good;
    if (cut > 0 || lines.length === 0) return { lines, cut, file: null };
    const handle = await files.extend(path);
    // An earlier life may have ended between write and sync.
    await handle.sync();
    return { lines, cut, file: { handle, bytes: bytes.length } };
  } catch (error) {
    trouble(error);
    return { lines: [], cut: 0, file: null };
  }
}
