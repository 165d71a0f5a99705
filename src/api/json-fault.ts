const space = /[ \t\n\r]*/y;
const scalar =
  /"[ !#-[\]-\uffff]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[ !#-[\]-\uffff]*)*"|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null/y;

type Expected = 'value' | 'value_or_end' | 'key' | 'key_or_end' | 'colon' | 'comma_or_end' | 'nothing';

/**
 * Where a text stops being JSON (RFC 8259): line and column from 1, or null when it is JSON. The engine's own message would quote the
 * text, which may hold a PIN.
 */
export function jsonFault(text: string): { line: number; column: number } | null {
  const open: ('{' | '[')[] = [];
  let expected: Expected = 'value';
  let at = 0;
  const skip = (pattern: RegExp): boolean => {
    pattern.lastIndex = at;
    const found = pattern.test(text);
    if (found) at = pattern.lastIndex;
    return found;
  };
  const closed = (): Expected => {
    open.pop();
    return open.length === 0 ? 'nothing' : 'comma_or_end';
  };
  for (;;) {
    skip(space);
    if (at === text.length) return expected === 'nothing' ? null : place(text, at);
    const char = text[at];
    const wantsValue: boolean = expected === 'value' || expected === 'value_or_end';
    const wantsKey: boolean = expected === 'key' || expected === 'key_or_end';
    const ends: boolean =
      expected === 'value_or_end' || expected === 'key_or_end' || expected === 'comma_or_end';
    if (ends && char === (open.at(-1) === '{' ? '}' : ']')) expected = closed();
    else if (wantsValue && (char === '{' || char === '[')) {
      open.push(char);
      expected = char === '{' ? 'key_or_end' : 'value_or_end';
    } else if (expected === 'colon' && char === ':') expected = 'value';
    else if (expected === 'comma_or_end' && char === ',') expected = open.at(-1) === '{' ? 'key' : 'value';
    else if ((wantsValue || (wantsKey && char === '"')) && skip(scalar)) {
      expected = wantsKey ? 'colon' : open.length === 0 ? 'nothing' : 'comma_or_end';
      continue;
    } else return place(text, at);
    at += 1;
  }
}

function place(text: string, at: number): { line: number; column: number } {
  let line = 1;
  let start = 0;
  for (let end = text.indexOf('\n'); end !== -1 && end < at; end = text.indexOf('\n', start)) {
    line += 1;
    start = end + 1;
  }
  return { line, column: at - start + 1 };
}
