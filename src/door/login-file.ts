import type { PanelLogin } from '../core/panel.ts';
import { Secret } from '../core/secret.ts';
import { faultyFile, type PrivateContent, type PrivateFiles, privateText } from './private-file.ts';

const holds = "the user name and, on a second line, the password of the panel's secure port";
const content: PrivateContent = {
  code: 'config_invalid',
  name: "the panel's login file",
  holds,
  missing: `: write ${holds} into it and chmod 600 it`,
  exposed: "change the password in the panel's network interface if anyone may have seen it",
};

/** Printable ASCII, which is all that can be typed at a prompt. */
const word = /^[!-~]([ -~]{0,62}[!-~])?$/;

/**
 * Reads what the secure port of a panel asks for: the user name on the first line, the password on the second, 1 to 64 characters each.
 * Others can neither read nor write the file (its group may read it). Fails with `config_invalid`, which says what to do and never what the file holds.
 */
export async function readLoginFile(path: string, files?: PrivateFiles): Promise<PanelLogin> {
  const lines = (await privateText(path, content, files)).trimEnd().split(/\r?\n/);
  const [user = '', password = ''] = lines;
  if (lines.length !== 2 || !word.test(user) || !word.test(password)) {
    throw faultyFile(
      path,
      content,
      'is not two lines: the user name, then the password, each of 1 to 64 letters, digits and signs of ASCII',
    );
  }
  return { user: new Secret(user), password: new Secret(password) };
}
