/** Which shift keys of a keyboard are down, by their codes. */
export type Shifts = ReadonlySet<number>;

/**
 * The byte that a key event types on a US keyboard, and the shift keys afterwards. Codes are those of linux/input-event-codes.h; `value`: 1
 * pressed, 0 let go, 2 repeated by itself. Only what is pressed types: null for all else, and for keys without a character. Enter
 * types CR. Digits of the keypad are digits whatever Num Lock says, and Caps Lock changes nothing.
 */
export function typedBy(
  shifts: Shifts,
  { code, value }: { code: number; value: number },
): { shifts: Shifts; byte: number | null } {
  if (shiftKeys.includes(code)) {
    const others = [...shifts].filter((one) => one !== code);
    return { shifts: new Set(value === 0 ? others : [...others, code]), byte: null };
  }
  const [plain, shifted] = (value === 1 ? characters.get(code) : undefined) ?? [];
  const character = shifts.size > 0 ? shifted : plain;
  return { shifts, byte: character?.charCodeAt(0) ?? null };
}

/** Left and right. */
const shiftKeys: readonly number[] = [42, 54];

/** From this code on one key after the other, plain and shifted. */
const rows: readonly (readonly [first: number, plain: string, shifted: string])[] = [
  [1, '\x1b1234567890-=\b\tqwertyuiop[]\r', '\x1b!@#$%^&*()_+\b\tQWERTYUIOP{}\r'],
  [30, "asdfghjkl;'`", 'ASDFGHJKL:"~'],
  [43, '\\zxcvbnm,./', '|ZXCVBNM<>?'],
  // The keypad.
  [55, '*', '*'],
  [57, ' ', ' '],
  [71, '789-456+1230.', '789-456+1230.'],
  [96, '\r', '\r'],
  [98, '/', '/'],
  // Keypads of telephones and doors (KEY_NUMERIC_0 and the following).
  [512, '0123456789*#', '0123456789*#'],
];

const characters: ReadonlyMap<number, readonly [string, string]> = new Map(
  rows.flatMap(([first, plain, shifted]) =>
    Array.from(plain, (character, n) => [first + n, [character, shifted[n] ?? character]] as const),
  ),
);
