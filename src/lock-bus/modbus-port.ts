import mb from 'modbus-serial';
import { type Request, unpackRegisters } from './frame.ts';

/** What a whole frame is, seen from the request in flight. */
export type Verdict =
  | { type: 'bits'; bits: boolean[] }
  | { type: 'registers'; registers: number[] }
  | { type: 'written' }
  | { type: 'exception'; code: number }
  | { type: 'foreign'; why: string };

/** `modbus-serial` without a port of its own: it encodes requests and judges whole frames, and keeps no time. */
export interface ModbusPort {
  /** Encodes a request and hands it to `send` in the same call. It is then the one in flight. */
  request(request: PortRequest): void;
  /** Judges a whole frame with a good CRC against the request in flight. A foreign frame leaves the request in flight. */
  judge(frame: Uint8Array): Verdict;
}

/** The functions that relay boards and code locks need. */
export type PortRequest = Exclude<Request, { fn: 'write_coils' }>;

/**
 * The library takes any emitter for its port. This one has a single listener, answers `open` at once and never
 * reports itself closed: the line's state is the queue's business.
 */
export function modbusPort(send: (bytes: Uint8Array) => void): ModbusPort {
  let listener: ((frame: Buffer) => void) | null = null;
  const port = {
    isOpen: true,
    on(event: string, fn: (frame: Buffer) => void) {
      if (event === 'data') listener = fn;
      return port;
    },
    once: () => port,
    removeListener: () => port,
    open: (opened: (error: null) => void) => opened(null),
    write: send,
  };
  const client = new mb.default(port);
  client.open();

  let inFlight: PortRequest | null = null;
  let verdict: Verdict = { type: 'foreign', why: 'nothing was asked' };
  // The library's callback runs inside `judge`, once for each frame handed to it.
  const settle = (error: unknown, found: () => Verdict): void => {
    if (error === null) verdict = found();
    else verdict = refusal(error);
  };

  return {
    request(request) {
      inFlight = request;
      const { unit, body } = request;
      switch (request.fn) {
        case 'read_coils':
        case 'read_inputs': {
          const { count } = request.body;
          const write = request.fn === 'read_coils' ? client.writeFC1 : client.writeFC2;
          write.call(client, unit, body.address, count, (error, answer) =>
            settle(error, () => ({ type: 'bits', bits: answer.data.slice(0, count) })),
          );
          return;
        }
        case 'read_holding': {
          const { count } = request.body;
          client.writeFC3(unit, body.address, count, (error, answer) =>
            settle(error, () => ({ type: 'registers', registers: answer.data })),
          );
          return;
        }
        case 'write_registers': {
          const { count, values } = request.body;
          client.writeFC16(unit, body.address, unpackRegisters(values), (error, echo) =>
            settle(error, () => compare(body.address === echo.address && count === echo.length)),
          );
          return;
        }
        case 'write_coil': {
          const state = request.body.value !== 0;
          client.writeFC5(unit, body.address, state, (error, echo) =>
            settle(error, () => compare(body.address === echo.address && state === echo.state)),
          );
          return;
        }
        case 'write_register': {
          const { value } = request.body;
          client.writeFC6(unit, body.address, value, (error, echo) =>
            settle(error, () => compare(body.address === echo.address && value === echo.value)),
          );
          return;
        }
      }
    },
    judge(frame) {
      if (inFlight === null || listener === null) return { type: 'foreign', why: 'nothing was asked' };
      // The library takes an exception of any unit for its own, and every FC5 value but FF00 for "off".
      if (frame[0] !== inFlight.unit) return { type: 'foreign', why: `unit ${frame[0]} was not asked` };
      if (frame[1] === 5 && ![0x0000, 0xff00].includes((frame[4] ?? 0) * 256 + (frame[5] ?? 0))) {
        return { type: 'foreign', why: 'a coil value that does not exist' };
      }
      verdict = { type: 'foreign', why: 'not the function that was asked for' };
      listener(Buffer.from(frame));
      if (verdict.type !== 'foreign') inFlight = null;
      return verdict;
    },
  };
}

const compare = (same: boolean): Verdict =>
  same ? { type: 'written' } : { type: 'foreign', why: 'the echo differs from what was written' };

function refusal(error: unknown): Verdict {
  const code: unknown = (error as { modbusCode?: unknown }).modbusCode;
  if (typeof code === 'number') return { type: 'exception', code };
  return { type: 'foreign', why: 'not the reply that was asked for' };
}
