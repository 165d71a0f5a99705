/** Every way a value might be written: as itself, in hex of either case, in base64 at each of its three phases; digits also in BCD. */
export function secretForms(secret: string): Buffer[] {
  const bytes = Buffer.from(secret);
  const base64 = [0, 1, 2].flatMap((phase) => {
    const text = Buffer.concat([Buffer.alloc(phase), bytes]).toString('base64');
    // Only the middle is the same whatever stands before and behind.
    const middle = text.slice(phase === 0 ? 0 : 4, Math.floor((phase + bytes.length) / 3) * 4);
    return [middle, middle.replaceAll('+', '-').replaceAll('/', '_')];
  });
  const texts = [secret, bytes.toString('hex'), bytes.toString('hex').toUpperCase(), ...base64];
  return [...texts.map((text) => Buffer.from(text)), ...(/^\d{8,}$/.test(secret) ? packed(secret) : [])];
}

/** Two digits a byte, in either order, alone and in hex; and one digit a byte, as numbers. */
function packed(digits: string): Buffer[] {
  const even = digits.length % 2 === 0 ? digits : `${digits}f`;
  const bcd = Buffer.from(even, 'hex');
  const swapped = Buffer.from(bcd.map((byte) => (byte << 4) | (byte >> 4)));
  return [bcd, swapped, Buffer.from(swapped.toString('hex')), Buffer.from([...digits].map(Number))];
}
