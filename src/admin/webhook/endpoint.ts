import type { Cancel, Clock } from '../../core/clock.ts';
import type { Secret } from '../../core/secret.ts';
import { uuidV7 } from '../../core/uuid.ts';
import type { WebhookAttempt } from '../../schema/api/webhook.ts';
import type { Marks, Store } from '../../schema/storage.ts';
import type { StoredWebhook } from '../../schema/webhook.ts';
import { entryFilter } from '../entry-filter.ts';
import { cursorAt } from '../feed-place.ts';
import type { Directory, Vault } from '../storage.ts';
import { attemptLog } from './attempt-log.ts';
import { type Message, webhookBody } from './body.ts';
import {
  type Consequence,
  type Delivery,
  type DeliveryEvent,
  deliveryFrom,
  deliveryStep,
  doneUpTo,
  nextDue,
  type Open,
  roomFor,
} from './delivery.ts';
import { progressOf, restored } from './progress.ts';
import { saver } from './saver.ts';
import type { Outcome, WebhookSender } from './sender.ts';
import { signedHeaders } from './signature.ts';

/** What all endpoints share. */
export interface EndpointParts {
  siteId: string;
  store: Pick<Store, 'id' | 'feed' | 'feedSeq' | 'feedTrimmed'>;
  directory: Pick<Directory, 'commit' | 'webhooks'>;
  vault: Pick<Vault, 'unseal'>;
  sender: WebhookSender;
  clock: Clock;
  random(bytes: number): Uint8Array;
  /** What the receiver's behaviour asks for: switch it off, or tell that an entry was given up. */
  consequence(id: string, effect: Consequence): void;
  failed(error: unknown): void;
}

/** Pushes the feed to the receiver of one webhook while it is enabled. */
export interface Endpoint {
  /** There may be more to do: new entries, or the webhook was changed. */
  look(): void;
  /** It was enabled again, after `ms` off; or leads elsewhere, where nothing has failed yet. */
  resume(ms: number): void;
  /** Begins anew after an entry. Durable when it resolves. */
  replay(seq: number): Promise<void>;
  /** Sends one message that is in no feed, whether enabled or not. */
  test(): Promise<WebhookAttempt>;
  /** The last attempts, newest first. */
  attempts(): readonly WebhookAttempt[];
  /** Entries up to this one are done with. */
  doneUpTo(): number;
  /** Entries still to be done, and since when nothing gets through (null: the last attempt did). */
  report(): { lag: number; failing_since: string | null };
  /** Sends nothing more, and resolves when its place is durable. */
  close(): Promise<void>;
}

const retryMs = 5_000;
const pageSize = 200;
const staleAfterMs = 24 * 3_600_000;

