import { fork } from 'node:child_process';
import { once } from 'node:events';
import { type TableKeeper, tableKeeper } from '../src/door/table-keeper.ts';
import type { FromAdmin, FromDoor } from '../src/link/message.ts';
import { processCarrier } from '../src/link/process-carrier.ts';
import { linkOver } from '../src/link/window.ts';
import type { BenchLine } from './bench-line.ts';
import { quantile } from './samples.ts';
import { benchWorld } from './world.ts';

/** The door's end of `table-swap`: holds tables of 10,000 and of 100,000 rows, each replaced by one as big. */
async function swapped(rows: number, goalMs: number): Promise<BenchLine> {
  const child = fork(new URL('./table-swap-admin.ts', import.meta.url), [String(rows)], {
    serialization: 'advanced',
    execArgv: process.execArgv.filter((flag) => !flag.startsWith('--max-semi-space-size')),
  });
  const gone = once(child, 'exit');
  const link = linkOver<FromDoor, FromAdmin>(processCarrier(child));
  const arrived: (() => void)[] = [];
  const keeper: TableKeeper = tableKeeper({
    doorIds: benchWorld(0).doorIds,
    start: null,
    later: setImmediate,
    changed: () => arrived.shift()?.(),
  });
  const talk = keeper.connect((answer) => link.send(answer));
  link.open({
    message: (message) => {
      if (message.type === 'offer' || message.type === 'part') talk.take(message);
    },
    room: () => talk.room(),
    down: () => talk.end(),
  });

  const came = () => new Promise<void>((resolve) => arrived.push(resolve));
  await came();
  const idle = await longestTurn(new Promise((resolve) => setTimeout(resolve, 300)));
  const started = performance.now();
  const stalls: number[] = [];
  for (let n = 0; n < 5; n++) {
    link.send({ type: 'ping', n });
    stalls.push(await longestTurn(came()));
  }
  const took = (performance.now() - started) / stalls.length - settleMs;
  const stall = quantile(Float64Array.from(stalls), 0.5);
  link.close();
  await gone;
  return {
    goal: 'S6',
    what: `a new table of ${rows} rows over a forked process's Link`,
    target: `stall <= ${goalMs} ms`,
    measured: `median of ${stalls.length}: ${stall.toFixed(1)} ms (idle ${idle.toFixed(1)} ms), all there in ${took.toFixed(0)} ms`,
    met: stall <= goalMs,
  };
}

/** Garbage of the replaced table is collected soon after; that counts too. */
const settleMs = 100;

/** The longest turn of the event loop, in milliseconds, until something has happened. */
async function longestTurn(until: Promise<void>): Promise<number> {
  let longest = 0;
  let over = false;
  let last = performance.now();
  const turn = (): void => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
    if (!over) setImmediate(turn);
  };
  setImmediate(turn);
  await until;
  await new Promise((resolve) => setTimeout(resolve, settleMs));
  over = true;
  return longest;
}

process.send?.([await swapped(10_000, 15), await swapped(100_000, 20)]);
process.disconnect();
