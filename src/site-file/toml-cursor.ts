/** Something that is not TOML, at an offset of the text. Thrown and caught within the map of a text only. */
export class TomlFault extends Error {
  readonly at: number;
  readonly path: readonly (string | number)[];

  constructor(at: number, message: string, path: readonly (string | number)[] = []) {
    super(message);
    this.at = at;
    this.path = path;
  }
}

/** Moves through a TOML text token by token; throws `TomlFault` where the text is something else. */
export interface Cursor {
  at(): number;
  done(): boolean;
  sees(text: string): boolean;
  /** Steps over this text if it is next. */
  take(text: string): boolean;
  expect(text: string, why: string): void;
  /** Steps over blanks; `lines` also over line ends and comments. */
  skip(what: 'blanks' | 'lines'): void;
  /** The rest of a line may hold a comment only. */
  endLine(): void;
  /** One part of a key, decoded. */
  key(): string;
  /** Steps over a string, number, boolean or date. */
  scalar(path: readonly (string | number)[]): void;
}

/** A cursor at the start of a text. */
export function cursorOn(text: string): Cursor {
  let at = 0;
  const match = (pattern: RegExp): string | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0] ?? null;
    if (found !== null) at += found.length;
    return found;
  };
  const take = (token: string): boolean => {
    if (!text.startsWith(token, at)) return false;
    at += token.length;
    return true;
  };
  const quoted = (quote: string, path: readonly (string | number)[]): string => {
    const start = at;
    const many = text.startsWith(quote.repeat(3), at);
    const close = many ? quote.repeat(3) : quote;
    at += close.length;
    const inside = at;
    while (!text.startsWith(close, at)) {
      const char = text[at];
      if (char === undefined || (!many && char === '\n')) {
        throw new TomlFault(start, 'this text is not closed: the quote at its end is missing', path);
      }
      at += char === '\\' && quote === '"' ? 2 : 1;
    }
    // Up to two quotes may stand before the three that close (TOML 1.0, "multi-line strings").
    if (many) for (let extra = 0; extra < 2 && text[at + 3] === quote; extra++) at += 1;
    const content = text.slice(inside, at);
    at += close.length;
    return quote === '"' ? decodeEscapes(content, start) : content;
  };
  return {
    at: () => at,
    done: () => at >= text.length,
    sees: (token) => text.startsWith(token, at),
    take,
    expect(token, why) {
      if (!take(token)) throw new TomlFault(at, why);
    },
    skip(what) {
      match(what === 'blanks' ? /[ \t]*/y : /(?:[ \t\r\n]+|#[^\n]*)*/y);
    },
    endLine() {
      match(/[ \t]*(?:#[^\n]*)?\r?/y);
      if (at < text.length && text[at] !== '\n') {
        throw new TomlFault(at, 'expected the end of the line; text, durations and names stand in quotes');
      }
    },
    key() {
      if (text.startsWith('"""', at) || text.startsWith("'''", at)) {
        throw new TomlFault(at, 'a key is written on one line, in single quotes or none');
      }
      const quote = text[at];
      if (quote === '"' || quote === "'") return quoted(quote, []);
      const name = match(/[A-Za-z0-9_-]+/y);
      if (name === null)
        throw new TomlFault(at, 'expected a key: letters, digits, - and _, or text in quotes');
      return name;
    },
    scalar(path) {
      const quote = text[at];
      if (quote === '"' || quote === "'") quoted(quote, path);
      else {
        const start = at;
        const word = match(/\d{4}-\d\d-\d\d \d\d[0-9:.Z+-]*|[0-9A-Za-z+\-_.:]+/y);
        if (word === null || !plainValue.test(word)) throw new TomlFault(start, noValue, path);
      }
    },
  };
}

/** What stands without quotes: true, false, numbers, dates and times (TOML 1.0). The parser judges them further. */
const plainValue =
  /^(?:true|false|[+-]?(?:inf|nan|0x[0-9A-Fa-f_]+|0o[0-7_]+|0b[01_]+|[0-9_]+(?:\.[0-9_]+)?(?:[eE][+-]?[0-9_]+)?)|\d{4}-\d\d-\d\d.*|\d\d:\d\d.*)$/;
const noValue =
  'expected a value: text, names and durations in quotes, a number, true or false, a list or a table';

const short: Record<string, string> = { b: '\b', t: '\t', n: '\n', f: '\f', r: '\r', '"': '"', '\\': '\\' };

/** Decodes escapes as far as keys need; what is no escape is left for the parser to refuse. */
function decodeEscapes(content: string, at: number): string {
  return content.replace(/\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))/gs, (whole, four, eight, one) => {
    if (one !== undefined) return short[one] ?? whole;
    const code = Number.parseInt(four ?? eight, 16);
    if (code > 0x10ffff) throw new TomlFault(at, 'an escape in this text is no character');
    return String.fromCodePoint(code);
  });
}
