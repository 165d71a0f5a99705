import type { ReaderReport } from '../../core/reader.ts';
import type { OutputState } from '../../core/reader-output.ts';
import { type Command, type Reply, unknownCommand } from './layout.ts';

/** The outputs of one reader that are used. Times are milliseconds of the clock's `mono`. */
export interface Outputs {
  readonly all: readonly Output[];
  /** When they are asked for next; infinite: the reader does not tell. */
  readonly ask_at: number;
}

export interface Output {
  /** Counted from 0. */
  readonly output: number;
  readonly on: boolean;
  /** When the reader is told next. */
  readonly tell_at: number;
  /** Told, and not shown since. */
  readonly unproved: boolean;
  /** As it was shown last. */
  readonly state: OutputState;
  /** It cannot be had of this reader, which is not told again until it has said anew what it can. */
  readonly refused: boolean;
  /** Why it does not do what it is told. */
  readonly fault: string | null;
}

/** An output is never told more than to be on for this long: without us it goes out by itself. */
const pulse = 10_000;
/** Two renewals may be lost. */
const renewedEvery = 3_000;
/** One that is steady is looked at, and one that does not obey is told again, this often. */
const checkedEvery = 10_000;
const never = Number.POSITIVE_INFINITY;
/** Sheet 4, OUT: off for good; on for a time, then as it is for good. */
const control = { off: 1, on_for: 5 } as const;

/** Of a reader that has told nothing yet; each is to be off. */
export function newOutputs(numbers: readonly number[]): Outputs {
  return {
    all: numbers.map((output) => ({
      output,
      on: false,
      tell_at: 0,
      unproved: false,
      state: 'unknown',
      refused: false,
      fault: null,
    })),
    ask_at: 0,
  };
}

/** With one that is to be otherwise. */
export function switched(outputs: Outputs, output: number, on: boolean, now: number): Outputs {
  const all = outputs.all.map((one) =>
    one.output === output && one.on !== on ? { ...one, on, tell_at: now } : one,
  );
  return { ...outputs, all };
}

/** When there is something to be said or asked of outputs; infinite: never. */
export function outputsDue({ all, ask_at }: Outputs): number {
  const used = all.filter(({ refused }) => !refused);
  return used.length === 0 ? never : Math.min(ask_at, ...used.map(({ tell_at }) => tell_at));
}

/** What is to be said or asked of outputs before the next poll; null: nothing. */
export function outputCommand({ all, ask_at }: Outputs, now: number): Command | null {
  const due = all.find(({ refused, tell_at }) => !refused && tell_at <= now);
  if (due !== undefined) return telling(due);
  return ask_at <= now && all.some(({ refused }) => !refused) ? { type: 'ostat', value: {} } : null;
}

/** One record in a command: a refusal then says which output it is of. Times are in 100 ms. */
const telling = ({ output, on }: Output): Command => ({
  type: 'out',
  value: [{ output, control: on ? control.on_for : control.off, timer: on ? pulse / 100 : 0 }],
});

/** Outputs after an answer (null: one that cannot be read), and what is to be told of them. `arrived`: the reader was away. */
export function outputsAfter(
  before: Outputs,
  command: Command,
  told: Reply | null,
  arrived: boolean,
  now: number,
): { outputs: Outputs; reports: ReaderReport[] } {
  if (before.all.length === 0) return { outputs: before, reports: [] };
  const known = arrived ? anew(before, now) : before;
  const outputs = answered(known, command, told, now);
  const reports = outputs.all.flatMap(({ output, state, fault }, at): ReaderReport[] => {
    const was = known.all[at];
    const same = was?.state === state && was.fault === fault;
    return same ? [] : [{ type: 'output', output, state, fault }];
  });
  return { outputs, reports };
}

/** What cannot be had stays so: that is said by the capabilities, which a reader tells before it is there. */
const anew = ({ all }: Outputs, now: number): Outputs => ({
  all: all.map((one) => ({ ...one, tell_at: now, unproved: false, state: 'unknown' })),
  ask_at: now,
});

