import { type QuantityRead, quantity, readQuantity } from './quantity.ts';

const units = { KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 } as const;
const example = 'an amount of bytes, which is a whole number with a unit in quotes: "512 MiB" or "2 GiB"';

/** Reads an amount such as `512 MiB` or `2GiB` as bytes, or says what would be right. */
export const parseByteSize = (text: unknown): QuantityRead =>
  readQuantity(text, /^(\d{1,6}) ?(\w*)$/, units, example);

/** An amount of bytes of the site file; `least` and `most` are such amounts themselves. */
export const byteSize = (least: string, most: string) => quantity(parseByteSize, 'an amount', least, most);
