import type { Clock } from '../core/clock.ts';
import { decodeRequest, encodeReply, parse, type Reply, type Request } from '../lock-bus/frame.ts';

/** What can be wrong with any simulated unit; all of it can be changed while it runs. */
export interface UnitFaults {
  /** Answers nothing and does nothing: no power. */
  silent: boolean;
  /** Does what it is told but its answers are lost. */
  mute: boolean;
  /** Refuses every request with this code. */
  exception: number | null;
  /** Answers so much later. */
  delay_ms: number;
  /** Confirms a write of another coil or register than the one written. */
  wrong_echo: boolean;
  wrong_crc: boolean;
}

export const soundUnit = (): UnitFaults => ({
  silent: false,
  mute: false,
  exception: null,
  delay_ms: 0,
  wrong_echo: false,
  wrong_crc: false,
});

/** One device on a Modbus line. */
export interface ModbusUnit {
  readonly faults: UnitFaults;
  /** Carries a request out; null: its answer is lost. */
  obey(request: Request): Reply | null;
}

/** Units on one Modbus line: takes bytes from the line, in any chunking; they answer at once, through `send`. */
export function modbusUnits(
  clock: Clock,
  send: (bytes: Uint8Array) => void,
  units: ReadonlyMap<number, ModbusUnit>,
): (bytes: Uint8Array) => void {
  let received: Uint8Array = new Uint8Array(0);

  function answer(request: Request): void {
    const unit = units.get(request.unit);
    if (unit === undefined || unit.faults.silent) return;
    const { exception, mute, wrong_echo, wrong_crc, delay_ms } = unit.faults;
    const reply = exception === null ? unit.obey(request) : { unit: request.unit, fn: request.fn, exception };
    if (mute || reply === null) return;
    const bytes = encodeReply(wrong_echo ? misquoted(reply) : reply);
    if (wrong_crc) bytes[bytes.length - 1] = (bytes[bytes.length - 1] ?? 0) ^ 0x55;
    if (delay_ms > 0) clock.after(delay_ms, () => send(bytes));
    else send(bytes);
  }

  return (bytes) => {
    received = Uint8Array.from([...received, ...bytes]);
    for (;;) {
      const parsed = parse(received, 'request');
      if (parsed.type === 'need_more') return;
      received = received.subarray(parsed.type === 'skip' ? parsed.n : parsed.frame.length);
      const request = parsed.type === 'frame' ? decodeRequest(parsed.frame) : null;
      if (request !== null) answer(request);
    }
  };
}

/** The same reply about the next coil or register. */
function misquoted(reply: Reply): Reply {
  if ('exception' in reply) return reply;
  switch (reply.fn) {
    case 'write_coil':
    case 'write_register':
      return { ...reply, body: { ...reply.body, address: reply.body.address + 1 } };
    case 'write_registers':
      return { ...reply, body: { ...reply.body, address: reply.body.address + 1 } };
    case 'read_coils':
    case 'read_inputs':
    case 'read_holding':
    case 'write_coils':
      return reply;
  }
}
