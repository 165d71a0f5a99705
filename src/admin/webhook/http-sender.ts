import { type ClientRequest, request as plainRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import type { Clock } from '../../core/clock.ts';
import type { Outcome, WebhookSender } from './sender.ts';
import { hostOf, type Targets } from './targets.ts';

/** Name lookup, connection, request and answer together. */
const timeoutMs = 15_000;
const longestRetryAfterMs = 24 * 3_600_000;
/** Bytes of an answer's body that are read, and thrown away, before the connection is cut. */
const mostAnswered = 64 * 1024;

/**
 * Posts over HTTP. A name is resolved once, and the connection goes to an address that was checked: a name server that answers
 * something else a moment later changes nothing. Redirects are not followed. `resolve` gives all addresses of a name.
 */
export function httpSender(parts: {
  targets: Targets;
  clock: Clock;
  resolve(host: string): Promise<readonly string[]>;
}): WebhookSender {
  const { targets, clock, resolve } = parts;

  const addressesOf = async (host: string): Promise<string[]> => {
    const found = isIP(host) === 0 ? await resolve(host) : [host];
    return found.filter((address) => targets.allows(host, address));
  };

  return {
    post(text, headers, body) {
      return new Promise((done) => {
        let sent: ClientRequest | null = null;
        let ended = false;
        const cancel = clock.after(timeoutMs, () => {
          end({ error: 'no answer within 15 s' });
          sent?.destroy();
        });
        const end = (outcome: Outcome): void => {
          ended = true;
          done(outcome);
        };
        const failed = (error: unknown): void => {
          cancel();
          end({ error: reasonOf(error) });
        };
        const url = new URL(text);
        const fault = targets.fault(url);
        if (fault !== null) {
          cancel();
          end({ error: `not allowed: the URL ${fault}` });
          return;
        }
        addressesOf(hostOf(url)).then((addresses) => {
          if (ended) return;
          if (addresses.length === 0) {
            cancel();
            end({
              error: 'not allowed: the host leads to no address that [webhooks] allow of the site file takes',
            });
            return;
          }
          sent = send(url, addresses, headers, body);
          sent.on('error', failed);
          sent.on('response', (answer) => {
            let size = 0;
            answer.on('data', (chunk: Buffer) => {
              size += chunk.length;
              if (size > mostAnswered) answer.destroy();
            });
            answer.on('error', () => {});
            answer.on('close', cancel);
            end({
              status: answer.statusCode ?? 0,
              retry_after_ms: retryAfterMs(answer.headers['retry-after'], clock.wall()),
            });
          });
        }, failed);
      });
    },
  };
}

function send(
  url: URL,
  addresses: readonly string[],
  headers: Readonly<Record<string, string>>,
  body: string,
): ClientRequest {
  const pinned = addresses.map((address) => ({ address, family: isIP(address) }));
  const lookup: LookupFunction = (_host, options, found) => {
    const [first] = pinned;
    if (options.all === true) found(null, pinned);
    else found(null, first?.address ?? '', first?.family ?? 0);
  };
  const make = url.protocol === 'https:' ? tlsRequest : plainRequest;
  const sent = make(url, {
    method: 'POST',
    // A connection of its own: one that is kept would go to an address nobody checks again.
    agent: false,
    lookup,
    headers: {
      ...headers,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      'user-agent': 'Postern',
    },
  });
  sent.end(body);
  return sent;
}

/** RFC 9110, 10.2.3: seconds, or a date. Null: neither. At most a day. */
function retryAfterMs(header: string | undefined, wall: number): number | null {
  if (header === undefined) return null;
  const ms = /^\d{1,9}$/.test(header) ? Number(header) * 1000 : Date.parse(header) - wall;
  return Number.isNaN(ms) ? null : Math.min(Math.max(ms, 0), longestRetryAfterMs);
}

/** The code of a failure of net, tls or dns. Its text may hold what the other side sent. */
function reasonOf(error: unknown): string {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' ? `no connection: ${code}` : 'no connection';
}
