import type { JournalFiles, JournalHandle } from './journal-file.ts';
import { type JournalEntry, readEntries } from './journal-record.ts';

/** `cut`: how many bytes of it are not sound. `unreadable`: something is there and nothing of it is. */
export interface RecoveredJournal {
  entries: JournalEntry[];
  cut: number;
  file: { handle: JournalHandle; bytes: number } | null;
  unreadable: boolean;
}

/** Reads what is there. `file` is null when a new file has to be made: there is none, it is damaged, or the disk fails. */
export async function recoverJournal(
  files: JournalFiles,
  path: string,
  trouble: (error: unknown) => void,
): Promise<RecoveredJournal> {
  const nothing = { entries: [], cut: 0, file: null, unreadable: false };
  try {
    const bytes = await files.read(path);
    if (bytes === null) return nothing;
    const { entries, good } = readEntries(bytes);
    const cut = bytes.length - good;
    const file = cut === 0 && good > 0 ? await extended(files, path, good, trouble) : null;
    return { entries, cut, file, unreadable: entries.length === 0 && cut > 0 };
  } catch (error) {
    trouble(error);
    return { ...nothing, unreadable: true };
  }
}

/** The file of an earlier life, synced: that life may have ended between write and sync, and what is told must be durable. */
async function extended(
  files: JournalFiles,
  path: string,
  bytes: number,
  trouble: (error: unknown) => void,
): Promise<{ handle: JournalHandle; bytes: number } | null> {
  try {
    const handle = await files.extend(path);
    await handle.sync();
    return { handle, bytes };
  } catch (error) {
    trouble(error);
    return null;
  }
}
