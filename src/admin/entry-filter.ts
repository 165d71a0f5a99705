/** `access.*` takes every type that begins with `access.`; no types take all. */
export function entryFilter(types: readonly string[]): (type: string) => boolean {
  if (types.length === 0) return () => true;
  const whole = new Set(types);
  const prefixes = types.filter((type) => type.endsWith('.*')).map((type) => type.slice(0, -1));
  return (type) => whole.has(type) || prefixes.some((prefix) => type.startsWith(prefix));
}
