import type { LockOutcome, LockReport, LockState } from '../core/lock.ts';

/**
 * What one relay lock should be doing and what it does, as a pure machine. A release is written once and proved by reading
 * back; whatever goes wrong with it, the lock is wanted secured from then on. A lock found released that should be
 * secured is written again at every read until it is; one found secured is never released again.
 */
export interface LockMachine {
  /** Number of the write last decided on: results of an older one are not listened to. */
  op: number;
  wanted: Wanted;
  /** The wanted state has been seen on the output since it was commanded. */
  proved: boolean;
  /** Last read-back that is still worth something. */
  found: LockState | null;
  /** What was last told as `output`. */
  told: LockState | null;
  phase: Phase;
}

interface Timed {
  unit_ms: number;
}

/** A timed output lets go by itself, somewhen in `[from, until]` (mono milliseconds). */
export type Wanted =
  | { state: 'secured' }
  | { state: 'released'; by_itself: { from: number; until: number } | null };

type Phase =
  | { type: 'idle' }
  /** Reading before the output is written, which it need not be if it is as wanted and keeps no time. */
  | { type: 'looking'; strike_ms: number; failures: number }
  | { type: 'writing' }
  /** Reading back. Before `until` a coil that has not followed yet is read again. */
  | { type: 'proving'; echoed: boolean; until: number; failures: number; raw: string | null };

export type LockEvent =
  /** `timed`: the board itself lets go after `strike_ms`, in steps of `unit_ms`; null: it does not. */
  | { type: 'release'; strike_ms: number; timed: Timed | null }
  /** Released for so long or longer, as it may be already. */
  | { type: 'hold'; strike_ms: number; timed: Timed | null }
  | { type: 'secure' }
  /** How the write of an op ended. `undelivered`: it never left. */
  | { type: 'echoed'; op: number }
  | { type: 'refused'; op: number; detail: string; raw: string }
  | { type: 'unanswered'; op: number; raw: string | null }
  | { type: 'undelivered'; op: number; detail: string }
  /** The output was read; only reads that were asked for after the last write count while one is being proved. */
  | { type: 'read'; found: LockState }
  | { type: 'read_failed'; detail: string }
  /** The board does not answer any more, or the line is down. */
  | { type: 'lost'; detail: string };

export type LockEffect =
  | { do: 'write'; op: number; state: LockState; strike_ms: number }
  /** Read the output now, as urgently as the write before. */
  | { do: 'read' }
  /** Answers whoever waits for this op or an earlier one. */
  | { do: 'settle'; op: number; outcome: LockOutcome }
  | { do: 'report'; report: LockReport };

export interface LockStep {
  state: LockMachine;
  effects: LockEffect[];
}

/** A coil that has not followed this long after its echo does not follow. */
const followMs = 100;
/** Read-backs that may fail before the result stays unknown. */
const readTries = 2;

export const newLock: LockMachine = {
  op: 0,
  wanted: { state: 'secured' },
  proved: false,
  found: null,
  told: null,
  phase: { type: 'idle' },
};

/** One event. `now` is mono milliseconds. */
export function stepLock(state: LockMachine, event: LockEvent, now: number): LockStep {
  switch (event.type) {
    case 'release':
      return command(state, released(event, now), event.strike_ms);
    case 'hold':
      return hold(state, event, now);
    case 'secure':
      if (state.wanted.state === 'secured' && state.phase.type !== 'idle') return { state, effects: [] };
      if (state.found === 'secured' && state.phase.type === 'idle') {
        const settled: LockEffect = { do: 'settle', op: state.op, outcome: { ok: true } };
        return { state: { ...state, wanted: { state: 'secured' }, proved: true }, effects: [settled] };
      }
      return command(state, { state: 'secured' }, 0);
    case 'echoed':
    case 'unanswered': {
      if (event.op !== state.op || state.phase.type !== 'writing') return { state, effects: [] };
      const echoed = event.type === 'echoed';
      const raw = echoed ? null : event.raw;
      const phase: Phase = { type: 'proving', echoed, until: now + followMs, failures: 0, raw };
      return { state: { ...state, phase }, effects: [{ do: 'read' }] };
    }
    case 'refused':
      if (event.op !== state.op || state.phase.type !== 'writing') return { state, effects: [] };
      return failed(state, failure('lock_refused', event.detail, event.raw));
    case 'undelivered':
      if (event.op !== state.op || state.phase.type !== 'writing') return { state, effects: [] };
      return failed(state, failure('lock_offline', event.detail, null));
    case 'read':
      return read(state, event.found, now);
    case 'read_failed': {
      if (state.phase.type !== 'proving' && state.phase.type !== 'looking') return { state, effects: [] };
      const failures = state.phase.failures + 1;
      if (failures >= readTries) return unread(state, event.detail);
      return { state: { ...state, phase: { ...state.phase, failures } }, effects: [{ do: 'read' }] };
    }
    case 'lost': {
      const lost: LockMachine = { ...state, found: null, told: null };
      return unread(lost, event.detail);
    }
  }
}

