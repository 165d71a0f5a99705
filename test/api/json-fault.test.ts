import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonFault } from '../../src/api/json-fault.ts';

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

describe('jsonFault', () => {
  it('calls JSON exactly what the engine calls JSON, for any text and any damaged JSON', () => {
    const damaged = fc
      .tuple(
        fc.json(),
        fc.nat(),
        fc.constantFrom('', '"', '{', ']', ',', ':', '\\', '\n', '\u0000', '0', '-', 'e'),
      )
      .map(([text, at, put]) => {
        const place = at % (text.length + 1);
        return text.slice(0, place) + put + text.slice(place + 1);
      });
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json(), damaged), (text) => {
        expect(jsonFault(text) === null).toBe(isJson(text));
      }),
      { numRuns: 2000 },
    );
  });

  it('never blames a place before which the text could still have become JSON', () => {
    // All that stands before the fault, with something right after it, can be completed.
    expect(jsonFault('[1, 2, x]')).toEqual({ line: 1, column: 8 });
    expect(jsonFault('{"a": 1,}')).toEqual({ line: 1, column: 9 });
    expect(jsonFault('{\n  "a" 1\n}')).toEqual({ line: 2, column: 7 });
    expect(jsonFault('{\n\n"a": 1\n')).toEqual({ line: 4, column: 1 });
    expect(jsonFault('')).toEqual({ line: 1, column: 1 });
    expect(jsonFault('[1}')).toEqual({ line: 1, column: 3 });
  });

  it('takes deep nesting and long texts', () => {
    expect(jsonFault('['.repeat(1_000_000))).toEqual({ line: 1, column: 1_000_001 });
    expect(jsonFault(`"${'a\\n'.repeat(300_000)}"`)).toBeNull();
  });
});