function answered(outputs: Outputs, command: Command, told: Reply | null, now: number): Outputs {
  switch (command.type) {
    case 'cap': {
      const said = told?.type === 'pdcap' ? told.value : [];
      return { ...outputs, all: outputs.all.map((one) => capable(one, said)) };
    }
    case 'out': {
      const after = { ...outputs, all: outputs.all.map((one) => obeyed(one, command, told, now)) };
      if (told?.type === 'ostatr') return proved(after, told.value.states, now);
      return after.ask_at === never ? after : { ...after, ask_at: now };
    }
    case 'ostat':
      if (told?.type === 'ostatr') return proved(outputs, told.value.states, now);
      return { ...outputs, ask_at: told?.type === 'nak' ? never : now + checkedEvery };
    default:
      return told?.type === 'ostatr' ? overheard(outputs, told.value.states, now) : outputs;
  }
}

type Capabilities = Extract<Reply, { type: 'pdcap' }>['value'];

/** Sheet 5, PDCAP 2: 1 and 2 are outputs without a timer. A reader that says nothing of outputs is tried. */
function capable(one: Output, said: Capabilities): Output {
  const entry = said.find(({ feature }) => feature === 2);
  if (entry === undefined) return { ...one, refused: false };
  const { compliance, count } = entry;
  if (compliance === 0 || count <= one.output) {
    const has = compliance === 0 || count === 0 ? 'no output' : `outputs 0 to ${count - 1} only`;
    return lacking(one, `it says that it has ${has}`);
  }
  if (compliance < 3) return lacking(one, 'it says that its outputs have no timer: without us one stayed on');
  return { ...one, refused: false };
}

const lacking = (one: Output, fault: string): Output => ({
  ...one,
  refused: true,
  unproved: false,
  state: 'unknown',
  fault,
});

/** After an answer to OUT. One that only acknowledges has proved nothing yet. */
function obeyed(one: Output, { value }: Command & { type: 'out' }, told: Reply | null, now: number): Output {
  const [record] = value;
  if (told?.type === 'nak') {
    const { error } = told.value;
    const concerned = record?.output === one.output || error === unknownCommand;
    return concerned ? lacking(one, `it refuses to switch it, with NAK ${error}`) : one;
  }
  const current = record?.output === one.output && (record.control === control.on_for) === one.on;
  return current ? { ...one, tell_at: one.on ? now + renewedEvery : never, unproved: true } : one;
}

/** After the states that were asked for. Of an output that is about to be told otherwise they prove nothing. */
function proved(outputs: Outputs, states: Uint8Array, now: number): Outputs {
  const judge = (one: Output): Output => {
    const state = stateIn(states, one);
    if (one.refused) return one;
    if (state === 'unknown') return lacking(one, `it shows ${states.length} outputs only`);
    if (one.tell_at <= now) return { ...one, state };
    const proof = { ...one, state, unproved: false };
    if ((state === 'on') === one.on) return { ...proof, fault: null };
    // One that has changed by itself is told at once; for one that does not obey there is no haste.
    if (!one.unproved && one.fault === null) return { ...proof, tell_at: now };
    const fault = `it was switched ${one.on ? 'on' : 'off'}, and shows ${state}`;
    return { ...proof, tell_at: Math.min(one.tell_at, now + checkedEvery), fault };
  };
  return { ...outputs, all: outputs.all.map(judge), ask_at: now + checkedEvery };
}

/** After states that a reader told by itself: they may be older than what it was told last, and are looked into. */
function overheard(outputs: Outputs, states: Uint8Array, now: number): Outputs {
  const strange = outputs.all.some((one) => !one.refused && stateIn(states, one) !== one.state);
  return strange && outputs.ask_at !== never ? { ...outputs, ask_at: now } : outputs;
}

const stateIn = (states: Uint8Array, { output }: Output): OutputState => {
  const state = states[output];
  return state === undefined ? 'unknown' : state === 0 ? 'off' : 'on';
};
