import { Secret } from '../core/secret.ts';
import { faultyFile, type PrivateContent, type PrivateFiles, privateText } from './private-file.ts';

/** Codes a panel has of its own. No person's PIN may be one of them. */
export interface PanelCodes {
  master: Secret;
  /** Installer, duress and whatever else is reserved. */
  others: readonly Secret[];
}

const content: PrivateContent = {
  code: 'config_invalid',
  name: "the panel's code file",
  holds: "the panel's master code and, a line each, other codes that the panel has of its own",
  missing: ": write the panel's master code into it and chmod 600 it",
  exposed: 'change the master code in the panel if anyone may have seen it',
};

/**
 * Reads a panel's codes: on the first line the master code, of 4 or 6 digits; on each further line another code the panel has of its
 * own. Others can neither read nor write the file (its group may read it). Fails with `config_invalid`, which says what to do and never what the file holds.
 */
export async function readCodeFile(path: string, files?: PrivateFiles): Promise<PanelCodes> {
  const [master = '', ...others] = (await privateText(path, content, files)).trim().split(/\s*\n\s*/);
  if (!/^(\d{4}|\d{6})$/.test(master)) {
    throw faultyFile(
      path,
      content,
      'does not hold a master code: its first line is 4 or 6 digits and nothing else',
    );
  }
  const wrong = others.findIndex((code) => !/^\d{4,10}$/.test(code));
  if (wrong >= 0) {
    throw faultyFile(
      path,
      content,
      `has no code in line ${wrong + 2}: after the master code come other codes that the panel has of its own, 4 to 10 digits a line`,
    );
  }
  return { master: new Secret(master), others: others.map((code) => new Secret(code)) };
}
