/** What `evtest` says on its standard output, as far as it concerns a keyboard. */
export type EvtestNews =
  /** The device is open, and has been described. */
  | { type: 'open' }
  /** Another program holds it: no events come. */
  | { type: 'held' }
  /** `value`: 1 pressed, 0 let go, 2 repeated by itself (linux/input.h, EV_KEY). */
  | { type: 'key'; code: number; value: number }
  /** The kernel had no room for all events: some are missing. */
  | { type: 'lost' };

/** Longer than any line that is of interest (bytes). */
const longest = 4096;

/**
 * Reads the output of `evtest --grab`, in any chunking: the lines of evtest 1.35, which writes unbuffered to whatever is not a terminal. What
 * else it says is passed over.
 */
export function evtestReader(): (bytes: Uint8Array) => EvtestNews[] {
  let held = '';
  return (bytes) => {
    const lines = (held + String.fromCharCode(...bytes)).split('\n');
    held = (lines.pop() ?? '').slice(0, longest);
    return lines.flatMap((line) => newsIn(line) ?? []);
  };
}

function newsIn(line: string): EvtestNews | null {
  if (line.startsWith('Testing ... ')) return { type: 'open' };
  if (line === '  This device is grabbed by another process.') return { type: 'held' };
  const [, code, value] =
    /^Event: time \d+\.\d{6}, type 1 \(EV_KEY\), code (\d{1,5}) \([^()]*\), value ([012])$/.exec(line) ?? [];
  if (code !== undefined) return { type: 'key', code: Number(code), value: Number(value) };
  return /^Event: time \d+\.\d{6}, >+ SYN_DROPPED <+$/.test(line) ? { type: 'lost' } : null;
}
