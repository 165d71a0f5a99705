import type { Entry } from '../store/backup/content.ts';
import type { AdminClient } from './admin-client.ts';
import type { CommandIo } from './command.ts';

export interface DatabaseDump {
  about: { store_id: string; about: number };
  entries: AsyncGenerator<Entry>;
}

/** The whole database of a running daemon, as of one commit. */
export async function databaseOf(client: AdminClient): Promise<DatabaseDump> {
  const lines = client.lines('/v1/database');
  const first = await lines.next();
  const about = JSON.parse(first.done === true ? '{}' : first.value) as DatabaseDump['about'];
  const entries = (async function* () {
    for await (const line of lines) yield JSON.parse(line) as Entry;
  })();
  return { about, entries };
}

const eachStep = 10_000;

/** The same entries, with a word to the terminal now and then about how many there have been. `io` null: silently. */
export async function* watched(
  entries: AsyncIterable<Entry>,
  about: number,
  io: Pick<CommandIo, 'err'> | null,
): AsyncGenerator<Entry> {
  let count = 0;
  for await (const entry of entries) {
    count += 1;
    if (count % eachStep === 0) io?.err(`${count} of about ${Math.max(about, count)} entries\n`);
    yield entry;
  }
}
