import type { WebhookAttempt } from '../../schema/api/webhook.ts';
import type { Message } from './body.ts';
import type { Outcome } from './sender.ts';

const kept = 100;

/** The last attempts of one webhook, in memory. What the receiver answered is not in it but for its status. */
export interface AttemptLog {
  /** `at`: wall milliseconds when it began. */
  add(made: {
    message: Message;
    attempt: number;
    at: number;
    duration_ms: number;
    outcome: Outcome;
  }): WebhookAttempt;
  newest(): readonly WebhookAttempt[];
}

export function attemptLog(): AttemptLog {
  const attempts: WebhookAttempt[] = [];
  return {
    add({ message, attempt, at, duration_ms, outcome }) {
      const status = 'status' in outcome ? outcome.status : null;
      const made: WebhookAttempt = {
        event_id: message.id,
        seq: message.seq,
        type: message.type,
        resource: message.resource,
        attempt,
        time: new Date(at).toISOString(),
        duration_ms: Math.round(duration_ms),
        delivered: status !== null && status >= 200 && status < 300,
        status,
        error: 'error' in outcome ? outcome.error : null,
      };
      attempts.unshift(made);
      attempts.length = Math.min(attempts.length, kept);
      return made;
    },
    newest: () => [...attempts],
  };
}
