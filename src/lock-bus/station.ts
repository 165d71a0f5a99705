import type { Cancel, Clock } from '../core/clock.ts';
import { exceptionText } from './frame.ts';
import type { PortRequest } from './modbus-port.ts';
import type { Exchange, ExchangeResult, Priority } from './queue.ts';

/** What a unit says when it is asked. */
type Answer = Extract<ExchangeResult, { type: 'bits' | 'registers' }>;

/** `fault`: why this has not been answered for long by a unit that is there and answers other questions; null: there is nothing to tell. */
type Seen = (answer: Answer | null, fault: string | null) => void;

export interface StationWatcher {
  online(): void;
  offline(reason: string): void;
}

/** One unit on the bus: its polls, its counters, and whether it is there. */
export interface Station {
  readonly online: boolean;
  readonly counters: Readonly<{ exchanges: number; timeouts: number; damaged: number }>;
  /** One exchange with this unit, outside the polls. */
  exchange(
    priority: Priority,
    request: PortRequest,
    done: (result: ExchangeResult) => void,
    wanted?: () => boolean,
  ): void;
  /** Asks every `everyMs`; `seen` gets the answer or null in that rhythm, whether the unit is asked or not. */
  poll(request: PortRequest, everyMs: number, seen: Seen): void;
  /** The line is up: everything is asked at once. */
  up(): void;
  down(reason: string): void;
  /** Ends all timers. */
  stop(): void;
}

/** Failures in a row after which a unit counts as dead, or a question as one that it does not answer. */
const deadAfter = 3;
const firstProbeMs = 1000;
const usualLastProbeMs = 30_000;

interface Poll {
  request: PortRequest;
  everyMs: number;
  seen: Seen;
  /** How often in a row it was asked in vain. */
  missed: number;
  asked: number;
  busy: boolean;
  timer: Cancel | null;
}

/** What is fixed about a unit: how long it may take to answer, and how often it is asked at least once it is dead (30 s). */
export interface StationRules {
  unit: number;
  timeoutMs: number;
  lastProbeMs?: number;
}

/**
 * A unit that is dead is asked once in a while only (1 s doubling to 30 s), because every unanswered question costs the whole
 * line its timeout.
 */
export function busStation(
  { unit, timeoutMs, lastProbeMs = usualLastProbeMs }: StationRules,
  clock: Clock,
  submit: (exchange: Exchange) => void,
  watcher: StationWatcher,
): Station {
  const polls: Poll[] = [];
  const counters = { exchanges: 0, timeouts: 0, damaged: 0 };
  let mode: 'down' | 'polling' | 'probing' | 'stopped' = 'down';
  let told: 'online' | 'offline' | null = null;
  let failures = 0;
  let probe: Cancel | null = null;

  function alive(): void {
    failures = 0;
    if (mode === 'down' || mode === 'stopped') return;
    if (told !== 'online') {
      told = 'online';
      watcher.online();
    }
    if (mode === 'probing') begin();
  }

  function begin(): void {
    mode = 'polling';
    failures = 0;
    probe?.();
    for (const poll of polls) ask(poll);
  }

  function lost(why: string): void {
    if (told === 'offline') return;
    told = 'offline';
    watcher.offline(why);
  }

  function failed(why: string): void {
    if (mode !== 'polling' || ++failures < deadAfter) return;
    mode = 'probing';
    lost(why);
    probeIn(firstProbeMs);
  }

  function probeIn(ms: number): void {
    probe = clock.after(ms, () => {
      const request = polls[0]?.request;
      if (request === undefined || mode !== 'probing') return;
      exchange('poll', request, () => {
        if (mode === 'probing') probeIn(Math.min(lastProbeMs, ms * 2));
      });
    });
  }

  function judge(result: ExchangeResult, damaged: boolean): void {
    if (damaged) counters.damaged += 1;
    switch (result.type) {
      case 'bits':
      case 'registers':
      case 'written':
        counters.exchanges += 1;
        alive();
        break;
      case 'exception':
        counters.exchanges += 1;
        break;
      case 'unanswered':
        counters.exchanges += 1;
        counters.timeouts += 1;
        failed(
          `unit ${unit} ${damaged ? 'sends damaged answers: check the wiring and the baud rate' : 'does not answer'}`,
        );
        break;
      case 'line_down':
      case 'dropped':
        break;
    }
  }

  const exchange: Station['exchange'] = (priority, request, done, wanted) => {
    submit({
      priority,
      request,
      timeoutMs,
      probe: mode === 'probing',
      ...(wanted && { wanted }),
      done(result, damaged) {
        judge(result, damaged);
        done(result);
      },
    });
  };

  /** Why a question that left had no answer; null: it had one, or never left. */
  function inVain(result: ExchangeResult): string | null {
    if (result.type === 'exception') return `unit ${unit} refuses: ${exceptionText(result.code)}`;
    return result.type === 'unanswered' ? `unit ${unit} does not answer that` : null;
  }

  function ask(poll: Poll): void {
    if (poll.busy) return;
    poll.timer?.();
    poll.asked = clock.mono();
    if (mode !== 'polling') {
      poll.missed = 0;
      again(poll);
      poll.seen(null, null);
      return;
    }
    poll.busy = true;
    exchange('poll', poll.request, (result) => {
      poll.busy = false;
      again(poll);
      if (result.type === 'bits' || result.type === 'registers') {
        poll.missed = 0;
        poll.seen(result, null);
        return;
      }
      const why = inVain(result);
      if (why !== null) poll.missed += 1;
      // A board that refuses to say what its relays do is of no more use than a silent one.
      if (why !== null && result.type === 'exception') failed(why);
      poll.seen(null, told === 'online' && poll.missed >= deadAfter ? why : null);
    });
  }

  function again(poll: Poll): void {
    if (mode === 'stopped') return;
    const wait = Math.max(0, poll.asked + poll.everyMs - clock.mono());
    poll.timer = clock.after(wait, () => ask(poll));
  }

  return {
    get online() {
      return told === 'online';
    },
    counters,
    exchange,
    poll(request, everyMs, seen) {
      const poll: Poll = { request, everyMs, seen, missed: 0, asked: 0, busy: false, timer: null };
      polls.push(poll);
      ask(poll);
    },
    up: begin,
    down(why) {
      if (mode === 'stopped') return;
      mode = 'down';
      probe?.();
      lost(why);
    },
    stop() {
      mode = 'stopped';
      probe?.();
      for (const poll of polls) poll.timer?.();
    },
  };
}
