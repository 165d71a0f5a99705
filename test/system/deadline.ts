/** Waits until a probe gives something, asking again and again; fails with what was waited for after `ms`. */
export async function until<T>(
  what: string,
  probe: () => T | null | undefined | false | Promise<T | null | undefined | false>,
  ms = 15_000,
): Promise<T> {
  const end = performance.now() + ms;
  let fault: unknown = null;
  for (;;) {
    try {
      const found = await probe();
      if (found !== null && found !== undefined && found !== false) return found;
      fault = null;
    } catch (error) {
      fault = error;
    }
    if (performance.now() > end) {
      const why = fault instanceof Error ? `: ${fault.message}` : '';
      throw new Error(`waited ${ms} ms in vain until ${what}${why}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
}
