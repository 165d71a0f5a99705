import { AppError, type FieldError } from '../core/error.ts';

/** As much of a schema as is needed here. */
interface Schema<T> {
  safeParse(value: unknown):
    | { success: true; data: T }
    | {
        success: false;
        error: { issues: readonly { path: readonly PropertyKey[]; message: string }[] };
      };
}

/** The input in the shape of its schema. Throws `invalid_input` with one pointer per fault; never repeats the input. */
export function checked<T>(schema: Schema<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw invalidInput(
    ...result.error.issues.map(({ path, message }) => ({ pointer: pointer(path), detail: message })),
  );
}

/** Bad input: where (JSON pointers into the body), and what would be right. */
export function invalidInput(...errors: readonly FieldError[]): AppError {
  const said = errors.map(({ pointer: at, detail }) => `${at}: ${detail}`).join('; ');
  return new AppError('invalid_input', said, { errors });
}

/** RFC 6901. */
const pointer = (path: readonly PropertyKey[]): string =>
  path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
