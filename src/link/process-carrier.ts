import type { Carrier, Envelope } from './window.ts';

/** What a `ChildProcess` in the parent and `process` in the child have in common. */
interface Peer {
  readonly connected: boolean;
  send?(message: Envelope, callback: (error: Error | null) => void): boolean;
  disconnect(): void;
  on(event: 'message', listener: (message: unknown) => void): unknown;
  on(event: 'disconnect', listener: () => void): unknown;
}

/**
 * A carrier over the channel of a forked process (`serialization: 'advanced'`). In the parent the peer is the child,
 * in the child it is `process`.
 */
export function processCarrier(peer: Peer): Carrier {
  return {
    post(envelope) {
      if (!peer.connected) return;
      // A send that fails means a dead peer, which `disconnect` tells; without a callback it would throw later.
      peer.send?.(envelope, () => {});
    },
    receive(taken, down) {
      peer.on('message', (message) => taken(message as Envelope));
      peer.on('disconnect', () => down('the other process is gone'));
    },
    close() {
      if (peer.connected) peer.disconnect();
    },
  };
}
