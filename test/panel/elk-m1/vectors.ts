import fixture from '../../fixtures/panels.json' with { type: 'json' };

/** Frames of the vendor's document, of other libraries and of real panels: none of them ours. */
export const vectors = fixture.flatMap(({ panel, frame }) =>
  panel === 'elk-m1' && frame !== undefined ? [{ frame }] : [],
);

/** A frame as it goes on the wire. */
export const wire = (frame: string, end = '\r\n'): Uint8Array =>
  Uint8Array.from(Buffer.from(frame + end, 'latin1'));
