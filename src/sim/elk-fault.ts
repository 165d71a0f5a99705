/** What can go wrong with a simulated Elk M1, each switched on and off by itself while it runs. */
export const elkFaults = [
  /** Hears nothing and says nothing: no power. */
  'silent',
  /** Does what it is told, and every answer and report is lost. */
  'mute',
  /** Takes no change of a code, and does not answer it. */
  'deaf_to_codes',
  /** Carries out the next change of a code, and its answer is lost; goes off by itself. */
  'lose_change_answer',
  'corrupt',
  'byte_by_byte',
  'lf_only',
  'noise_before',
  'double',
  /** Tells nothing of arming unless it is asked: the globals for it are off. */
  'no_push',
  'no_keepalive',
  /** Around arming and disarming one AS is wrong, and put right in the next. */
  'flap',
  /** Orders to arm or disarm have no effect. */
  'ignores_arming',
  /** A restricted user's code cannot be written. */
  'restricted_keeps_code',
  /** All users have the option "Access": their codes neither arm nor disarm. */
  'access_only',
  /** Somebody has changed the master's code. */
  'master_changed',
  /** The master is valid in area 1 only. */
  'narrow_master',
  /** Every code is another user's. */
  'duplicates',
  /** Codes have six digits, whatever they had. */
  'six_digits',
  /** ELKRP is programming the panel. */
  'remote_programming',
  'interface_starting',
  /** Somebody is in installer programming at a keypad, and leaves it when it ends. */
  'installer_programming',
  /** Its secure port asks for nothing. */
  'no_login',
  /** Its secure port neither asks nor lets anybody in. */
  'no_prompt',
  /** Its secure port takes a user name and never asks for the password. */
  'no_password_prompt',
  /** Every password is wrong. */
  'refuses_login',
  /** A login that is refused ends the connection without a word. */
  'hangs_up',
  /** After a login that was refused it asks again, on the same connection. */
  'asks_again',
] as const;
export type ElkFault = (typeof elkFaults)[number];

/** The pieces in which a frame really reaches the line. */
export function elkPieces(faults: ReadonlySet<ElkFault>, wire: Uint8Array): Uint8Array[] {
  if (faults.has('corrupt')) return [wire.map((byte, at) => (at === 4 ? byte ^ 0x01 : byte))];
  const ended = faults.has('lf_only') ? wire.filter((byte) => byte !== 0x0d) : wire;
  if (faults.has('byte_by_byte')) return Array.from(ended, (byte) => Uint8Array.of(byte));
  const pieces = faults.has('double') ? [ended, ended] : [ended];
  // Part of a frame, as a panel sends that is switched on.
  return faults.has('noise_before') ? [Uint8Array.from([0x00, 0x31, 0x45, 0x41, 0x53]), ...pieces] : pieces;
}
