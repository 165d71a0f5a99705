import type { Cancel, Clock } from '../../core/clock.ts';
import { AppError } from '../../core/error.ts';
import type { Line } from '../../core/line.ts';
import { encodeFrame, type Frame } from './frame.ts';
import type { Inquiry, Question, Told } from './inquiry.ts';
import { decodeReply, encodeCommand } from './layout.ts';
import { frameScanner } from './scanner.ts';

/** The standard says 20 ms, adapters that buffer need more (sheet 1). */
const interCharacterTimeout = 100;

/**
 * Carries out an inquiry on a line that `lineAt` makes for each rate (its `baud`); each is closed before the next is opened, and the last
 * at the end. `asked` is told each question before it is sent. Rejects with `device_unreachable` and the reason when a line cannot be
 * opened, or is lost.
 */
export async function inquire<T>(
  inquiry: Inquiry<T>,
  lineAt: (baud: number) => Line,
  clock: Clock,
  asked: (question: Question) => void,
): Promise<T> {
  let wire: Wire | null = null;
  try {
    for (let next = inquiry.next(); ; ) {
      if (next.done) return next.value;
      const question = next.value;
      asked(question);
      if (wire?.baud !== question.baud) {
        await wire?.close();
        wire = await openWire(lineAt(question.baud), clock);
      }
      next = inquiry.next(await wire.ask(question));
    }
  } finally {
    await wire?.close();
  }
}

interface Wire {
  readonly baud: number;
  ask(question: Question): Promise<Told>;
  close(): Promise<void>;
}

function openWire(line: Line, clock: Clock): Promise<Wire> {
  const scanner = frameScanner();
  const byteTime = 10_000 / line.baud;
  let waiting: { question: Question; until: number; resolve(told: Told): void } | null = null;
  let heard = false;
  let deadline: Cancel = () => {};
  let fail: (error: AppError) => void = () => {};

  const settle = (told: Told): void => {
    deadline();
    const { resolve } = waiting ?? { resolve: () => {} };
    waiting = null;
    // Two characters of silence before anybody is addressed (sheet 1).
    clock.after(2 * byteTime, () => resolve(told));
  };

  const expireAt = (until: number): void => {
    deadline();
    deadline = clock.after(Math.max(0, until - clock.mono()), () => {
      deal(scanner.stalled());
      if (waiting !== null) settle({ type: heard ? 'garbled' : 'silence' });
    });
  };

  const deal = (frames: readonly Frame[]): void => {
    for (const frame of frames) {
      if (waiting === null) return;
      const { address, sequence } = waiting.question;
      // Our own echo and late answers of others are no answer, and no garbage either.
      heard = false;
      if (!frame.reply || frame.address !== address) continue;
      const reply = frame.security === null ? decodeReply(frame.code, frame.data) : null;
      const anyNumber = reply?.type === 'busy' || reply?.type === 'nak';
      if (frame.sequence === sequence || anyNumber) settle({ type: 'reply', reply });
    }
  };

  const data = (bytes: Uint8Array): void => {
    if (waiting === null) return;
    heard = true;
    deal(scanner.push(bytes));
    const size = scanner.awaited();
    if (waiting === null || size === null) return;
    // What has begun may take the time it needs; where somebody else talks without end, nobody waits for the end of that.
    const { until } = waiting;
    const latest = until + interCharacterTimeout + size * byteTime;
    expireAt(Math.max(until, Math.min(clock.mono() + interCharacterTimeout, latest)));
  };

  const ask = (question: Question): Promise<Told> =>
    new Promise((resolve, reject) => {
      const { address, sequence, command } = question;
      const head = { address, reply: false, sequence, check: 'crc', security: null } as const;
      const bytes = encodeFrame({ ...head, ...encodeCommand(command) });
      fail = reject;
      scanner.clear();
      heard = false;
      waiting = { question, until: clock.mono() + bytes.length * byteTime + question.wait_ms, resolve };
      if (line.write(bytes)) expireAt(waiting.until);
      else reject(new AppError('device_unreachable', `${line.name} takes no bytes`));
    });

  return new Promise((resolve, reject) => {
    fail = (error) => void line.close().then(() => reject(error));
    line.open({
      up: () => resolve({ baud: line.baud, ask, close: () => line.close() }),
      data,
      down: (reason) => fail(new AppError('device_unreachable', reason)),
    });
  });
}
