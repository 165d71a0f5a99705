/** The panel's firmware, as VN tells it. */
export interface Firmware {
  major: number;
  minor: number;
  build: number;
}

/** From here on the panel takes `cu` (sheet, panels.md). */
const writesCodes: Firmware = { major: 4, minor: 3, build: 9 };

/** As it is written on the panel: "5.1.12". */
export function firmwareText({ major, minor, build }: Firmware): string {
  return `${major}.${minor}.${build}`;
}

/** What is wrong with the firmware for writing codes; null: nothing. One that is not known is tried. */
export function firmwareFault(firmware: Firmware | null): string | null {
  if (firmware === null || rank(firmware) >= rank(writesCodes)) return null;
  return `firmware ${firmwareText(firmware)} of the panel cannot write codes: it takes ${firmwareText(writesCodes)} or newer`;
}

/** Each part is one byte on the wire. */
const rank = ({ major, minor, build }: Firmware): number => (major * 256 + minor) * 256 + build;
