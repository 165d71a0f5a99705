import { nearestName } from '../core/nearest-name.ts';
import { eventTypes } from '../schema/api/event.ts';
import { parseDuration } from '../schema/duration.ts';
import type { FeedEntry } from '../schema/storage.ts';
import type { SystemInfo } from '../schema/system-info.ts';
import { daemonOptions, daemonUsage, noMore, readArguments } from './arguments.ts';
import { type Command, UsageError } from './command.ts';
import { daemon } from './daemon.ts';
import { eventLine, idsOf } from './event-line.ts';
import { eventNames } from './event-names.ts';
import { type SiteNow, siteTime, writtenTime, zoneLine } from './site-time.ts';

const pageSize = 500;
const waitSeconds = 25;

interface FeedPage {
  items: FeedEntry[];
  cursor: string;
  more: boolean;
}

export const command: Command = {
  name: 'events',
  summary: 'what happened, and with --follow what happens',
  usage: `postern events [--since WHEN] [--type TYPES] [--follow] [--json]

  --since WHEN    from so long ago (90s, 15m, 24h) on, or from a time: 2026-03-02T18:00 (by the clock of the site)
                  or with an offset, 2026-03-02T18:00Z; without it: all that is kept, with --follow: from now on
  --type TYPES    only these, separated by commas: access.*, door.opened
  --follow        go on with what happens, until interrupted
${daemonUsage}  (one JSON object a line)
`,
  async run(argv, io) {
    const { values, positionals } = readArguments(argv, {
      ...daemonOptions,
      since: { type: 'string' },
      type: { type: 'string' },
      follow: { type: 'boolean', default: false },
    });
    noMore(positionals);
    checkTypes(values.type);
    const sinceIn = values.since === undefined ? null : sinceWhen(values.since);
    const client = await daemon(values, io.env);
    const site = await client.get<SystemInfo>('/v1/system');
    const since = sinceIn === null ? null : sinceIn(site);
    const names = values.json ? null : await eventNames(client);
    const clock = siteTime(site.time_zone);
    // Beside the lines, not among them: whatever reads those wants nothing else.
    if (names !== null) io.err(zoneLine(site.time_zone));
    let after = values.follow && since === null ? site.feed_cursor : undefined;
    for (;;) {
      const page = await client.get<FeedPage>('/v1/feed', {
        after,
        limit: pageSize,
        types: values.type,
        wait: values.follow ? waitSeconds : 0,
      });
      for (const entry of page.items) {
        if (since !== null && Date.parse(entry.time) < since) continue;
        await names?.learn(idsOf(entry));
        io.out(names === null ? `${JSON.stringify(entry)}\n` : eventLine(entry, names.of, clock.of));
      }
      if (!page.more && !values.follow) return 0;
      after = page.cursor;
    }
  },
};

/** A type with a slip in it would match nothing, for ever. */
function checkTypes(wanted: string | undefined): void {
  const known = eventTypes.flatMap((type) => [type, type.replace(/\..*/, '.*')]);
  for (const type of wanted?.split(',') ?? []) {
    if (known.includes(type)) continue;
    const near = nearestName(type, known);
    const hint = near === null ? '' : `; did you mean ${near}?`;
    throw new UsageError(`--type holds a word that is no type of event${hint}`);
  }
}

/** By the daemon's clock, not ours: it is the one that stamped the events. */
function sinceWhen(text: string): (site: SiteNow) => number {
  const back = parseDuration(text);
  if (back.ok) return (site) => Date.parse(site.time) - back.value;
  const at = writtenTime(text);
  if (at === null) {
    throw new UsageError('--since is a duration such as 15m, or a time such as 2026-03-02T18:00');
  }
  return at;
}
