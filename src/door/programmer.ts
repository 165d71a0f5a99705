import type { Holder, SlotOutcome, SlotReading } from '../core/holder.ts';
import type { LookupKey } from '../core/lookup-key.ts';
import { Secret } from '../core/secret.ts';
import type { SlotResult } from '../core/slot-result.ts';
import type { CommandResult, Order, OrderState } from '../link/message.ts';

/** Carries out orders at the devices that keep codes, one at a time at each. */
export interface Programmer {
  take(order: Order): void;
  states(orderIds: readonly string[]): OrderState[];
  /** The Link is lost: what waits is dropped, what is on the wire is finished. */
  drop(): void;
  /** Reads a slot for its digits, ahead of what waits. */
  reveal(holderId: string, slot: number): Promise<CommandResult>;
}

export interface ProgrammerParts {
  /** Devices by id. */
  devices: ReadonlyMap<string, Holder>;
  /** Whether a change that touches these partitions may be sent now. Asked immediately before the first byte of each write. */
  mayWrite(holderId: string, partitions: readonly string[]): boolean;
  lookupKey: LookupKey;
  ended(order: Pick<Order, 'order_id' | 'holder_id' | 'slot'>, result: SlotResult): void;
  /** A driver threw. */
  failed(error: unknown): void;
}

/** Results that can be asked for after they were told: more than can be open at all devices together. */
const keptDone = 1_024;

type Job = { order: Order } | { slot: number; found(reading: SlotReading): void };

/**
 * A write or removal whose result is not known is followed at once by a reading, where the device can be read: a lost answer costs no
 * second write. Codes that are read leave as their keyed hash.
 */
export function programmer(parts: ProgrammerParts): Programmer {
  const queues = new Map([...parts.devices.keys()].map((id) => [id, [] as Job[]]));
  const busy = new Set<string>();
  const flying = new Set<string>();
  const done = new Set<string>();

  function tell(order: Order, result: SlotResult): void {
    flying.delete(order.order_id);
    done.add(order.order_id);
    for (const id of done) {
      if (done.size <= keptDone) break;
      done.delete(id);
    }
    parts.ended(order, result);
  }

  async function run(holderId: string, device: Holder, job: Job): Promise<void> {
    if (!('order' in job)) {
      const reading = await device.read(job.slot).catch((error: unknown) => {
        parts.failed(error);
        return driverFault;
      });
      job.found(reading);
      return;
    }
    const { order } = job;
    flying.add(order.order_id);
    let result: SlotResult = { outcome: driverFault, reading: null };
    try {
      result = await carryOut(device, order, () => parts.mayWrite(holderId, order.touches), parts.lookupKey);
    } catch (error) {
      parts.failed(error);
    }
    tell(order, result);
  }

  function next(holderId: string): void {
    const device = parts.devices.get(holderId);
    if (device === undefined || busy.has(holderId)) return;
    const job = queues.get(holderId)?.shift();
    if (job === undefined) return;
    busy.add(holderId);
    void run(holderId, device, job)
      .catch(parts.failed)
      .then(() => {
        busy.delete(holderId);
        next(holderId);
      });
  }

  return {
    take(order) {
      const queue = queues.get(order.holder_id);
      if (queue === undefined) return;
      queue.push({ order });
      next(order.holder_id);
    },
    states(orderIds) {
      const waiting = new Set(
        [...queues.values()].flat().flatMap((job) => ('order' in job ? [job.order.order_id] : [])),
      );
      return orderIds.map((order_id) => {
        const state = flying.has(order_id)
          ? 'in_flight'
          : waiting.has(order_id)
            ? 'queued'
            : done.has(order_id)
              ? 'done'
              : 'unknown';
        return { order_id, state };
      });
    },
    drop() {
      for (const queue of queues.values()) {
        for (const job of queue.splice(0)) {
          if ('order' in job) job.order.secret?.fill(0);
          else job.found({ ok: false, why: 'busy', detail: 'the admin process is gone' });
        }
      }
    },
    reveal(holderId, slot) {
      const queue = queues.get(holderId);
      if (queue === undefined) return Promise.resolve(noSuchHolder);
      return new Promise((resolve) => {
        queue.unshift({ slot, found: (reading) => resolve(revealed(reading)) });
        next(holderId);
      });
    },
  };
}

const driverFault = {
  ok: false,
  why: 'unknown_result',
  detail: 'a fault in the driver; the log of the door process says which',
} as const satisfies SlotOutcome & SlotReading;
const noSuchHolder: CommandResult = {
  ok: false,
  code: 'not_found',
  detail: 'no device that keeps codes has this id',
};

async function carryOut(
  device: Holder,
  order: Order,
  mayWrite: () => boolean,
  lookupKey: LookupKey,
): Promise<SlotResult> {
  const { slot, op } = order;
  const code = order.secret === null ? null : new Secret(Buffer.from(order.secret).toString('utf8'));
  order.secret?.fill(0);
  if (op === 'read') return readResult(await device.read(slot), lookupKey);
  if (op === 'write' && code === null) throw new Error('an order to write without a code');
  const outcome =
    op === 'write' && code !== null
      ? await device.write(slot, code, order.partitions, mayWrite)
      : await device.clear(slot, code, mayWrite);
  if (outcome.ok || outcome.why !== 'unknown_result' || device.traits.reads === 'nothing') {
    return { outcome, reading: null };
  }
  return { outcome, reading: readResult(await device.read(slot), lookupKey).reading };
}

function readResult(reading: SlotReading, lookupKey: LookupKey): SlotResult {
  if (!reading.ok) return { outcome: reading, reading: null };
  switch (reading.content) {
    case 'empty':
    case 'unreadable':
      return { outcome: null, reading: { content: reading.content } };
    case 'code':
      return { outcome: null, reading: { content: 'code', key: lookupKey('pin', reading.digits.reveal()) } };
  }
}

function revealed(reading: SlotReading): CommandResult {
  if (!reading.ok) return { ok: false, code: 'device_unreachable', detail: reading.detail };
  switch (reading.content) {
    case 'code':
      return { ok: true, secret: new TextEncoder().encode(reading.digits.reveal()) };
    case 'empty':
      return { ok: false, code: 'nothing_to_adopt', detail: 'the slot is empty' };
    case 'unreadable':
      return { ok: false, code: 'nothing_to_adopt', detail: 'the device does not show what the slot holds' };
  }
}
