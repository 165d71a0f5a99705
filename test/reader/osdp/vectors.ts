import fixture from '../../fixtures/osdp.json' with { type: 'json' };

/** The recorded exchanges: bytes from reference implementations, none of them ours. */
export interface Vector {
  title: string;
  hex: string;
  dir: string;
  sqn: number;
  check: string;
  scs: string | null;
  code: number;
  data: string;
}

export const vectors: Vector[] = fixture.sessions.flatMap((session) =>
  session.frames.map(({ hex, dir, sqn, check, scs, code, data, step }) => ({
    title: `${session.title}: ${dir} ${step} ${hex.slice(0, 24)}`,
    hex,
    dir,
    sqn,
    check,
    scs,
    code: Number(code),
    data,
  })),
);
export const plainVectors = vectors.filter((vector) => vector.scs === null);
export const checkVectors = fixture.check;

export const fromHex = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'));
export const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
