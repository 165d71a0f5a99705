import type { Commit, Marks } from '../../schema/storage.ts';
import type { StoredWebhook } from '../../schema/webhook.ts';
import { changeEntry, changeOf } from '../record-change.ts';
import type { RecordWriter } from '../record-writer.ts';
import type { Directory } from '../storage.ts';
import type { Consequence } from './delivery.ts';
import { type Endpoint, type EndpointParts, webhookEndpoint } from './endpoint.ts';

/** One endpoint for each webhook there is, following the directory. */
export interface Dispatcher {
  /** Begins to send. */
  start(): void;
  of(id: string): Endpoint | undefined;
  /** Up to where each enabled webhook is done, by `webhook/ID`. */
  places(): ReadonlyMap<string, number>;
  report(): { id: string; enabled: boolean; lag: number; failing_since: string | null }[];
  close(): Promise<void>;
}

/** `marks`: how far the webhooks had got, from the store. */
export function webhookDispatcher(
  parts: Omit<EndpointParts, 'consequence' | 'directory'> & {
    directory: Pick<Directory, 'commit' | 'webhooks' | 'onCommitted'>;
    writer: Pick<RecordWriter, 'newId' | 'now'>;
    marks: ReadonlyMap<string, Marks['delivery']>;
  },
): Dispatcher {
  const { directory, writer, clock } = parts;
  const endpoints = new Map<string, Endpoint>();
  let started = false;

  const commit = (made: Commit): Promise<unknown> => directory.commit(made).catch(parts.failed);
  const news = (type: string, id: string, data: Record<string, unknown>) => ({
    id: writer.newId(),
    type,
    time: writer.now(),
    resource: `webhook/${id}`,
    revision: null,
    data,
  });

  const consequence = (id: string, effect: Consequence): void => {
    switch (effect.type) {
      case 'gave_up': {
        const { id: event_id, seq, attempts } = effect.open;
        void commit({ changes: [], feed: [news('webhook.gave_up', id, { event_id, seq, attempts })] });
        break;
      }
      case 'switch_off': {
        const before = directory.webhooks.get(id);
        if (before === undefined || !before.enabled) return;
        const { reason } = effect;
        const after: StoredWebhook = {
          ...before,
          enabled: false,
          switched_off: reason,
          revision: before.revision + 1,
          updated_at: writer.now(),
        };
        const change = changeOf('webhook', id, before, after);
        const feed = [
          changeEntry(change, writer.newId(), writer.now()),
          news('webhook.switched_off', id, { reason }),
        ];
        directory.commit({ changes: [change], feed }).catch((error: unknown) => {
          parts.failed(error);
          endpoints.get(id)?.resume(0);
        });
        break;
      }
    }
  };

  const add = (webhook: StoredWebhook): Endpoint => {
    const endpoint = webhookEndpoint(webhook, parts.marks.get(webhook.id) ?? null, { ...parts, consequence });
    endpoints.set(webhook.id, endpoint);
    return endpoint;
  };
  const remove = async (id: string): Promise<void> => {
    const endpoint = endpoints.get(id);
    endpoints.delete(id);
    await endpoint?.close();
    await commit({ changes: [], feed: [], marks: [{ kind: 'delivery', id, value: null }] });
  };

  for (const webhook of directory.webhooks.values()) add(webhook);
  directory.onCommitted(({ changes, feed }) => {
    for (const change of changes) {
      if (change.kind !== 'webhook') continue;
      const { id, before, after } = change;
      if (after === null) void remove(id);
      else if (before === null) add(after);
      else if (after.enabled && !before.enabled) {
        endpoints.get(id)?.resume(clock.wall() - Date.parse(before.updated_at));
      } else if (after.enabled && after.url !== before.url) endpoints.get(id)?.resume(0);
    }
    if (started && (feed.length > 0 || changes.length > 0)) for (const one of endpoints.values()) one.look();
  });

  return {
    start() {
      started = true;
      for (const id of parts.marks.keys()) if (!directory.webhooks.has(id)) void remove(id);
      for (const endpoint of endpoints.values()) endpoint.look();
    },
    of: (id) => endpoints.get(id),
    places: () =>
      new Map(
        [...endpoints].flatMap(([id, endpoint]): [string, number][] =>
          directory.webhooks.get(id)?.enabled === true ? [[`webhook/${id}`, endpoint.doneUpTo()]] : [],
        ),
      ),
    report: () =>
      [...endpoints].map(([id, endpoint]) => ({
        id,
        enabled: directory.webhooks.get(id)?.enabled === true,
        ...endpoint.report(),
      })),
    async close() {
      await Promise.all([...endpoints.values()].map((endpoint) => endpoint.close()));
    },
  };
}
