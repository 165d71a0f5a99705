import type { WarningList } from '../schema/api/warning.ts';
import type { CommandIo } from './command.ts';
import { daemon } from './daemon.ts';
import { textTable } from './text-table.ts';

/** `postern check --records`: what a running daemon says of all that was made through the API. Resolves with the exit code. */
export async function recordFindings(
  values: { config?: string | undefined; json: boolean },
  io: CommandIo,
): Promise<number> {
  const client = await daemon(values, io.env);
  const found = await client.get<WarningList>('/v1/warnings');
  if (values.json) io.out(`${JSON.stringify(found, null, 2)}\n`);
  else if (found.items.length === 0) io.out('schedules, timetables and access do as they seem to\n');
  else {
    const rows = found.items.map(({ resource, name, pointer, detail }) => [
      resource.split('/')[0] ?? '',
      name,
      pointer,
      detail,
    ]);
    io.out(textTable(['WHAT', 'NAME', 'WHERE', 'WARNING'], rows));
    if (found.more) io.out('and more: change these first\n');
  }
  return 0;
}
