import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { errorTable } from '../src/core/error.ts';
import { reasons } from '../src/schema/api/decision.ts';

const document = readFileSync(new URL('../docs/errors.md', import.meta.url), 'utf8');
const [, codes = '', decisions = ''] = document.split(/^## /m);

/** The cells of each row that begins with a name in code. */
const rows = (section: string): string[][] =>
  section
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll('`', '')),
    );

describe('docs/errors.md', () => {
  it('has every code once, with its true status, exit code and retriability, and no other', () => {
    const told = rows(codes).map(([code, status, exit, retriable]) =>
      [code, status, exit, retriable].join(' '),
    );
    const true_ = Object.entries(errorTable).map(
      ([code, { status, exit, retriable }]) => `${code} ${status} ${exit} ${retriable ? 'yes' : 'no'}`,
    );
    expect(told.sort()).toEqual(true_.sort());
  });

  it('says of every code what it means and what to do', () => {
    for (const [code, , , , meaning, remedy] of rows(codes)) {
      expect(meaning, code).toMatch(/\w.*\.$/);
      expect(remedy, code).toMatch(/\w/);
    }
  });

  it('has every reason of a decision once, and no other', () => {
    expect(
      rows(decisions)
        .map(([reason]) => reason)
        .sort(),
    ).toEqual([...reasons].sort());
  });
});
