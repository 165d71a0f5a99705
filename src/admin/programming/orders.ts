import type { Secret } from '../../core/secret.ts';
import type { FromAdmin, Order, OrderState } from '../../link/message.ts';
import type { OrderToPost } from './dispatch.ts';

/** Orders that are kept as sent: posts them when they are durable, and asks after those of an earlier life. */
export interface Orders {
  post(orders: readonly OrderToPost[]): void;
  /** Asks what has become of these. */
  ask(orderIds: readonly string[]): void;
  /** Of what was asked: orders nobody knows anything of. */
  lost(states: readonly OrderState[]): string[];
  /** The Link has room again. */
  room(): void;
}

/** An order that is said to be done, and whose result has not come when it is asked after again, is lost. */
const patience = 2;

export function orders(send: (message: FromAdmin) => boolean, unseal: (sealed: string) => Secret): Orders {
  const waiting: OrderToPost[] = [];
  let toAsk: string[] = [];
  const done = new Map<string, number>();

  const flush = (): void => {
    if (toAsk.length > 0) {
      if (!send({ type: 'orders', order_ids: toAsk })) return;
      toAsk = [];
    }
    for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
      if (!send({ type: 'order', order: withSecret(next, unseal) })) return;
      waiting.shift();
    }
  };

  return {
    post(given) {
      waiting.push(...given);
      flush();
    },
    ask(orderIds) {
      const open = new Set(orderIds);
      for (const id of [...done.keys()]) if (!open.has(id)) done.delete(id);
      const posted = new Set(waiting.map(({ order_id }) => order_id));
      toAsk = orderIds.filter((id) => !posted.has(id));
      flush();
    },
    lost(states) {
      return states.flatMap(({ order_id, state }) => {
        if (state === 'unknown') return [order_id];
        if (state !== 'done') return [];
        const times = (done.get(order_id) ?? 0) + 1;
        done.set(order_id, times);
        if (times < patience) return [];
        done.delete(order_id);
        return [order_id];
      });
    },
    room: flush,
  };
}

function withSecret({ sealed, ...order }: OrderToPost, unseal: (sealed: string) => Secret): Order {
  return { ...order, secret: sealed === null ? null : new TextEncoder().encode(unseal(sealed).reveal()) };
}