/** Ends what needs a read-back that does not come. */
function unread(state: LockMachine, detail: string): LockStep {
  switch (state.phase.type) {
    case 'proving':
      return failed(state, failure('unknown_result', detail, state.phase.raw));
    case 'looking':
      return failed(state, failure('lock_offline', detail, null));
    case 'idle':
    case 'writing':
      return { state, effects: [] };
  }
}

function released({ strike_ms, timed }: { strike_ms: number; timed: Timed | null }, now: number): Wanted {
  // Relay boards keep time by a coarse tick and start it when the write arrives: 5 % and 2 s of grace.
  const by_itself = timed && {
    from: now + strike_ms * 0.95 - timed.unit_ms,
    until: now + strike_ms * 1.05 + timed.unit_ms + 2000,
  };
  return { state: 'released', by_itself };
}

function hold(state: LockMachine, event: LockEvent & { type: 'hold' }, now: number): LockStep {
  const wanted = released(event, now);
  const { strike_ms, timed } = event;
  if (state.phase.type !== 'idle' || state.found === 'secured') return command(state, wanted, strike_ms);
  if (state.found === null) {
    const phase: Phase = { type: 'looking', strike_ms, failures: 0 };
    return { state: { ...state, op: state.op + 1, wanted, proved: false, phase }, effects: [{ do: 'read' }] };
  }
  if (timed === null) {
    const settled: LockEffect = { do: 'settle', op: state.op, outcome: { ok: true } };
    return { state: { ...state, wanted, proved: true }, effects: [settled] };
  }
  // The board's time is only begun anew: what was read before is still so.
  const again = command(state, wanted, strike_ms);
  return { ...again, state: { ...again.state, found: state.found } };
}

type Failure = Exclude<LockOutcome, { ok: true }>;

const failure = (code: Failure['code'], detail: string, raw: string | null): Failure =>
  raw === null ? { ok: false, code, detail } : { ok: false, code, detail, raw };

function command(state: LockMachine, wanted: Wanted, strike_ms: number): LockStep {
  const op = state.op + 1;
  const effects: LockEffect[] = [];
  if (state.phase.type !== 'idle' && state.wanted.state !== wanted.state) {
    const outcome = failure('unknown_result', 'a newer command came before its proof', null);
    effects.push({ do: 'settle', op: state.op, outcome });
  }
  effects.push({ do: 'write', op, state: wanted.state, strike_ms });
  const phase: Phase = { type: 'writing' };
  return { state: { ...state, op, wanted, proved: false, found: null, phase }, effects };
}

/** Ends a command without proof. */
function failed(state: LockMachine, outcome: LockOutcome): LockStep {
  return {
    state: { ...state, wanted: { state: 'secured' }, proved: false, phase: { type: 'idle' } },
    effects: [{ do: 'settle', op: state.op, outcome }],
  };
}

function read(state: LockMachine, found: LockState, now: number): LockStep {
  // What was read before the write arrives says nothing about it.
  if (state.phase.type === 'writing') return { state, effects: [] };
  const seen: LockMachine = { ...state, found, told: found };
  const effects: LockEffect[] =
    state.told === found ? [] : [{ do: 'report', report: { type: 'output', state: found } }];
  const agrees = found === state.wanted.state;

  const timed = state.wanted.state === 'released' && state.wanted.by_itself !== null;
  if (state.phase.type === 'looking' && (!agrees || timed)) {
    const write = command(seen, state.wanted, state.phase.strike_ms);
    return { state: { ...write.state, told: found }, effects: [...effects, ...write.effects] };
  }
  if (state.phase.type === 'looking') {
    const settled: LockEffect = { do: 'settle', op: state.op, outcome: { ok: true } };
    return { state: { ...seen, proved: true, phase: { type: 'idle' } }, effects: [...effects, settled] };
  }
  if (state.phase.type === 'proving') {
    const { echoed, until, raw } = state.phase;
    if (agrees) {
      const settled: LockEffect = { do: 'settle', op: state.op, outcome: { ok: true } };
      return { state: { ...seen, proved: true, phase: { type: 'idle' } }, effects: [...effects, settled] };
    }
    if (echoed && now < until) return { state, effects: [{ do: 'read' }] };
    const cause = echoed ? 'the board confirmed the command' : 'the board did not confirm the command';
    const detail = `${cause}, but the output reads ${found}`;
    const after = failed(seen, failure('lock_mismatch', detail, raw));
    return { state: after.state, effects: [...effects, ...after.effects] };
  }

  const own = state.wanted.state === 'released' ? state.wanted.by_itself : null;
  const overdue = own !== null && now > own.until;
  if (agrees && !overdue) return { state: { ...seen, proved: true }, effects };
  const secured: Wanted = { state: 'secured' };
  if (found === 'secured' && own !== null && now >= own.from) {
    return { state: { ...seen, wanted: secured, proved: true }, effects };
  }
  if (state.proved) {
    const wanted = overdue ? 'secured' : state.wanted.state;
    effects.push({ do: 'report', report: { type: 'mismatch', wanted, found } });
  }
  if (found === 'secured') return { state: { ...seen, wanted: secured, proved: true }, effects };
  const again = command(seen, secured, 0);
  return { state: { ...again.state, told: found }, effects: [...effects, ...again.effects] };
}
