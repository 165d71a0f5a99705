const masked = '***';

/**
 * A PIN, card number, key or token. It prints as `***` wherever it is logged, joined, serialised or
 * inspected. Structured clone would empty it: cross a process boundary with `reveal()` into a field named
 * `secret`, and wrap it again on receipt.
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The clear value. Call it only where the value goes on a wire, into a hash or into a cipher. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return masked;
  }

  toJSON(): string {
    return masked;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return masked;
  }
}
