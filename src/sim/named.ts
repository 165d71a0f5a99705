import { AppError } from '../core/error.ts';
import { nearestName } from '../core/nearest-name.ts';

/** The thing of this name. Throws AppError `not_found`, which says what was probably meant. */
export function named<T>(kind: string, name: string, all: ReadonlyMap<string, T>): T {
  const found = all.get(name);
  if (found !== undefined) return found;
  throw new AppError('not_found', unknownName(kind, name, [...all.keys()]));
}

export function unknownName(kind: string, name: string, all: readonly string[]): string {
  const near = nearestName(name, all);
  return `no ${kind} is called "${name}"; ${near === null ? `known: ${all.join(', ')}` : `did you mean "${near}"?`}`;
}
