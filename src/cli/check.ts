import { errorTable } from '../core/error.ts';
import type { Site } from '../core/site.ts';
import { systemClock } from '../hal/system-clock.ts';
import { loadSite } from '../site-file/load-site.ts';
import { formatProblem } from '../site-file/problem.ts';
import { noMore, readArguments } from './arguments.ts';
import { type Command, UsageError } from './command.ts';
import { scheduleFindings } from './schedule-findings.ts';

export const command: Command = {
  name: 'check',
  summary: 'check a site file, or the database: what is wrong, where, and what would be right',
  usage: `postern check FILE [--json]
postern check --store [--config FILE] [--json]
postern check --records [--config FILE] [--json]

  FILE           the site file, such as /etc/postern/site.toml
  --store        reads all of the database of a daemon that does not run, and says what is missing, if
                 anything; one that runs is asked. Changes nothing
  --records      asks a daemon that runs for what was made through the API and will not do as somebody may
                 expect: schedules, timetables, people whom no minute lets in anywhere
  --config FILE  the site file whose daemon or database is meant (default: /etc/postern/site.toml)
  --json         print JSON

Prints one mistake a line as FILE:LINE:COLUMN: PATH: MESSAGE. Exit code 0 if the file can be used (warnings do not
count), ${errorTable.config_invalid.exit} if not; of a database, 0 if nothing is missing, ${errorTable.storage_damaged.exit} if it is damaged; of records, 0.
`,

  async run(argv, io) {
    const { values, positionals } = readArguments(argv, {
      json: { type: 'boolean', default: false },
      store: { type: 'boolean', default: false },
      records: { type: 'boolean', default: false },
      config: { type: 'string' },
    });
    if (values.records && values.store) throw new UsageError('--records and --store do not go together');
    if (values.records) {
      noMore(positionals);
      const { recordFindings } = await import('./record-findings.ts');
      return recordFindings(values, io);
    }
    if (values.store) {
      noMore(positionals);
      const { storeFinding } = await import('./store-finding.ts');
      return storeFinding(values, io);
    }
    if (values.config !== undefined) throw new UsageError('--config goes with --store or --records');
    const [file, ...more] = positionals;
    if (file === undefined || more.length > 0) throw new UsageError('check takes one file');
    const loaded = await loadSite(file, undefined, undefined, (site) =>
      scheduleFindings(site, systemClock().wall()),
    );
    const problems = loaded.ok ? loaded.warnings : loaded.problems;
    if (values.json) {
      io.out(`${JSON.stringify({ ok: loaded.ok, problems }, null, 2)}\n`);
    } else {
      for (const problem of problems) io.out(`${formatProblem(problem)}\n`);
      io.out(loaded.ok ? summary(file, loaded.site) : `${verdict(file, problems)}\n`);
    }
    return loaded.ok ? 0 : errorTable.config_invalid.exit;
  },
};

function verdict(file: string, problems: readonly { severity: string }[]): string {
  const errors = problems.filter(({ severity }) => severity === 'error').length;
  return `${file} cannot be used: ${errors} ${errors === 1 ? 'mistake' : 'mistakes'}`;
}

function summary(file: string, site: Site): string {
  const list = (what: string, names: readonly { name: string }[]) =>
    names.length === 0 ? [] : [`  ${what.padEnd(11)}${names.map(({ name }) => name).join(', ')}`];
  const lines = [
    `${file} is fine: ${site.name}, ${site.time_zone}`,
    ...list('doors', site.doors),
    ...list('readers', site.readers),
    ...list('locks', [...site.locks, ...site.code_locks]),
    ...list('partitions', site.panel?.partitions ?? []),
    ...list('schedules', site.schedules),
    ...list('timetables', site.timetables),
    ...list('ports', site.ports),
    `  ${'API'.padEnd(11)}${site.api.host}:${site.api.port} and ${site.api.socket}`,
    `  ${'state'.padEnd(11)}${site.state_dir}, key ${site.key_file}`,
  ];
  return `${lines.join('\n')}\n`;
}
