import { type Deed, type Found, lanes, people, type Told } from './power-told.ts';

/** What a disk that lost power must hold, from what was begun and what was said to be durable before. */
export interface PowerModel {
  hear(told: Told): void;
  /** How many deeds were said to be durable. */
  readonly done: number;
}

/** Throws, naming what is wrong, when something found after a cut is less than what was durable before, or half of it. */
export function powerModel(): PowerModel {
  const commits = Array.from({ length: lanes }, () => ({ done: 0, begun: 0 }));
  const events = { done: 0, begun: 0 };
  const uses = { done: 0, begun: 0 };
  /** Whether somebody may be found at the doors' table as let in. */
  const mayBeIn = Array.from({ length: people }, () => false);
  let done = 0;

  const within = (
    what: string,
    k: number,
    { done: least, begun: most }: { done: number; begun: number },
  ): void => {
    if (k < least) throw new Error(`lost: ${what} is ${k}, and ${least} was durable`);
    if (k > most) throw new Error(`from nowhere: ${what} is ${k}, and only ${most} was begun`);
  };
  const risesByOne = (what: string, numbers: readonly number[]): void => {
    numbers.forEach((k, i) => {
      const before = numbers[i - 1];
      if (before !== undefined && k !== before + 1) throw new Error(`${what}: ${k} follows on ${before}`);
    });
  };

  const judge = (found: Found): void => {
    for (const [lane, at] of found.lanes.entries()) {
      const model = commits[lane];
      if (model === undefined) continue;
      within(`commit of lane ${lane}`, at.user, model);
      const fed = at.feed.at(-1) ?? at.user;
      if (at.access !== at.user || at.mark !== at.user || fed !== at.user) {
        throw new Error(`half of a commit: lane ${lane} has ${JSON.stringify({ ...at, feed: fed })}`);
      }
      risesByOne(`feed of lane ${lane}`, at.feed);
      Object.assign(model, { done: at.user, begun: at.user });
    }
    risesByOne('numbers of the feed', found.seqs);
    risesByOne('events', found.events);
    const event = found.events.at(-1) ?? 0;
    within('last event', event, events);
    Object.assign(events, { done: event, begun: event });
    within('count of uses', found.used, uses);
    Object.assign(uses, { done: found.used, begun: found.used });
    for (const person of found.allowed) {
      if (mayBeIn[person] !== true)
        throw new Error(`person ${person} is let in again, and was shut out durably`);
    }
    mayBeIn.forEach((_, person) => {
      mayBeIn[person] = found.allowed.includes(person);
    });
  };

  const note = (deed: Deed, how: 'begun' | 'done'): void => {
    switch (deed.what) {
      case 'commit': {
        const model = commits[deed.lane];
        if (model !== undefined) model[how] = deed.k;
        return;
      }
      case 'event':
        events[how] = deed.k;
        return;
      case 'use':
        uses[how] = deed.k;
        return;
      case 'door':
        // Let in counts from the moment it is begun, shut out only when it is said.
        if (deed.allowed) mayBeIn[deed.person] = true;
        else if (how === 'done') mayBeIn[deed.person] = false;
        return;
    }
  };

  return {
    hear(told) {
      if (told.told === 'found') judge(told);
      else {
        note(told, told.told);
        if (told.told === 'done') done += 1;
      }
    },
    get done() {
      return done;
    },
  };
}
