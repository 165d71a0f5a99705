/** Choices that a seed repeats. */
export interface Random {
  /** A whole number, both ends included. */
  between(low: number, high: number): number;
  among<T>(choices: readonly T[]): T;
  chance(of: number): boolean;
}

/** Mulberry32: small, and good enough to choose by. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const between = (low: number, high: number): number => low + Math.floor(next() * (high - low + 1));
  return {
    between,
    among(choices) {
      const chosen = choices[between(0, choices.length - 1)];
      if (chosen === undefined) throw new Error('nothing to choose from');
      return chosen;
    },
    chance: (of) => next() < of,
  };
}
