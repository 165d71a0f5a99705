import { EventEmitter } from 'node:events';
import { describe, expect, test } from 'vitest';
import { hiddenLine, type Keyboard } from '../../src/cli/hidden-line.ts';

/** A terminal at which `pieces` arrive. */
async function typed(...pieces: (string | Buffer)[]) {
  const raw: boolean[] = [];
  let shown = '';
  const terminal = Object.assign(new EventEmitter(), {
    setRawMode: (on: boolean) => void raw.push(on),
    resume: () => {},
    pause: () => {},
  });
  const line = hiddenLine('word: ', terminal as unknown as Keyboard, (text) => {
    // What is typed is hidden by the time somebody is asked.
    if (shown === '') expect(raw).toEqual([true]);
    shown += text;
  });
  for (const piece of pieces) terminal.emit('data', Buffer.from(piece));
  terminal.emit('end');
  return { line: await line, shown, raw, listeners: terminal.listenerCount('data') };
}

describe('a line that is typed and not shown', () => {
  test('shows its prompt and no more, and leaves the terminal as it was', async () => {
    const { line, shown, raw, listeners } = await typed('cor', 'rect horse\r');
    expect(line).toBe('correct horse');
    expect(shown).toBe('word: \n');
    expect(raw).toEqual([true, false]);
    expect(listeners).toBe(0);
  });

  test.each([
    ['a slip taken back', ['abx\x7fc\r'], 'abc'],
    ['a letter of two bytes taken back whole', ['aß\x7fb\n'], 'ab'],
    ['a letter that comes in two pieces', [Buffer.from([0xc3]), Buffer.from([0x9f, 0x0d])], 'ß'],
    ['begun anew', ['wrong\x15right\r'], 'right'],
    ['an arrow key', ['ab', '\x1b[D', 'c\r'], 'abc'],
    ['an empty line', ['\r'], ''],
    ['Ctrl-C', ['half\x03'], null],
    ['Ctrl-D at the start', ['\x04'], null],
    ['a terminal that goes', ['half'], null],
  ])('%s', async (_, pieces, expected) => {
    expect((await typed(...pieces)).line).toBe(expected);
  });
});
