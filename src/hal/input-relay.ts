import { type InputNews, inputEvents, type RecordSize } from './input-event.ts';

/** What the program that holds an input device tells. */
export type RelayNews =
  /** The device is open, and ours alone. */
  | { type: 'held' }
  /** The kernel has refused that; a negative errno. */
  | { type: 'refused'; errno: number }
  | InputNews;

/**
 * Takes the device for itself alone (ioctl EVIOCGRAB, _IOW('E', 0x90, int) of linux/input.h, as numbered on x86, ARM and RISC-V), and tells
 * in its first line the bytes of a record as its own words make them, or the negative errno. From then on it passes on what it reads.
 */
const program = `
  $| = 1;
  unless (open(STDIN, "<", $ARGV[0]) && ioctl(STDIN, 0x40044590, 1)) { print 0 - $!, "\\n"; exit }
  print length(pack "l!l!SSl"), "\\n";
  syswrite STDOUT, $_ while sysread STDIN, $_, 4096;
`;

/**
 * The command that holds `device` (a path that begins with a slash) for us: Node has no ioctl. It ends with its parent, however that ends:
 * the kernel kills it (`prctl` PR_SET_PDEATHSIG, util-linux 2.33), and if the parent is gone even before, its first line does.
 */
export const relayCommand = (device: string): [program: string, ...args: string[]] => [
  'setpriv',
  '--pdeathsig',
  'KILL',
  'perl',
  '-e',
  program,
  device,
];

/** Longer than any first line (bytes). */
const longest = 16;
const sizes: ReadonlyMap<string, RecordSize> = new Map([
  ['16', 16],
  ['24', 24],
]);

/** Reads what the command writes to its standard output, in any chunking. A first line that is none of its own is passed over, with all after it. */
export function relayReader(): (bytes: Uint8Array) => RelayNews[] {
  let line = '';
  let read: ((bytes: Uint8Array) => InputNews[]) | null = null;
  return (bytes) => {
    if (read !== null) return read(bytes);
    const end = bytes.indexOf(0x0a);
    const most = end < 0 ? bytes.length : end;
    line = (line + String.fromCharCode(...bytes.subarray(0, Math.min(most, longest)))).slice(0, longest);
    if (end < 0) return [];
    const size = sizes.get(line);
    read = size === undefined ? () => [] : inputEvents(size);
    if (size !== undefined) return [{ type: 'held' }, ...read(bytes.subarray(end + 1))];
    return /^-[1-9]\d{0,2}$/.test(line) ? [{ type: 'refused', errno: Number(line) }] : [];
  };
}
