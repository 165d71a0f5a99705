/** The value below which a share of the samples lies; `samples` is sorted in place. */
export function quantile(samples: Float64Array, share: number): number {
  samples.sort();
  return samples[Math.min(samples.length - 1, Math.floor(samples.length * share))] ?? 0;
}

/** Microseconds that each call takes, the cost of reading the clock (about 0.05) included; a tenth more calls go before, unmeasured. */
export function microseconds(calls: number, call: (n: number) => void): Float64Array {
  for (let n = 0; n < calls / 10; n++) call(n);
  const samples = new Float64Array(calls);
  for (let n = 0; n < calls; n++) {
    const start = process.hrtime.bigint();
    call(n);
    samples[n] = Number(process.hrtime.bigint() - start) / 1_000;
  }
  return samples;
}

/**
 * The same of two ways to do one thing, in turns of 20 ms and at least one go, so that what else the machine does meets both: the
 * best go of each, of five turns and one second at least, after one turn unmeasured.
 */
export async function microsecondsOfBoth(
  count: number,
  one: () => void | Promise<void>,
  other: () => void | Promise<void>,
): Promise<[number, number]> {
  await bestOfTurn(one);
  await bestOfTurn(other);
  let best: [number, number] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  const end = process.hrtime.bigint() + 1_000_000_000n;
  for (let turn = 0; turn < 5 || process.hrtime.bigint() < end; turn++) {
    best = [Math.min(best[0], await bestOfTurn(one)), Math.min(best[1], await bestOfTurn(other))];
  }
  return [best[0] / count, best[1] / count];
}

async function bestOfTurn(go: () => void | Promise<void>): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  let now = process.hrtime.bigint();
  for (const end = now + 20_000_000n; now < end; ) {
    const start = now;
    await go();
    now = process.hrtime.bigint();
    best = Math.min(best, Number(now - start) / 1_000);
  }
  return best;
}

/** Microseconds per call of `count` calls made in one go: the best go of 200 ms and of at least three, after one unmeasured. */
export async function microsecondsEach(count: number, go: () => void | Promise<void>): Promise<number> {
  await go();
  let best = Number.POSITIVE_INFINITY;
  const end = process.hrtime.bigint() + 200_000_000n;
  for (let n = 0; n < 3 || process.hrtime.bigint() < end; n++) {
    const start = process.hrtime.bigint();
    await go();
    best = Math.min(best, Number(process.hrtime.bigint() - start) / 1_000 / count);
  }
  return best;
}
