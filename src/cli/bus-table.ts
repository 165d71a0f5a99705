import type { WirePort } from '../core/site.ts';
import { vendorOf } from '../reader/osdp/report.ts';
import type { Capabilities, FoundReader, Identity } from '../reader/osdp/scan.ts';
import { textTable } from './text-table.ts';

const head = ['ADDRESS', 'BAUD', 'VENDOR', 'MODEL', 'SERIAL', 'FIRMWARE', 'SECURE CHANNEL', 'CAN'];

/** Readers that were found, a line each. */
export function readerTable(found: readonly FoundReader[]): string {
  return textTable(head, found.map(lineOf));
}

function lineOf({ address, baud, identity, capabilities, only_secure, garbled }: FoundReader): string[] {
  const place = [String(address), String(baud)];
  if (garbled) {
    return [...place, '?', '', '', '', '', 'ANSWERS GARBLED: two readers with this address, or a bad wire'];
  }
  return [
    ...place,
    ...(identity === null ? ['?', '?', '?', '?'] : wordsOf(identity)),
    secureChannel(capabilities, only_secure),
    capabilities === null ? '?' : abilities(capabilities).join(', '),
  ];
}

const wordsOf = (id: Identity): string[] => [
  vendorOf(id),
  `${id.model}.${id.version}`,
  String(id.serial),
  `${id.firmware_major}.${id.firmware_minor}.${id.firmware_build}`,
];

function secureChannel(capabilities: Capabilities | null, onlySecure: boolean): string {
  if (onlySecure) return 'only so: it has a key';
  if (capabilities === null) return '?';
  const security = of(capabilities, 9);
  if (!hasSecureChannel(capabilities)) return 'NO';
  return (security?.count ?? 0) & 1 ? 'yes, still with the public key' : 'yes';
}

const of = (capabilities: Capabilities, feature: number) =>
  capabilities.find((entry) => entry.feature === feature);

const hasSecureChannel = (capabilities: Capabilities): boolean =>
  ((of(capabilities, 9)?.compliance ?? 0) & 1) === 1;

const colors = ['', 'light', 'timed light', 'two-colour light', 'three-colour light'];

/** Sheet 5, PDCAP: what of it concerns a door. */
function abilities(capabilities: Capabilities): string[] {
  const counted = (feature: number, what: string): string[] => {
    const count = of(capabilities, feature)?.count ?? 0;
    return count === 0 ? [] : [`${count} ${what}${count === 1 ? '' : 's'}`];
  };
  const able = (feature: number, what: string): string[] =>
    (of(capabilities, feature)?.compliance ?? 0) === 0 ? [] : [what];
  // Only such outputs are switched: src/reader/osdp/outputs.ts.
  const timed = (of(capabilities, 2)?.compliance ?? 0) >= 3;
  return [
    ...able(4, colors[of(capabilities, 4)?.compliance ?? 0] ?? 'coloured light'),
    ...able(5, 'buzzer'),
    ...able(6, 'display'),
    ...counted(1, 'input'),
    ...counted(2, 'output').map((outputs) => (timed ? outputs : `${outputs} WITHOUT A TIMER`)),
    ...able(14, 'biometrics'),
    ...(of(capabilities, 8)?.compliance === 0 ? ['CHECKSUM ONLY'] : []),
  ];
}

/** Their part of a site file. A port that has no name yet is given in full. */
export function readerToml(found: readonly FoundReader[], port: WirePort, known: boolean): string {
  const readers = found.filter(({ garbled }) => !garbled);
  const [first] = readers;
  if (first === undefined) return '';
  const rates = new Set(readers.map(({ baud }) => baud));
  const mixed =
    rates.size > 1
      ? ['# These readers differ in their rates: give all of a port the same (postern bus comset).']
      : [];
  const place =
    port.kind === 'serial'
      ? ['kind = "serial"', `path = ${JSON.stringify(port.path)}`]
      : ['kind = "tcp"', `host = ${JSON.stringify(port.host)}`, `port = ${port.port}`];
  const portTable = known ? [] : [`[ports.${port.name}]`, ...place, `baud = ${first.baud}`, ''];
  const tables = readers.map(({ address, capabilities }) =>
    [
      `[readers.reader-${address}]`,
      'protocol = "osdp"',
      `port = ${JSON.stringify(port.name)}`,
      `address = ${address}`,
      ...(capabilities !== null && !hasSecureChannel(capabilities)
        ? ['# It has no secure channel: whoever reaches its wire can forge cards.', 'secure = false']
        : []),
    ].join('\n'),
  );
  return `${[...mixed, ...portTable, tables.join('\n\n')].join('\n')}\n`;
}
