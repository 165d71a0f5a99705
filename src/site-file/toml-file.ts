import { parse } from '@iarna/toml';
import type { Problem } from './problem.ts';
import { mapToml, type TomlPlaces } from './toml-position.ts';

/** Far more than any site needs; a file of another kind named by mistake stops here. */
const mostCharacters = 1_000_000;

export type TomlFile =
  | { ok: true; value: Record<string, unknown>; places: TomlPlaces }
  | { ok: false; problem: Problem };

/** Reads a TOML text with the places of all it holds; of several faults of syntax the first is told. Never throws. */
export function readToml(file: string, text: string): TomlFile {
  const wrong = (line: number, column: number, message: string, path = ''): TomlFile => ({
    ok: false,
    problem: { severity: 'error', file, line, column, path, message },
  });
  if (text.length > mostCharacters) return wrong(1, 1, 'the file is over 1,000,000 characters long');
  const clean = text.startsWith('\uFEFF') ? text.slice(1) : text;
  const map = mapToml(clean);
  if (!map.ok) return wrong(map.fault.place.line, map.fault.place.column, map.fault.message, map.fault.path);
  try {
    return { ok: true, value: parse(clean), places: map.places };
  } catch (error) {
    const { line, column, message } = faultOf(error);
    return wrong(line, column, message);
  }
}

/** The parser counts lines and columns from 0, and repeats the text below its message. */
function faultOf(error: unknown): { line: number; column: number; message: string } {
  const fault = error as { message?: unknown; line?: unknown; col?: unknown };
  const [first = 'not TOML'] = String(fault.message).split('\n');
  const message = first.replace(/ at row \d+, col \d+, pos \d+:?$/, '');
  const at = (index: unknown) => (typeof index === 'number' ? index + 1 : 1);
  const known =
    message === "Can't redefine existing key" ? 'this key or table stands in the file twice' : message;
  return { line: at(fault.line), column: at(fault.col), message: known };
}
