import { type Cursor, cursorOn, TomlFault } from './toml-cursor.ts';

/** A place in a text, counted from 1 as editors do. */
export interface Place {
  line: number;
  column: number;
}

export type TomlPath = readonly (string | number)[];

/** Where every key and value of a TOML text stands. */
export interface TomlPlaces {
  key(path: TomlPath): Place | null;
  value(path: TomlPath): Place | null;
}

export interface TomlFaultAt {
  place: Place;
  /** Dotted path, empty where there is none. */
  path: string;
  message: string;
}

/** Names that every object has already: the parser would write onto those of all objects. */
const forbidden = new Set([...Object.getOwnPropertyNames(Object.prototype), 'prototype']);

/**
 * Maps a TOML text: where each key and value stands, which `@iarna/toml` does not keep. It must pass here before that parser may see
 * it: the text is followed to its end, and names that would reach into `Object.prototype` are refused. Values are only
 * delimited, not judged.
 */
export function mapToml(text: string): { ok: true; places: TomlPlaces } | { ok: false; fault: TomlFaultAt } {
  const places = new Map<string, { key: number; value: number }>();
  const cursor = cursorOn(text);
  try {
    const lost = text.indexOf('\uFFFD');
    if (lost !== -1) throw new TomlFault(lost, 'this character is not UTF-8: save the file as UTF-8');
    readDocument(cursor, (path, key, value) => {
      const name = path.at(-1);
      if (typeof name === 'string' && forbidden.has(name)) {
        throw new TomlFault(key, `"${name}" may not be used as a name`, path);
      }
      const id = JSON.stringify(path);
      if (!places.has(id)) places.set(id, { key, value });
    });
  } catch (fault) {
    if (!(fault instanceof TomlFault)) throw fault;
    const path = dotted(fault.path);
    return { ok: false, fault: { place: placeAt(text, fault.at), path, message: fault.message } };
  }
  const find = (path: TomlPath, which: 'key' | 'value') => {
    const found = places.get(JSON.stringify(path));
    return found === undefined ? null : placeAt(text, found[which]);
  };
  return { ok: true, places: { key: (path) => find(path, 'key'), value: (path) => find(path, 'value') } };
}

/** `doors.front.readers[0]`, as people write it. */
export function dotted(path: TomlPath): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    const name = /^[A-Za-z0-9_-]+$/.test(part) ? part : JSON.stringify(part);
    return text === '' ? name : `${text}.${name}`;
  }, '');
}

function placeAt(text: string, at: number): Place {
  const before = text.slice(0, at);
  return { line: before.split('\n').length, column: at - before.lastIndexOf('\n') };
}

type Seen = (path: TomlPath, key: number, value: number) => void;

function readDocument(cursor: Cursor, seen: Seen): void {
  const counts = new Map<string, number>();
  /** A header's path: within a list of tables it goes on in the last one. */
  const within = (parts: readonly string[]): (string | number)[] => {
    const path: (string | number)[] = [];
    for (const part of parts) {
      path.push(part);
      const count = counts.get(JSON.stringify(path));
      if (count !== undefined) path.push(count - 1);
    }
    return path;
  };
  let table: (string | number)[] = [];
  for (cursor.skip('lines'); !cursor.done(); cursor.skip('lines')) {
    const at = cursor.at();
    if (cursor.take('[')) {
      const list = cursor.take('[');
      const parts = readKey(cursor);
      cursor.expect(list ? ']]' : ']', `the name of a table ends with ${list ? ']]' : ']'}`);
      const name = parts.map((part) => part.name);
      const own = JSON.stringify([...within(name.slice(0, -1)), name.at(-1)]);
      if (list) counts.set(own, (counts.get(own) ?? 0) + 1);
      // Where a table has several headers, it stands at the first that names it.
      name.forEach((part, i) => {
        seen([...within(name.slice(0, i)), part], at, at);
        seen(within(name.slice(0, i + 1)), at, at);
      });
      table = within(name);
    } else {
      readPair(cursor, table, seen, 0);
    }
    cursor.endLine();
  }
}

function readPair(cursor: Cursor, table: TomlPath, seen: Seen, depth: number): void {
  const parts = readKey(cursor);
  cursor.expect('=', 'a key is followed by = and a value');
  cursor.skip('blanks');
  const value = cursor.at();
  let path = table;
  for (const part of parts) {
    path = [...path, part.name];
    seen(path, part.at, value);
  }
  readValue(cursor, path, seen, depth);
}

interface KeyPart {
  name: string;
  at: number;
}

function readKey(cursor: Cursor): KeyPart[] {
  const parts: KeyPart[] = [];
  do {
    cursor.skip('blanks');
    const at = cursor.at();
    parts.push({ at, name: cursor.key() });
    cursor.skip('blanks');
  } while (cursor.take('.'));
  return parts;
}

function readValue(cursor: Cursor, path: TomlPath, seen: Seen, depth: number): void {
  if (depth > 16) throw new TomlFault(cursor.at(), 'too deeply nested', path);
  const start = cursor.at();
  if (cursor.take('[')) {
    const open = () => new TomlFault(start, 'this list is not closed: expected , or ]', path);
    cursor.skip('lines');
    for (let i = 0; !cursor.take(']'); i++) {
      const at = cursor.at();
      if (cursor.done()) throw open();
      seen([...path, i], at, at);
      readValue(cursor, [...path, i], seen, depth + 1);
      cursor.skip('lines');
      if (cursor.take(',')) cursor.skip('lines');
      else if (!cursor.sees(']')) throw open();
    }
  } else if (cursor.take('{')) {
    cursor.skip('blanks');
    while (!cursor.take('}')) {
      readPair(cursor, path, seen, depth + 1);
      cursor.skip('blanks');
      if (cursor.take(',')) cursor.skip('blanks');
      else if (!cursor.sees('}')) {
        throw new TomlFault(start, 'this table is not closed on its line: expected , or }', path);
      }
    }
  } else {
    cursor.scalar(path);
  }
}
