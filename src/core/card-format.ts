/** How the bits of a card are laid out. Bits are counted from 0, the first one received. */
export interface CardFormat {
  name: string;
  /** How many bits it has. */
  length: number;
  /** Null: cards of this format have no facility code. */
  facility: BitField | null;
  number: BitField;
  /** Each must hold. They stand in the order in which they are computed: a later one may cover the bit of an earlier one. */
  parity: readonly ParityCheck[];
}

/** Bits of a number, the highest first. At most 48 of them, so that numbers stay exact. */
export interface BitField {
  first: number;
  length: number;
}

/** `bit` makes the count of ones among itself and the bits `over` even or odd. */
export interface ParityCheck {
  kind: 'even' | 'odd';
  bit: number;
  over: readonly number[];
}

/** The highest value of a field. */
export function highest({ length }: BitField): number {
  return 2 ** length - 1;
}

/** Bits written as `1-12` or `1, 4-7`; null for anything else. Their order is that of the text. */
export function parseBitRanges(text: string): number[] | null {
  const bits: number[] = [];
  for (const range of text.split(',')) {
    const [, from, to = from] = /^ *(\d{1,4})(?:-(\d{1,4}))? *$/.exec(range) ?? [];
    if (from === undefined || to === undefined || Number(from) > Number(to)) return null;
    for (let bit = Number(from); bit <= Number(to); bit++) bits.push(bit);
  }
  return bits;
}

/** Whether cards that fit `second` always fit `first` too, so that `second` is never reached when it is tried later. */
export function hides(first: CardFormat, second: CardFormat): boolean {
  const checks = new Set(second.parity.map(checkText));
  return first.length === second.length && first.parity.every((check) => checks.has(checkText(check)));
}

function checkText({ kind, bit, over }: ParityCheck): string {
  return `${kind} ${[...over, bit].sort((a, b) => a - b).join()}`;
}

const check = (kind: ParityCheck['kind'], bit: number, over: string): ParityCheck => ({
  kind,
  bit,
  over: parseBitRanges(over) ?? [],
});

// Both 37-bit formats have the same parity: only the installer knows which of them the cards are.
const parityOf37 = [check('even', 0, '1-18'), check('odd', 36, '18-35')];

/**
 * Formats that are in common use. Layouts and parity as public tools for such cards have them: Proxmark3,
 * `client/src/wiegand_formats.c` (H10301, H10306, C1k35s, H10302, H10304).
 */
export const standardFormats = {
  h10301: {
    name: 'h10301',
    length: 26,
    facility: { first: 1, length: 8 },
    number: { first: 9, length: 16 },
    parity: [check('even', 0, '1-12'), check('odd', 25, '13-24')],
  },
  h10306: {
    name: 'h10306',
    length: 34,
    facility: { first: 1, length: 16 },
    number: { first: 17, length: 16 },
    parity: [check('even', 0, '1-16'), check('odd', 33, '17-32')],
  },
  'corporate-1000': {
    name: 'corporate-1000',
    length: 35,
    facility: { first: 2, length: 12 },
    number: { first: 14, length: 20 },
    parity: [
      check('even', 1, '2-3, 5-6, 8-9, 11-12, 14-15, 17-18, 20-21, 23-24, 26-27, 29-30, 32-33'),
      check('odd', 34, '1-2, 4-5, 7-8, 10-11, 13-14, 16-17, 19-20, 22-23, 25-26, 28-29, 31-32'),
      check('odd', 0, '1-34'),
    ],
  },
  h10302: {
    name: 'h10302',
    length: 37,
    facility: null,
    number: { first: 1, length: 35 },
    parity: parityOf37,
  },
  h10304: {
    name: 'h10304',
    length: 37,
    facility: { first: 1, length: 16 },
    number: { first: 17, length: 19 },
    parity: parityOf37,
  },
} as const satisfies Record<string, CardFormat>;

/** What a site reads that names no formats: one of each length that leaves no doubt. */
export const usualFormats: readonly (keyof typeof standardFormats)[] = ['h10301', 'h10306', 'corporate-1000'];
