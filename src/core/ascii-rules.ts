import type { CardFormat } from './card-format.ts';

/** What a reader sends that writes text to its port. */
export interface AsciiRules {
  frame: AsciiFrame;
  /** The same card again within this time is the same showing of it. */
  repeat_ms: number;
  /** It is offline when nothing was heard for so long; null: it says nothing by itself. */
  heard_within_ms: number | null;
}

/** `keys` of a line: a line of one key is that key, pressed. A frame of kind `keys`: each character is one, there are no cards. */
export type AsciiFrame =
  | { kind: 'keys' }
  | {
      kind: 'line';
      prefix: string;
      suffix: string;
      keys: boolean;
      content: AsciiContent;
      /** A line of only this says that the reader is there. */
      heartbeat?: string;
    }
  | { kind: 'stx_etx'; checksum: 'xor' | 'none'; content: AsciiContent };

/** `bits_hex`: `26:0606C040`. `numbers`: facility code and number as the format has them, decimal, with the separator between. */
export type AsciiContent =
  | { is: 'uid_hex' | 'uid_decimal' | 'bits_hex' }
  | { is: 'numbers'; format: CardFormat; separator: string };
