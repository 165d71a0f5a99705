import type { FastifyError } from 'fastify';
import { AppError, type FieldError } from '../core/error.ts';
import { nearestName } from '../core/nearest-name.ts';
import { controlCharacters } from '../schema/json-schema.ts';

/** An ajv error as made with `verbose`; the rejected value in it is never looked at. */
type Fault = NonNullable<FastifyError['validation']>[number] & {
  schema?: unknown;
  parentSchema?: Record<string, unknown>;
};

/** More faults than anyone reads at once. */
const most = 100;
const shownName = /^[A-Za-z_][\w.-]{0,63}$/;

/** ajv's errors as one `invalid_input`: where, and what would be right. The rejected values stay out of it. */
export function invalidInput(faults: readonly Fault[], part: string): AppError {
  const seen = new Set<string>();
  const errors: FieldError[] = [];
  for (const fault of withoutBranches(faults)) {
    const error = { pointer: place(fault, part), detail: sentence(fault) };
    const key = `${error.pointer} ${error.detail}`;
    if (seen.has(key)) continue;
    seen.add(key);
    errors.push(error);
    if (errors.length === most) break;
  }
  const first = errors[0];
  const others = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  const where = first === undefined || first.pointer === '' ? 'the body' : first.pointer;
  return new AppError('invalid_input', `${where} ${first?.detail ?? 'is not right'}${others}`, { errors });
}

/**
 * Where no branch of an `anyOf` fits, each complains, and right after them the choice itself: worth saying is what the branch that was meant
 * does, or else the choice.
 */
function withoutBranches(faults: readonly Fault[]): Fault[] {
  const kept: Fault[] = [];
  for (const fault of faults) {
    const meant = fault.keyword === 'anyOf' ? branchMeant(fault, insideOf(fault, kept)) : [];
    kept.push(...(meant.length > 0 ? meant : [fault]));
  }
  return kept;
}

/** Takes the faults of the branches of a choice from the end of the list. */
function insideOf(choice: Fault, kept: Fault[]): Fault[] {
  const { schemaPath, instancePath } = choice;
  const isOutside = (fault: Fault): boolean =>
    !fault.schemaPath.startsWith(`${schemaPath}/`) ||
    (fault.instancePath !== instancePath && !fault.instancePath.startsWith(`${instancePath}/`));
  return kept.splice(kept.findLastIndex(isOutside) + 1);
}

/** By which it is told what was meant. */
const shapes = ['type', 'required', 'additionalProperties'];

/** The faults of the only branch that has the members and the type of what was sent; none where that is no one branch. */
function branchMeant(choice: Fault, faults: readonly Fault[]): Fault[] {
  const branches = new Map<string, Fault[]>();
  for (const fault of faults) {
    const number = fault.schemaPath.slice(choice.schemaPath.length + 1).split('/', 1)[0] ?? '';
    branches.set(number, [...(branches.get(number) ?? []), fault]);
  }
  const fitting = [...branches.values()].filter((branch) =>
    branch.every(
      ({ instancePath, keyword }) => instancePath !== choice.instancePath || !shapes.includes(keyword),
    ),
  );
  return fitting.length === 1 ? (fitting[0] ?? []) : [];
}

function place({ instancePath, keyword, params }: Fault, part: string): string {
  const name = keyword === 'required' ? params['missingProperty'] : params['additionalProperty'];
  const known = typeof name === 'string' && shownName.test(name) ? `/${name}` : '';
  const pointer = `${instancePath}${known}`;
  if (part === 'body') return pointer;
  return `${part === 'querystring' ? 'query' : part === 'params' ? 'path' : 'header'}:${pointer.slice(1)}`;
}

function sentence({ keyword, params, parentSchema = {}, schema }: Fault): string {
  switch (keyword) {
    case 'required':
      return 'is required';
    case 'additionalProperties': {
      const known = Object.keys((parentSchema['properties'] as object | undefined) ?? {});
      const guess = nearestName(String(params['additionalProperty']), known);
      const hint = guess === null ? '' : `; did you mean ${guess}?`;
      return known.length === 0
        ? 'is unknown: nothing is taken here'
        : `is unknown${hint}${hint === '' ? ';' : ''} known here: ${known.join(', ')}`;
    }
    case 'type':
      return `must be ${[params['type']].flat().map(article).join(' or ')}`;
    case 'enum':
      return `must be one of ${(params['allowedValues'] as unknown[]).join(', ')}`;
    case 'minimum':
    case 'maximum':
      return `must be ${range(parentSchema['minimum'], parentSchema['maximum'])}`;
    case 'minLength':
      return params['limit'] === 1 ? 'must not be empty' : `must have at least ${params['limit']} characters`;
    case 'maxLength':
      return `must have at most ${params['limit']} characters`;
    case 'minItems':
      return `must have at least ${params['limit']} items`;
    case 'maxItems':
      return `must have at most ${params['limit']} items`;
    case 'anyOf':
      return `must be one of ${(schema as Record<string, unknown>[]).map(branch).join(', ')}`;
    default:
      return form(parentSchema);
  }
}

const article = (type: unknown): string =>
  type === 'null' ? 'null' : /^[aeiou]/.test(String(type)) ? `an ${type}` : `a ${type}`;

const range = (from: unknown, to: unknown): string =>
  from === undefined ? `at most ${to}` : to === undefined ? `at least ${from}` : `from ${from} to ${to}`;

function branch(schema: Record<string, unknown>): string {
  if (Array.isArray(schema['required'])) return `{ ${schema['required'].join(', ')} }`;
  return Array.isArray(schema['enum']) ? schema['enum'].join(', ') : String(schema['type']);
}

/** What a text with a format or a pattern should look like. */
function form(schema: Record<string, unknown>): string {
  switch (schema['format']) {
    case 'uuid':
      return 'must be a UUID';
    case 'date-time':
      return 'must be an instant with its offset, such as 2026-03-02T09:00:00Z';
    case 'email':
      return 'must be an e-mail address';
    default:
      if (typeof schema['pattern'] === 'string' && schema['pattern'].includes(controlCharacters)) {
        return 'must be one line of text, with no space at either end';
      }
      return typeof schema['description'] === 'string'
        ? `must be: ${schema['description']}`
        : `must match ${schema['pattern']}`;
  }
}
