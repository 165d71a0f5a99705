import type { Clock } from '../../src/core/clock.ts';
import type { HolderReport, HolderTraits, SlotOutcome, SlotReading } from '../../src/core/holder.ts';
import { Secret } from '../../src/core/secret.ts';
import type { CodeLock } from '../../src/door/holders.ts';

/** How a device misbehaves, once or until it is told to stop. */
export interface Misbehaviour {
  state: 'online' | 'offline' | 'asleep';
  /** Says "not now" to everything. */
  busy: boolean;
  /** Refuses every write, and says what to set. */
  misconfigured: boolean;
  /** Says that it is full, whatever it holds. */
  full: boolean;
  /** Shows no digits of what it holds. */
  masks: boolean;
  /** Refuses a code that another slot holds. */
  refusesDuplicates: boolean;
  /** The next so many writes and removals are lost on their way. */
  losesWrites: number;
  /** The next so many are carried out, and their answers lost. */
  losesAnswers: number;
  /** Refuses these digits for good. */
  refuses: string | null;
}

/** A device that keeps codes, in memory, on the test's clock: it takes 10 ms for everything. */
export interface FakeHolder extends CodeLock {
  readonly is: Misbehaviour;
  /** What it holds, by slot. */
  readonly codes: Map<number, string>;
  /** Every write and removal that reached it, in order. */
  readonly deeds: string[];
  /** Tells its state. */
  become(state: Misbehaviour['state']): void;
  report(report: HolderReport): void;
  /** Whoever spoke to it is gone: it goes on, and the answer reaches nobody. */
  forsaken(): void;
}

const defaults: HolderTraits = {
  capacity: 10,
  first_slot: 1,
  reserved_slots: [],
  code_lengths: [4, 5, 6],
  confirm_at: 'read_back',
  removal_proof: 'read_back',
  reads: 'digits',
  sleeps: false,
};

export function fakeHolder(clock: Clock, given: Partial<HolderTraits> = {}): FakeHolder {
  const traits = { ...defaults, ...given };
  const codes = new Map<number, string>();
  const deeds: string[] = [];
  let heard: (report: HolderReport) => void = () => {};
  let working = false;
  let life = 0;
  const is: Misbehaviour = {
    state: 'online',
    busy: false,
    misconfigured: false,
    full: false,
    masks: false,
    refusesDuplicates: true,
    losesWrites: 0,
    losesAnswers: 0,
    refuses: null,
  };

  const unknown: SlotOutcome = { ok: false, why: 'unknown_result', detail: 'no answer within 3 s' };
  const raw = 'c0ffee';

  function later<T>(work: () => T): Promise<T> {
    if (working) throw new Error('two orders at one device at the same time');
    working = true;
    const mine = life;
    return new Promise((resolve) => {
      clock.after(10, () => {
        const done = work();
        if (mine !== life) return;
        working = false;
        resolve(done);
      });
    });
  }

  function unable(mayWrite: () => boolean): SlotOutcome | null {
    if (is.state !== 'online') return { ok: false, why: is.state, detail: `it is ${is.state}` };
    if (is.busy) return { ok: false, why: 'busy', detail: 'somebody programs it' };
    if (is.misconfigured) {
      return { ok: false, why: 'disabled_in_panel', detail: 'enable user codes in location 211', raw };
    }
    return mayWrite() ? null : { ok: false, why: 'armed', detail: 'a partition is armed' };
  }

  function refusal(slot: number, digits: string): SlotOutcome | null {
    if (is.refuses === digits) return { ok: false, why: 'rejected', detail: 'it refuses', raw };
    if (is.full) return { ok: false, why: 'full', detail: 'it says that it is full', raw };
    const other = [...codes].find(([at, held]) => held === digits && at !== slot);
    if (is.refusesDuplicates && other !== undefined) {
      return { ok: false, why: 'duplicate', detail: 'another slot holds it', raw, slot: other[0] };
    }
    return null;
  }

  /** Loses what is to be lost; `carry` does the thing. */
  function done(carry: () => void, evidence: 'acknowledged' | 'verified' | 'read_back'): SlotOutcome {
    if (is.losesWrites > 0) {
      is.losesWrites -= 1;
      return unknown;
    }
    carry();
    if (is.losesAnswers > 0) {
      is.losesAnswers -= 1;
      return unknown;
    }
    return { ok: true, evidence };
  }

  const strongest =
    traits.confirm_at === 'verified' ? 'verified' : traits.reads === 'digits' ? 'read_back' : 'acknowledged';

  return {
    traits,
    is,
    codes,
    deeds,
    start(report) {
      heard = report;
      report({ type: 'online', firmware: '1.0' });
    },
    close: async () => {},
    report: (report) => heard(report),
    forsaken() {
      life += 1;
      working = false;
    },
    become(state) {
      is.state = state;
      if (state === 'online') heard({ type: 'online', firmware: '1.0' });
      else heard({ type: state, detail: `it is ${state}` });
    },
    write: (slot, code, _partitions, mayWrite) =>
      later(() => {
        const digits = code.reveal();
        const refused = unable(mayWrite) ?? refusal(slot, digits);
        if (refused !== null) return refused;
        deeds.push(`write ${slot} ${digits}`);
        return done(() => codes.set(slot, digits), strongest);
      }),
    clear: (slot, _code, mayWrite) =>
      later(() => {
        const refused = unable(mayWrite);
        if (refused !== null) return refused;
        deeds.push(`clear ${slot}`);
        return done(() => codes.delete(slot), strongest);
      }),
    read: (slot) =>
      later((): SlotReading => {
        if (is.state !== 'online') return { ok: false, why: is.state, detail: `it is ${is.state}` };
        if (is.busy) return { ok: false, why: 'busy', detail: 'somebody programs it' };
        const held = codes.get(slot);
        if (held === undefined) return { ok: true, content: 'empty' };
        if (is.masks || traits.reads !== 'digits')
          return { ok: true, content: 'unreadable', detail: 'masked' };
        return { ok: true, content: 'code', digits: new Secret(held) };
      }),
  };
}