/** `progress`: how far it had got; null: it is new. */
export function webhookEndpoint(
  webhook: StoredWebhook,
  progress: Marks['delivery'] | null,
  parts: EndpointParts,
): Endpoint {
  const { store, directory, clock, random } = parts;
  const { id } = webhook;
  const log = attemptLog();
  const moment = () => ({ wall: clock.wall(), mono: clock.mono() });
  const freshId = (): string => uuidV7(clock.wall(), random(10));

  let state: Delivery = progress === null ? deliveryFrom(webhook.start_seq) : restored(progress, moment());
  /** Counts replays: how attempts from before one ended says nothing about the ones after it. */
  let round = 0;
  let closed = false;
  let taking = false;
  let lookAgain = false;
  let cancelDue: Cancel = () => {};

  const save = () => {
    const value = progressOf(state, moment());
    return directory.commit({ changes: [], feed: [], marks: [{ kind: 'delivery', id, value }] });
  };
  const places = saver({ clock, write: save, failed: parts.failed });
  const record = (): StoredWebhook | undefined => directory.webhooks.get(id);
  const enabled = (): boolean => !closed && record()?.enabled === true;

  const apply = (event: DeliveryEvent): void => {
    const before = state;
    const stepped = deliveryStep(before, event, clock.mono());
    state = stepped.state;
    if (before.seq !== state.seq || before.open.length !== state.open.length || event.type === 'ended') {
      places.soon();
    }
    for (const effect of stepped.effects) {
      if (effect.type !== 'send') parts.consequence(id, effect);
      // Those that are not sent because it was just switched off are sent when it resumes.
      else if (enabled()) void send(effect.open);
    }
    cancelDue();
    const due = nextDue(state);
    if (due === null || !enabled()) return;
    // What is due now and was not sent waits for one that is on its way.
    const ms = due - clock.mono();
    if (ms > 0) cancelDue = clock.after(ms, look);
  };

  /** Takes up new entries, while there is room for them. */
  const take = async (): Promise<void> => {
    while (enabled() && roomFor(state) > 0 && state.seq < store.feedSeq()) {
      const from = state.seq;
      const page = await store.feed(from, Math.min(pageSize, roomFor(state)));
      if (!enabled() || state.seq !== from) continue;
      if (page[0]?.seq !== from + 1) apply({ type: 'lost', fresh_id: freshId() });
      else {
        const wanted = entryFilter(record()?.types ?? []);
        const entries = page.map(({ seq, id: entry, resource, type }) => ({
          seq,
          id: entry,
          resource,
          wanted: wanted(type),
        }));
        apply({ type: 'entries', entries });
      }
    }
  };

  const look = (): void => {
    if (!enabled()) return;
    apply({ type: 'tick' });
    if (taking) {
      lookAgain = true;
      return;
    }
    taking = true;
    lookAgain = false;
    take().then(
      () => {
        taking = false;
        if (lookAgain) look();
      },
      (error: unknown) => {
        taking = false;
        parts.failed(error);
        clock.after(retryMs, look);
      },
    );
  };

  const send = async (open: Open): Promise<void> => {
    const mine = round;
    const newest = store.feedSeq();
    const outcome = await attempt(open).catch((error: unknown): Outcome => {
      parts.failed(error);
      return { error: 'the message could not be made; the log says why' };
    });
    if (closed || mine !== round) return;
    if (outcome === null) apply({ type: 'lost', fresh_id: freshId() });
    else {
      const chance = (random(1)[0] ?? 0) / 255;
      apply({ type: 'ended', id: open.id, outcome, newest, chance, fresh_id: freshId() });
    }
    look();
  };

  /** Null: the entry is no longer kept. */
  const attempt = async (open: Open): Promise<Outcome | null> => {
    const message = await messageOf(open);
    return message === null ? null : (await post(message, open.seq, open.attempts + 1)).outcome;
  };

  const messageOf = async ({ id: name, seq, behind }: Open): Promise<Message | null> => {
    if (behind) {
      return {
        ...told('feed.behind', name),
        resource: 'feed/entries',
        data: { cursor: cursorAt(store, seq) },
      };
    }
    const [entry] = await store.feed(seq - 1, 1);
    return entry?.id === name ? entry : null;
  };
  const told = (type: string, name: string) => ({
    id: name,
    seq: null,
    type,
    time: new Date(timeOfId(name)).toISOString(),
    revision: null,
  });

  const post = async (message: Message, seq: number, attempt: number) => {
    const { url, format, sealed, previous_sealed, previous_secret_until } = record() ?? webhook;
    const body = webhookBody(format, message, cursorAt(store, seq), parts.siteId);
    const at = clock.wall();
    const begun = clock.mono();
    const still = previous_secret_until !== null && at < Date.parse(previous_secret_until);
    const secrets: Secret[] = [sealed, ...(still && previous_sealed !== null ? [previous_sealed] : [])].map(
      parts.vault.unseal,
    );
    const outcome = await parts.sender.post(url, signedHeaders(secrets, message.id, at, body), body);
    return {
      outcome,
      attempt: log.add({ message, attempt, at, duration_ms: clock.mono() - begun, outcome }),
    };
  };

  return {
    look,
    resume(ms) {
      round += 1;
      apply({ type: 'resumed', stale: ms >= staleAfterMs, fresh_id: freshId() });
      look();
    },
    async replay(seq) {
      round += 1;
      state = deliveryFrom(seq);
      await save();
      look();
    },
    async test() {
      const message = { ...told('webhook.test', freshId()), resource: `webhook/${id}`, data: {} };
      return (await post(message, store.feedSeq(), 1)).attempt;
    },
    attempts: log.newest,
    doneUpTo: () => doneUpTo(state),
    report() {
      const { failing_since } = progressOf(state, moment());
      return {
        lag: store.feedSeq() - doneUpTo(state),
        failing_since: failing_since === null ? null : new Date(failing_since).toISOString(),
      };
    },
    async close() {
      closed = true;
      cancelDue();
      await places.close();
    },
  };
}

/** When a UUID of version 7 was made (RFC 9562, 5.7), wall milliseconds. */
const timeOfId = (id: string): number => Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16);
