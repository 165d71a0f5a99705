import type { PanelMessage, Request } from './layout.ts';

/** What the panel lets us do, from its interface configuration (01h). */
export interface Features {
  firmware: string | null;
  /** Whether it takes this message, 20h to 3Fh. */
  takes(number: number): boolean;
}

/** How the users of the panel are read and written: each command with the master code or without. */
export interface UserCommands {
  /** The code they are given with; null: they need none. */
  master: string | null;
  read(user: number): Request;
  setCode(user: number, code: string): Request;
  setAuthority(user: number, authority: number, partitions: number): Request;
}

/** Without these neither the set-up nor the arm state can be read. */
export const neededForStates = [0x21, 0x26, 0x27, 0x28];

/** Reads 01h (sheet 3.3). */
export function featuresOf({ value }: Extract<PanelMessage, { type: 'interface_configuration' }>): Features {
  const firmware = String.fromCharCode(...value.firmware)
    .replaceAll(/[^ -~]/g, '')
    .trim();
  return {
    firmware: firmware === '' ? null : firmware,
    takes: (number) => (((value.commands[(number - 0x20) >> 3] ?? 0) >> (number & 7)) & 1) === 1,
  };
}

/** Where the panel must be told to take these messages. Segments and options are eight messages each, from 20h. */
export function whereToEnable(numbers: readonly number[]): string {
  const each = numbers.map((number) => {
    const segment = ((number - 0x20) >> 3) + 1;
    return `segment ${segment} option ${(number & 7) + 1} (${number.toString(16)}h)`;
  });
  return `enable ${each.join(', ')} in location 3 of the NX-584, or location 211 of the NX-8E`;
}

/** The commands for users, or what must be set to have them. `master`: six nibbles, null where none is given. */
export function userCommands(features: Features, master: string | null): UserCommands | string {
  const withCode = [0x32, 0x34, 0x36];
  const plain = [0x33, 0x35, 0x37];
  if (master !== null && withCode.every(features.takes)) {
    return {
      master,
      read: (user) => ({ type: 'user_request_with_code', value: { master, user } }),
      setCode: (user, code) => ({ type: 'set_code_with_code', value: { master, user, code } }),
      setAuthority: (user, authority, partitions) => ({
        type: 'set_authority_with_code',
        value: { master, user, authority, partitions },
      }),
    };
  }
  if (plain.every(features.takes)) {
    return {
      master: null,
      read: (user) => ({ type: 'user_request', value: { user } }),
      setCode: (user, code) => ({ type: 'set_code', value: { user, code } }),
      setAuthority: (user, authority, partitions) => ({
        type: 'set_authority',
        value: { user, authority, partitions },
      }),
    };
  }
  if (master === null) {
    const missing = plain.filter((number) => !features.takes(number));
    return `codes cannot be written: give the master code (code_file of the panel in the site file), or ${whereToEnable(missing)}`;
  }
  const missing = withCode.filter((number) => !features.takes(number));
  return `the panel takes no commands for user codes: ${whereToEnable(missing)}`;
}
