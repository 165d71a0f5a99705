/** A TLS version that a port speaks, and no other: what a device offers is not negotiated. */
export type TlsVersion = '1.0' | '1.2' | '1.3';

/** By what the device at the far end of a TLS port proves that it is the right one. */
export type TlsTrust =
  /** SHA-256 of its certificate, 64 upper-case hex digits. */
  | { by: 'fingerprint'; sha256: string }
  /** A certificate made out to the port's host by the authority in this file (PEM, absolute path). */
  | { by: 'authority'; file: string }
  /** Nothing: whoever answers is believed. */
  | { by: 'nothing' };
