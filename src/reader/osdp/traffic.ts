import type { ReaderTraffic } from '../../core/reader.ts';
import type { Frame } from './frame.ts';
import type { Heard } from './heard.ts';
import { replies } from './layout.ts';

/** Before anything was sent. */
export const noTraffic: ReaderTraffic = {
  exchanges: 0,
  resends: 0,
  timeouts: 0,
  damaged: 0,
  refusals: 0,
  busy: 0,
};

/** One more of something. */
export function counted(traffic: ReaderTraffic, what: keyof ReaderTraffic): ReaderTraffic {
  return { ...traffic, [what]: traffic[what] + 1 };
}

/** With an answer: whether it put us off or refused. */
export function withAnswer(traffic: ReaderTraffic, heard: Heard, frame: Frame): ReaderTraffic {
  if (heard.type === 'busy') return counted(traffic, 'busy');
  const refused =
    heard.type === 'answer'
      ? heard.reply?.type === 'nak'
      : heard.type !== 'stale' && frame.security === null && frame.code === replies.nak.code;
  return refused ? counted(traffic, 'refusals') : traffic;
}

/** Traffic as it was at some moments of the last minutes, oldest first. */
export type TrafficHistory = readonly { readonly at: number; readonly traffic: ReaderTraffic }[];

const sampleEvery = 60_000;
const span = 300_000;

/** The history at `now` (milliseconds of `mono`): a sample a minute, as many as cover the last five. */
export function sampled(history: TrafficHistory, traffic: ReaderTraffic, now: number): TrafficHistory {
  const last = history.at(-1);
  if (last !== undefined && now - last.at < sampleEvery) return history;
  const all = [...history, { at: now, traffic }];
  return all.slice(
    Math.max(
      0,
      all.findLastIndex(({ at }) => at <= now - span),
    ),
  );
}

/** What went over the wire since the oldest sample, and how long that is. */
export function recentTraffic(
  history: TrafficHistory,
  traffic: ReaderTraffic,
  now: number,
): ReaderTraffic & { span_ms: number } {
  const { at, traffic: then } = history[0] ?? { at: now, traffic };
  return {
    span_ms: Math.round(now - at),
    exchanges: traffic.exchanges - then.exchanges,
    resends: traffic.resends - then.resends,
    timeouts: traffic.timeouts - then.timeouts,
    damaged: traffic.damaged - then.damaged,
    refusals: traffic.refusals - then.refusals,
    busy: traffic.busy - then.busy,
  };
}
