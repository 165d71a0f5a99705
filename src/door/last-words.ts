/** What a process wrote to standard error at last, with what looks like a secret masked. Bounded, whatever it writes. */
export interface LastWords {
  heard(bytes: Uint8Array): void;
  /** The last lines, oldest first, with one that has no end yet. */
  lines(): string[];
}

const keptLines = 20;
const longestLine = 200;
/** What of a line is looked at. */
const longestHeard = 1_000;
/** Lines handed on; one that writes without end must not fill the log. */
const mostSaid = 100;

/** @param said called with each line as it is complete, the first hundred of them */
export function lastWords(said: (line: string) => void): LastWords {
  let kept: string[] = [];
  let open = '';
  let told = 0;

  function take(text: string): void {
    const line = maskedLine(text);
    if (line === null) return;
    kept = [...kept, line].slice(-keptLines);
    if (told === mostSaid) return;
    told += 1;
    said(line);
  }

  return {
    heard(bytes) {
      const lines = (open + Buffer.from(bytes).toString('utf8')).split('\n');
      open = (lines.pop() ?? '').slice(0, longestHeard);
      // What is neither handed on nor kept costs nothing.
      for (const line of told < mostSaid ? lines : lines.slice(-2 * keptLines)) take(line);
    },
    lines() {
      const line = maskedLine(open);
      return line === null ? kept : [...kept, line].slice(-keptLines);
    },
  };
}

/** Addresses of machine code, with which V8 ends, say nothing to anybody here. */
const nativeFrame = /^\s*\d+: (0x)?[0-9a-f]{6,}/;

/** Null: a line that says nothing. Lines and columns of our sources are all that may stand as digits with a colon. */
function maskedLine(text: string): string | null {
  if (text.trim() === '' || nativeFrame.test(text)) return null;
  return (
    text
      .slice(0, longestHeard)
      .replace(/[^\x20-\x7e]+/g, '?')
      .replace(/[\w+=-]{16,}/g, (run) => (/\d/.test(run) && /[A-Za-z]/.test(run) ? '***' : run))
      // Serial numbers of cards are short, and hexadecimal.
      .replace(/\b(?=[a-f]*\d)[\da-f]{8,}\b/gi, '***')
      .replace(/\d{4,}/g, '****')
      .replace(/(?<!\.[cm]?[jt]s:|node:[\w/]{1,80}:)\b\d+:\d+/g, '**:**')
      .slice(0, longestLine)
      .trimEnd()
  );
}
