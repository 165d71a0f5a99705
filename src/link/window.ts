import { type Link, type LinkOwner, linkWindow } from './link.ts';

/** What really crosses: a message, an acknowledgement of all messages up to a number, or both. */
export interface Envelope {
  ack: number;
  n?: number;
  message?: unknown;
}

/** Moves envelopes, in order and at most once; knows nothing of windows. */
export interface Carrier {
  post(envelope: Envelope): void;
  receive(taken: (envelope: Envelope) => void, down: (reason: string) => void): void;
  close(): void;
}

/**
 * An acknowledgement of its own is sent after this many messages that nothing of ours went back for. Fewer need none: a full window is
 * many more.
 */
const ackEvery = 32;

/** Builds a windowed Link on a carrier. */
export function linkOver<Out, In>(carrier: Carrier): Link<Out, In> {
  let sent = 0;
  let acknowledged = 0;
  let received = 0;
  let told = 0;
  let full = false;
  let dead: string | null = null;
  let owner: LinkOwner<In> | null = null;
  const early: In[] = [];

  const tellAck = (): void => {
    told = received;
    carrier.post({ ack: received });
  };

  carrier.receive(
    (envelope) => {
      if (dead !== null) return;
      acknowledged = Math.max(acknowledged, envelope.ack);
      if (envelope.n !== undefined) {
        received = envelope.n;
        if (received - told >= ackEvery) tellAck();
        if (owner === null) early.push(envelope.message as In);
        else owner.message(envelope.message as In);
      }
      if (full && sent - acknowledged < linkWindow) {
        full = false;
        owner?.room();
      }
    },
    (reason) => {
      if (dead !== null) return;
      dead = reason;
      owner?.down(reason);
    },
  );

  return {
    open(newOwner) {
      owner = newOwner;
      for (const message of early.splice(0)) newOwner.message(message);
      if (dead !== null) newOwner.down(dead);
    },
    send(message) {
      if (dead !== null) return false;
      if (sent - acknowledged >= linkWindow) {
        full = true;
        return false;
      }
      sent += 1;
      told = received;
      carrier.post({ ack: received, n: sent, message });
      return true;
    },
    close() {
      if (dead !== null) return;
      dead = 'closed';
      carrier.close();
    },
  };
}
