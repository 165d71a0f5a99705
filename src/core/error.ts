/**
 * Every error code Postern gives, once: HTTP status, exit code of the command line, whether repeating the same call can help.
 * `docs/errors.md` explains them and a test holds the two together.
 */
export const errorTable = {
  invalid_input: { status: 400, exit: 2, retriable: false },
  invalid_cursor: { status: 400, exit: 2, retriable: false },
  config_invalid: { status: 500, exit: 3, retriable: false },
  unauthorized: { status: 401, exit: 4, retriable: false },
  forbidden: { status: 403, exit: 4, retriable: false },
  not_found: { status: 404, exit: 5, retriable: false },
  method_not_allowed: { status: 405, exit: 2, retriable: false },
  pin_in_use: { status: 409, exit: 6, retriable: false },
  card_in_use: { status: 409, exit: 6, retriable: false },
  external_id_in_use: { status: 409, exit: 6, retriable: false },
  still_referenced: { status: 409, exit: 6, retriable: false },
  request_in_progress: { status: 409, exit: 6, retriable: true },
  cursor_gone: { status: 410, exit: 6, retriable: false },
  revision_mismatch: { status: 412, exit: 6, retriable: false },
  body_too_large: { status: 413, exit: 2, retriable: false },
  unsupported_media_type: { status: 415, exit: 2, retriable: false },
  idempotency_key_reused: { status: 422, exit: 2, retriable: false },
  too_many_requests: { status: 429, exit: 7, retriable: true },
  internal: { status: 500, exit: 1, retriable: false },
  storage_unavailable: { status: 503, exit: 7, retriable: true },
  storage_damaged: { status: 503, exit: 3, retriable: false },
  admin_failing: { status: 503, exit: 3, retriable: false },
  doors_unreachable: { status: 503, exit: 7, retriable: true },
  key_file_invalid: { status: 500, exit: 3, retriable: false },
  state_dir_unusable: { status: 500, exit: 3, retriable: false },
  address_in_use: { status: 500, exit: 3, retriable: false },
  lock_offline: { status: 409, exit: 6, retriable: true },
  lock_refused: { status: 409, exit: 6, retriable: false },
  lock_mismatch: { status: 409, exit: 6, retriable: true },
  unknown_result: { status: 409, exit: 6, retriable: true },
  system_full: { status: 409, exit: 6, retriable: false },
  panel_armed: { status: 409, exit: 6, retriable: true },
  panel_offline: { status: 409, exit: 6, retriable: true },
  panel_code_missing: { status: 409, exit: 6, retriable: false },
  panel_refused: { status: 409, exit: 6, retriable: false },
  panel_not_ready: { status: 409, exit: 6, retriable: true },
  device_unreachable: { status: 409, exit: 6, retriable: true },
  port_in_use: { status: 409, exit: 6, retriable: true },
  reader_not_changed: { status: 409, exit: 6, retriable: false },
  nothing_to_adopt: { status: 409, exit: 6, retriable: false },
  not_waiting: { status: 409, exit: 6, retriable: false },
  reader_in_plain: { status: 409, exit: 6, retriable: false },
  pairing_open: { status: 409, exit: 6, retriable: true },
  reader_keys_unusable: { status: 503, exit: 3, retriable: false },
  backup_unusable: { status: 500, exit: 3, retriable: false },
  backup_key_wrong: { status: 500, exit: 3, retriable: false },
  backup_failed: { status: 500, exit: 3, retriable: true },
  restore_refused: { status: 409, exit: 6, retriable: false },
  daemon_unreachable: { status: 503, exit: 7, retriable: true },
} as const satisfies Record<string, { status: number; exit: number; retriable: boolean }>;

export type ErrorCode = keyof typeof errorTable;

/** One fault in an input: a JSON pointer (or a place in a file) and what would be right. */
export interface FieldError {
  pointer: string;
  detail: string;
}

/** The one error class. `message` is for people: what is wrong and what would be right, and never holds a secret. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly errors: readonly FieldError[];
  /** Extra members of the problem document, such as `conflict` or `revision`. */
  readonly members: Readonly<Record<string, unknown>>;

  constructor(
    code: ErrorCode,
    message: string,
    more: {
      errors?: readonly FieldError[];
      members?: Readonly<Record<string, unknown>>;
      cause?: unknown;
    } = {},
  ) {
    super(message, more.cause === undefined ? {} : { cause: more.cause });
    this.name = 'AppError';
    this.code = code;
    this.errors = more.errors ?? [];
    this.members = more.members ?? {};
  }
}
