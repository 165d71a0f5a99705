import { createHash } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { createServer } from 'node:net';
import { AppError } from '../core/error.ts';

/** Held while this process owns the state directory. */
export interface InstanceLock {
  release(): void;
}

/**
 * Makes sure that no other door process works on this state directory, by whatever path: two would write one journal. The lock is a
 * listening socket in Linux's abstract namespace (unix(7)): it needs no file, and the kernel drops it with the process, however that ends.
 * Fails with `state_dir_unusable`.
 */
export async function lockInstance(stateDir: string): Promise<InstanceLock> {
  const place = await realpath(stateDir).catch(() => stateDir);
  const name = createHash('sha256').update(place).digest('hex').slice(0, 32);
  const server = createServer((socket) => socket.destroy());
  return new Promise((resolve, reject) => {
    server.once('error', (cause) =>
      reject(
        new AppError(
          'state_dir_unusable',
          `${stateDir} is in use by another Postern daemon: stop that one first, or give this site another state_dir`,
          { cause },
        ),
      ),
    );
    server.listen(`\0postern-${name}`, () => {
      server.unref();
      resolve({ release: () => server.close() });
    });
  });
}
