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
