import { describe, expect, it } from 'vitest';
import type { Frame } from '../../../src/panel/nx-584/frame.ts';
import { encodePanelMessage, type PanelMessage, type Request } from '../../../src/panel/nx-584/layout.ts';
import { dueAt, type Link, type LinkEffect, newLink, step } from '../../../src/panel/nx-584/link.ts';

const snapshotRequest: Request = { type: 'partitions_snapshot_request', value: {} };
const statusRequest: Request = { type: 'partition_status_request', value: { partition: 1 } };
const writeRequest: Request = { type: 'set_code', value: { user: 5, code: '123400' } };
const readRequest: Request = { type: 'user_request', value: { user: 5 } };

const snapshot: PanelMessage = { type: 'partitions_snapshot', value: { partitions: new Uint8Array(8) } };
const statusOf = (partition: number): PanelMessage => ({
  type: 'partition_status',
  value: { partition, flags: new Uint8Array(4), last_user: 1, ready: 4, more: 0 },
});
const userOf = (user: number): PanelMessage => ({
  type: 'user_information',
  value: { user, code: '123400', authority: 0x70, partitions: 1 },
});
const simple = (type: 'failed' | 'rejected' | 'malformed' | 'acknowledged'): PanelMessage => ({
  type,
  value: {},
});

/** Drives the link with a clock of its own, and keeps what it did, in short. */
function driven() {
  let link: Link = newLink(0);
  let now = 1000;
  const seen: string[] = [];
  const short = (effect: LinkEffect): string => {
    switch (effect.type) {
      case 'send':
        return `${effect.frame.number.toString(16)}${effect.frame.ack ? '!' : ''}`;
      case 'tell':
        return `tell ${effect.message.type}${effect.said === 'push' ? '' : ` (${effect.said})`}`;
      case 'done':
        return `done ${effect.answer.type}`;
    }
  };
  const apply = (event: Parameters<typeof step>[1]): string[] => {
    const stepped = step(link, event, now);
    link = stepped.link;
    const effects = stepped.effects.map(short);
    seen.push(...effects);
    return effects;
  };
  return {
    seen,
    apply,
    ask: (request: Request) => apply({ type: 'ask', request }),
    hear: (message: PanelMessage, ack = false) => {
      const frame: Frame = { ...encodePanelMessage(message), ack };
      return apply({ type: 'heard', frame });
    },
    /** Lets time pass, waking the link when it wants to be. */
    pass(ms: number): string[] {
      const end = now + ms;
      const effects: string[] = [];
      for (let due = dueAt(link); due !== null && due <= end; due = dueAt(link)) {
        now = Math.max(now, due);
        effects.push(...apply({ type: 'time' }));
      }
      now = end;
      return effects;
    },
  };
}

describe('a question and its answer', () => {
  it('goes out at once, and requests carry no flag where commands do', () => {
    const { ask, hear } = driven();
    expect(ask(snapshotRequest)).toEqual(['27']);
    expect(hear(snapshot)).toEqual(['tell partitions_snapshot (answer)', 'done message']);
    expect(ask(writeRequest)).toEqual(['35!']);
    expect(hear(userOf(5))).toEqual(['tell user_information (answer)', 'done message']);
  });

  it('only the partition or user that was asked for answers', () => {
    const { ask, hear } = driven();
    ask(statusRequest);
    expect(hear(statusOf(0))).toEqual(['tell partition_status']);
    expect(hear(statusOf(1))).toEqual(['tell partition_status (answer)', 'done message']);
    ask(readRequest);
    expect(hear(userOf(6))).toEqual(['tell user_information']);
    expect(hear(simple('acknowledged'))).toEqual(['tell acknowledged']);
    expect(hear(userOf(5))).toContain('done message');
  });

  it('a read is tried three times, three seconds each; a command once', () => {
    const { ask, pass } = driven();
    ask(snapshotRequest);
    expect(pass(2999)).toEqual([]);
    expect(pass(1)).toEqual(['27']);
    expect(pass(3000)).toEqual(['27']);
    expect(pass(3000)).toEqual(['done silent']);
    pass(1000);
    ask(writeRequest);
    expect(pass(3000)).toEqual(['done silent']);
  });

  it('refused and rejected end it, malformed is tried again', () => {
    const { ask, hear, pass } = driven();
    ask(writeRequest);
    expect(hear(simple('failed'))).toEqual(['done refused']);
    ask(writeRequest);
    expect(hear(simple('malformed'))).toEqual([]);
    expect(pass(200)).toEqual(['35!']);
    hear(simple('malformed'));
    expect(pass(200)).toEqual(['35!']);
    expect(hear(simple('malformed'))).toEqual(['done refused']);
    pass(600);
    ask(writeRequest);
    expect(hear(simple('rejected'))).toEqual(['done refused']);
  });

  it('a refusal that nobody waits for is nothing', () => {
    const { hear } = driven();
    for (const type of ['failed', 'rejected', 'malformed'] as const) expect(hear(simple(type))).toEqual([]);
  });

  it('what has not left yet is not refused by an answer that comes late', () => {
    const { ask, hear, pass } = driven();
    hear(statusOf(0), true);
    ask(writeRequest);
    for (const type of ['failed', 'rejected', 'malformed'] as const) expect(hear(simple(type))).toEqual([]);
    expect(pass(200)).toEqual(['35!']);
  });

  it('answers to a question that was asked twice are not taken for the answer to the next one', () => {
    const { ask, hear, pass } = driven();
    ask(readRequest);
    pass(3000);
    hear(userOf(5));
    expect(ask(writeRequest)).toEqual([]);
    expect(hear(userOf(5))).toEqual(['tell user_information']);
    expect(pass(600)).toEqual(['35!']);
  });
});

