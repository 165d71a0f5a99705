import { StringDecoder } from 'node:string_decoder';
import type { ReadStream } from 'node:tty';

/** What of a terminal is used. */
export type Keyboard = Pick<ReadStream, 'setRawMode' | 'on' | 'off' | 'resume' | 'pause'>;

/**
 * Asks for a line and shows nothing of it while it is typed; backspace and Ctrl-U work. Resolves with the line; null: Ctrl-C, Ctrl-D on
 * an empty line, or the terminal is gone.
 * @param show writes to the terminal, where standard output may be a file
 */
export function hiddenLine(
  prompt: string,
  keyboard: Keyboard,
  show: (text: string) => void,
): Promise<string | null> {
  return new Promise((resolve) => {
    const decoder = new StringDecoder('utf8');
    let typed: readonly string[] = [];
    const end = (line: string | null): void => {
      keyboard.off('data', take).off('end', gone).pause();
      keyboard.setRawMode(false);
      show('\n');
      resolve(line);
    };
    const gone = (): void => end(null);
    const take = (bytes: Buffer): void => {
      for (const character of decoder.write(bytes)) {
        const next = press(typed, character);
        if (typeof next === 'string') {
          if (next !== 'escape') end(next === 'enter' ? typed.join('') : null);
          // After an escape: an arrow or function key, which comes in one piece.
          return;
        }
        typed = next;
      }
    };
    // Before the prompt: whoever answers at once is not shown either.
    keyboard.setRawMode(true);
    show(prompt);
    keyboard.on('data', take).on('end', gone).resume();
  });
}

function press(
  typed: readonly string[],
  character: string,
): readonly string[] | 'enter' | 'leave' | 'escape' {
  switch (character) {
    case '\r':
    case '\n':
      return 'enter';
    case '\x03':
      return 'leave';
    case '\x04':
      return typed.length === 0 ? 'leave' : typed;
    case '\x1b':
      return 'escape';
    case '\x08':
    case '\x7f':
      return typed.slice(0, -1);
    case '\x15':
      return [];
    default:
      return character < ' ' ? typed : [...typed, character];
  }
}
