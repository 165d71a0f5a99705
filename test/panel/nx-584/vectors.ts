import fixture from '../../fixtures/panels.json' with { type: 'json' };

/** A message of the vendor's document, of pynx584's tests, or captured by its users; none of them ours. */
export interface Vector {
  meaning: string;
  ascii: Uint8Array;
  binary: Uint8Array;
  /** Length, type, data and sums in hex, before any framing. */
  hex: string;
}

export const vectors: Vector[] = fixture.flatMap((each) => {
  if (each.panel !== 'nx-584' || !('ascii_LF_x_CR' in each) || !('binary' in each)) return [];
  const hex = String(each.ascii_LF_x_CR);
  return [
    {
      meaning: `${each.meaning} (${hex})`,
      ascii: Uint8Array.from(Buffer.from(`\n${hex}\r`, 'latin1')),
      binary: fromHex(String(each.binary).replaceAll(' ', '')),
      hex,
    },
  ];
});

/** The vector with these bytes. */
export function vector(hex: string): Vector {
  const found = vectors.find((each) => each.hex === hex);
  if (found === undefined) throw new Error(`no vector ${hex}`);
  return found;
}

export function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex, 'hex'));
}