describe('a push', () => {
  it('is acknowledged before anything else is said or done', () => {
    const { hear, ask } = driven();
    expect(hear(statusOf(0), true)).toEqual(['1d', 'tell partition_status']);
    expect(ask(snapshotRequest)).toEqual([]);
  });

  it('leaves 200 ms of quiet, then the question it crossed is asked again', () => {
    const { hear, ask, pass } = driven();
    ask(snapshotRequest);
    expect(hear(statusOf(0), true)).toEqual(['1d', 'tell partition_status']);
    expect(pass(199)).toEqual([]);
    expect(pass(1)).toEqual(['27']);
    expect(hear(snapshot)).toContain('done message');
  });

  it('does not make a command be given twice', () => {
    const { hear, ask, pass, seen } = driven();
    ask(writeRequest);
    hear(statusOf(0), true);
    pass(2900);
    expect(seen.filter((each) => each === '35!')).toHaveLength(1);
    expect(hear(userOf(5))).toContain('done message');
  });

  it('repeated because the acknowledgement was lost is acknowledged again, and told once', () => {
    const { hear, pass } = driven();
    hear(statusOf(0), true);
    for (let n = 0; n < 5; n++) {
      pass(2500);
      expect(hear(statusOf(0), true)).toEqual(['1d']);
    }
    pass(4000);
    expect(hear(statusOf(0), true)).toEqual(['1d', 'tell partition_status']);
  });

  it('that happens to be what was asked for ends the question, and counts as a push', () => {
    const { hear, ask } = driven();
    ask(statusRequest);
    expect(hear(statusOf(1), true)).toEqual(['1d', 'tell partition_status (flagged_answer)', 'done message']);
  });

  it('of a message nobody knows is acknowledged all the same', () => {
    const { apply } = driven();
    const frame: Frame = { number: 0x04, ack: true, data: new Uint8Array(6) };
    expect(apply({ type: 'heard', frame })).toEqual(['1d']);
  });

  it('one after the other for ever does not hold up a question for ever', () => {
    const { hear, ask, pass, seen } = driven();
    ask(snapshotRequest);
    for (let n = 0; n < 220; n++) {
      pass(100);
      hear(statusOf(n % 8), true);
    }
    expect(seen).toContain('done silent');
  });
});

describe('a line that is lost', () => {
  it('ends the question, and says whether it had left', () => {
    const { ask, hear, apply } = driven();
    ask(writeRequest);
    const lost = step(newLink(0), { type: 'line_down', reason: 'unplugged' }, 0);
    expect(lost.effects).toEqual([]);
    expect(apply({ type: 'line_down', reason: 'unplugged' })).toEqual(['done line_down']);
    expect(hear(userOf(5))).toEqual(['tell user_information']);
  });

  it('before the first byte is told apart from after it', () => {
    const asked = step(newLink(0), { type: 'ask', request: writeRequest }, 0).link;
    const sent = step(asked, { type: 'line_down', reason: 'unplugged' }, 1).effects;
    expect(sent).toMatchObject([{ answer: { type: 'line_down', sent: true } }]);
    const unsent = step(asked, { type: 'unsent', why: 'line_down' }, 1).effects;
    expect(unsent).toMatchObject([{ answer: { type: 'line_down', sent: false } }]);
    const withheld = step(asked, { type: 'unsent', why: 'withheld' }, 1).effects;
    expect(withheld).toMatchObject([{ answer: { type: 'withheld', sent: false } }]);
  });
});
