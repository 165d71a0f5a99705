import { describe, expect, test } from 'vitest';
import type { Line } from '../../src/core/line.ts';

/** A line under test and the device at its far end. */
export interface LineRig {
  line: Line;
  far: {
    send(bytes: Uint8Array): void;
    /** All bytes received so far, of all connections. */
    received(): Uint8Array;
    /** Loses the connection, and refuses new ones until `restore`. */
    lose(): void;
    restore(): void;
  };
  /** Lets time pass until the condition holds; fails the test when it does not within the rig's deadline. */
  until(condition: () => boolean, what: string): Promise<void>;
  dispose(): Promise<void>;
}

/** The rules of core/line.ts that every line keeps. */
export function lineContract(name: string, make: () => Promise<LineRig>): void {
  describe(`line contract: ${name}`, () => {
    /** Runs a test on an opened line, with everything its owner is told in order. */
    const onLine = (body: (rig: LineRig, told: Told) => Promise<void>) => async () => {
      const rig = await make();
      const told: Told = { calls: [], data: [], inside: false };
      const call = (what: string): void => {
        expect(told.inside, 'the owner was called from inside a call to the line').toBe(false);
        told.calls.push(what);
      };
      try {
        expect(rig.line.write(Uint8Array.of(1)), 'a write before the line is open').toBe(false);
        inside(told, () =>
          rig.line.open({
            up: () => call('up'),
            down: (reason) => {
              expect(reason).not.toBe('');
              call('down');
            },
            data: (bytes) => {
              expect(told.inside).toBe(false);
              told.data.push(...bytes);
            },
          }),
        );
        await rig.until(() => told.calls.includes('up'), 'the line comes up');
        await body(rig, told);
      } finally {
        await rig.line.close();
        await rig.dispose();
      }
    };

    test(
      'bytes arrive in order, both ways',
      onLine(async ({ line, far, until }, told) => {
        const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
        expect(inside(told, () => line.write(bytes.subarray(0, 100)))).toBe(true);
        expect(inside(told, () => line.write(bytes.subarray(100)))).toBe(true);
        await until(() => far.received().length === 256, 'the device has all bytes');
        expect([...far.received()]).toEqual([...bytes]);
        far.send(bytes);
        await until(() => told.data.length === 256, 'the owner has all bytes');
        expect(told.data).toEqual([...bytes]);
        expect(told.calls).toEqual(['up']);
      }),
    );

    test(
      'a loss is told once with a reason, nothing is taken meanwhile, and the line comes back by itself',
      onLine(async ({ line, far, until }, told) => {
        far.lose();
        await until(() => {
          // Some losses are noticed only by who writes.
          inside(told, () => line.write(Uint8Array.of(0xee)));
          return told.calls.includes('down');
        }, 'the loss is told');
        expect(line.write(Uint8Array.of(2))).toBe(false);
        const before = far.received().length;
        far.restore();
        await until(() => told.calls.at(-1) === 'up', 'the line comes back');
        line.write(Uint8Array.of(3));
        far.send(Uint8Array.of(4));
        await until(() => far.received().length > before && told.data.length > 0, 'bytes flow again');
        expect(far.received().slice(before)).toEqual(Uint8Array.of(3));
        expect(told.data).toEqual([4]);
        expect(told.calls.filter((call) => call === 'up')).toHaveLength(2);
      }),
    );

    test(
      'reset makes a new connection',
      onLine(async ({ line, far, until }, told) => {
        inside(told, () => line.reset('nothing heard'));
        await until(() => told.calls.length === 3, 'down and up again');
        expect(told.calls).toEqual(['up', 'down', 'up']);
        const before = far.received().length;
        await until(() => {
          if (far.received().length === before) line.write(Uint8Array.of(5));
          return far.received().length > before;
        }, 'bytes flow on the new connection');
      }),
    );

    test(
      'after close the owner hears nothing more and nothing is taken',
      onLine(async ({ line, far }, told) => {
        await line.close();
        far.send(Uint8Array.of(6));
        expect(line.write(Uint8Array.of(7))).toBe(false);
        expect(told.calls).toEqual(['up']);
        expect(told.data).toEqual([]);
      }),
    );
  });
}

interface Told {
  calls: string[];
  data: number[];
  inside: boolean;
}

function inside<T>(told: Told, call: () => T): T {
  told.inside = true;
  try {
    return call();
  } finally {
    told.inside = false;
  }
}

/** For rigs of real devices: looks again every few milliseconds, until a deadline. */
export async function untilReally(condition: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!condition()) {
    if (performance.now() > deadline) expect.fail(`waited 10 s in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
