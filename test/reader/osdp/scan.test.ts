import { describe, expect, it } from 'vitest';
import { moveReader } from '../../../src/reader/osdp/comset.ts';
import { inquire } from '../../../src/reader/osdp/inquirer.ts';
import { fullWait, type Inquiry, type Question } from '../../../src/reader/osdp/inquiry.ts';
import { scan } from '../../../src/reader/osdp/scan.ts';
import { osdpReaders, type SimulatedReaders } from '../../../src/sim/osdp-reader.ts';
import { memoryLine } from '../../support/memory-line.ts';
import { virtualClock } from '../../support/virtual-clock.ts';

/** A wire that can be opened at any rate, one line at a time, with simulated readers at theirs. */
function wire() {
  const clock = virtualClock();
  let reply: (bytes: Uint8Array) => void = () => {};
  const readers: SimulatedReaders = osdpReaders(clock, (bytes) => reply(bytes));
  const asked: Question[] = [];
  let open = 0;
  const lineAt = (baud: number) => {
    const { line, far } = memoryLine(clock, 'readers', baud);
    open += 1;
    expect(open).toBe(1);
    reply = (bytes) => far.send(bytes, 3);
    far.onData((bytes) => readers.receive(bytes, baud));
    return {
      ...line,
      close: () => {
        open -= 1;
        return line.close();
      },
    };
  };
  /** Runs to the end; all of its time passes. */
  async function ends<T>(inquiry: Inquiry<T>): Promise<T> {
    let over = false;
    const result = inquire(inquiry, lineAt, clock, (question) => asked.push(question)).finally(() => {
      over = true;
    });
    while (!over) {
      clock.advance(clock.untilNext() ?? 1);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(open).toBe(0);
    return result;
  }
  return { readers, clock, asked, ends, babble: (bytes: Uint8Array) => reply(bytes) };
}

const some = Array.from({ length: 8 }, (_, address) => address);

describe('a scan', () => {
  it('finds readers at their addresses and rates, and asks who they are', async () => {
    const { readers, ends, clock } = wire();
    readers.reader(0, 9600);
    readers.reader(5, 38_400).setKey(new Uint8Array(16).fill(7));
    const found = await ends(scan([9600, 19_200, 38_400], some, 60));
    expect(found).toMatchObject([
      { address: 0, baud: 9600, identity: { serial: 1000 }, only_secure: false, garbled: false },
      { address: 5, baud: 38_400, identity: { serial: 1005 }, only_secure: true, garbled: false },
    ]);
    expect(found[0]?.capabilities).toContainEqual({ feature: 9, compliance: 1, count: 0 });
    expect(clock.mono()).toBeLessThan(24 * 100);
  });

  it('tells two readers with one address from one', async () => {
    const { readers, ends } = wire();
    readers.reader(3, 9600).fault('corrupt_reply', true);
    expect(await ends(scan([9600], some, 60))).toMatchObject([{ address: 3, identity: null, garbled: true }]);
  });

  it.each(['busy', 'noise_before', 'byte_by_byte', 'echo', 'double_reply', 'delay_250'] as const)(
    'finds a reader through %s, given time',
    async (fault) => {
      const { readers, ends } = wire();
      readers.reader(2, 9600).fault(fault, true);
      const found = await ends(scan([9600], some, fault === 'delay_250' ? 400 : fullWait));
      expect(found.map(({ address }) => address)).toEqual([2]);
    },
  );

  it('finds nobody where nobody is, within 70 ms an address', async () => {
    const { ends, clock } = wire();
    expect(await ends(scan([9600], some, 60))).toEqual([]);
    expect(clock.mono()).toBeLessThan(8 * 80);
  });

  it('comes to its end on a wire where another controller talks all the time', async () => {
    const { ends, clock, babble } = wire();
    // Its polls, as an adapter hands them on: begun in one chunk, and ended in the next with the beginning of another.
    const poll = [0xff, 0x53, 0x09, 0x08, 0x00, 0x04, 0x60, 0xc9, 0x6c];
    const talk = (n: number): void => {
      babble(Uint8Array.from([...poll.slice(5), ...poll.slice(0, 5)]));
      if (n < 500) clock.after(20, () => talk(n + 1));
    };
    clock.after(10, () => talk(0));
    await ends(scan([9600], [1], 60));
    expect(clock.mono()).toBeLessThan(4_000);
  });

  it('that cannot open the line says why', async () => {
    const clock = virtualClock();
    const { line, far } = memoryLine(clock);
    far.unplug('/dev/ttyX does not exist');
    const lost = inquire(
      scan([9600], some, 60),
      () => line,
      clock,
      () => {},
    ).catch((error: unknown) => error);
    clock.advance(10);
    await new Promise((resolve) => setImmediate(resolve));
    far.plugIn();
    far.unplug('/dev/ttyX does not exist');
    clock.advance(10);
    expect(await lost).toMatchObject({ code: 'device_unreachable', message: '/dev/ttyX does not exist' });
  });
});

describe('a reader that is to move', () => {
  const from = { address: 0, baud: 9600 };
  const to = { address: 3, baud: 38_400 };

  it('is found at its new address and rate, the same as before, and only there', async () => {
    const { readers, ends } = wire();
    readers.reader(0, 9600);
    expect(await ends(moveReader(from, to))).toMatchObject({
      ok: true,
      at: to,
      reader: { identity: { serial: 1000 } },
    });
    expect(await ends(scan([9600, 38_400], some, 60))).toMatchObject([to]);
  });

  it('stays where it is when somebody has the place, and nobody is told anything', async () => {
    const { readers, ends, asked } = wire();
    readers.reader(0, 9600);
    readers.reader(3, 38_400);
    expect(await ends(moveReader(from, to))).toEqual({ ok: false, why: 'taken', at: to });
    expect(asked.some(({ command }) => command.type === 'comset')).toBe(false);
  });

  it.each([
    ['nobody is there', () => {}, 'nobody'],
    [
      'it is paired',
      (readers: SimulatedReaders) => readers.reader(0, 9600).setKey(new Uint8Array(16).fill(7)),
      'only_secure',
    ],
    [
      'it refuses',
      (readers: SimulatedReaders) => readers.reader(0, 9600).fault('nak_unknown_command', true),
      'refused',
    ],
  ] as const)('is left alone where %s', async (_, prepare, why) => {
    const { readers, ends } = wire();
    prepare(readers);
    expect(await ends(moveReader(from, to))).toEqual({ ok: false, why, at: from });
  });

  it('that goes where it was not seen to go is lost, and that is said', async () => {
    const { readers, ends } = wire();
    readers.reader(0, 9600);
    const elsewhere = function* (): Inquiry<unknown> {
      const inquiry = moveReader(from, to);
      let next = inquiry.next();
      while (!next.done) {
        const told = yield next.value;
        if (next.value.command.type === 'comset') readers.reader(0).fault('unplugged', true);
        next = inquiry.next(told);
      }
      return next.value;
    };
    expect(await ends(elsewhere())).toEqual({ ok: false, why: 'lost', at: to });
  });
});
