import type { z } from 'zod';
import { errorTable } from '../core/error.ts';
import type { system } from '../schema/api/system.ts';
import type { WebhookAttempt } from '../schema/api/webhook.ts';
import type { Webhook } from '../schema/webhook.ts';
import { daemonOptions, daemonUsage, noMore, readArguments } from './arguments.ts';
import { type Command, UsageError } from './command.ts';
import { daemon } from './daemon.ts';
import { listed, named } from './listed-objects.ts';
import { siteTime } from './site-time.ts';
import { textTable } from './text-table.ts';

export const command: Command = {
  name: 'webhooks',
  summary: 'where events are pushed to, and whether they arrive',
  usage: `postern webhooks list [--json]
postern webhooks test WEBHOOK [--json]

  WEBHOOK         its URL without what follows a ?, or its id
${daemonUsage}`,
  async run(argv, io) {
    const { values, positionals } = readArguments(argv, daemonOptions);
    const [what, name, ...more] = positionals;
    if (what !== 'list' && what !== 'test') throw new UsageError('say list or test');
    noMore(what === 'list' ? positionals.slice(1) : more);
    const client = await daemon(values, io.env);
    const webhooks = await listed<Webhook>(client, '/v1/webhooks');
    if (what === 'test') {
      const { id } = named(
        webhooks.map((one) => ({ id: one.id, name: shownUrl(one) })),
        'webhook',
        name,
      );
      const attempt = await client.post<WebhookAttempt>(`/v1/webhooks/${id}/test`, undefined);
      io.out(values.json ? `${JSON.stringify(attempt, null, 2)}\n` : `${outcomeOf(attempt)}\n`);
      return attempt.delivered ? 0 : errorTable.device_unreachable.exit;
    }
    if (values.json) {
      io.out(`${JSON.stringify(webhooks, null, 2)}\n`);
      return 0;
    }
    const { feed, time_zone } = await client.get<z.infer<typeof system>>('/v1/system');
    const clock = siteTime(time_zone);
    const standing = new Map(feed.webhooks.map((one) => [one.id, one]));
    io.out(
      textTable(
        ['URL', 'TYPES', 'STATE', 'TO SEND', 'FAILING SINCE', 'ID'],
        clock.rows(
          webhooks.map((one) => [
            shownUrl(one),
            one.types.join(', ') || 'all',
            one.enabled ? 'on' : one.switched_off === null ? 'off' : `OFF: ${one.switched_off}`,
            String(standing.get(one.id)?.lag ?? 0),
            standing.get(one.id)?.failing_since ?? '-',
            one.id,
          ]),
        ),
      ),
    );
    io.out(clock.note());
    return 0;
  },
};

/** Many receivers know a caller by a token in the query. */
const shownUrl = ({ url }: Webhook): string => url.replace(/[?#].*$/, '');

function outcomeOf({ delivered, status, error, duration_ms }: WebhookAttempt): string {
  const said = status === null ? (error ?? 'no answer') : `answered ${status}`;
  return `${delivered ? 'delivered' : 'NOT DELIVERED'}: ${said} after ${duration_ms} ms`;
}
