import type { Draft } from './draft.ts';
import { speaks } from './panel-check.ts';
import type { Finding } from './problem.ts';
import { danglingFinding, repeatFindings, unusedFindings } from './reference.ts';

/** Ports: one owner each, one protocol each, and serial settings that the protocol can run on. */
export function checkPorts(draft: Draft): Finding[] {
  const panelPort = draft.panel?.port;
  const readers = [...draft.readers].flatMap(([name, { port, protocol }]) =>
    port === undefined ? [] : [{ name, port, osdp: protocol !== 'serial_ascii' }],
  );
  const panel = { port: panelPort, path: ['panel', 'port'] };
  const locks = [...draft.locks].map(([name, { port }]) => ({ port, path: ['locks', name, 'port'] }));
  const modbus = speaks(draft) ? locks : [...locks, panel];
  const panelsOwn = speaks(draft) ? panelPort : undefined;
  const shared = readers.find(({ port }) => port === panelsOwn);
  const beside: Finding[] =
    shared === undefined
      ? []
      : [
          {
            path: panel.path,
            message: `port "${panelsOwn}" serves reader "${shared.name}"; a panel needs a port of its own`,
          },
        ];
  const mixed = modbus.flatMap(({ port, path }): Finding[] => {
    if (port !== undefined && port === panelsOwn) {
      const message = `port "${port}" carries the panel's own protocol; locks speak Modbus and need a port of their own`;
      return [{ path, message }];
    }
    const reader = readers.find((one) => one.port === port);
    if (reader === undefined) return [];
    const carried = reader.osdp ? 'OSDP' : 'text';
    const message = `port "${port}" carries ${carried} (reader "${reader.name}"); locks and panel contacts speak Modbus and need a port of their own`;
    return [{ path, message }];
  });
  const typed = [...draft.ports].flatMap(([name, { evdev }]): Finding[] => {
    if (evdev === null) return [];
    const wired = [...modbus, panel, ...readers.filter(({ osdp }) => osdp).map(osdpReader)];
    const on = wired.find(({ port }) => port === name);
    const framed = [...draft.readers].find(
      ([, { port, frame }]) => port === name && frame?.kind === 'stx_etx',
    );
    return [
      ...(on === undefined ? [] : [{ path: on.path, message: keyboardOnly(name) }]),
      ...(framed === undefined
        ? []
        : [{ path: ['readers', framed[0], 'frame', 'kind'], message: typedFrames }]),
    ];
  });
  const osdpPorts = new Set(readers.flatMap(({ port, osdp }) => (osdp ? [port] : [])));
  const textPorts = new Set(readers.flatMap(({ port, osdp }) => (osdp ? [] : [port])));
  const devices = [...draft.ports].map(([name, { serial, tcp, tls, evdev }]) => {
    const far = tcp ?? tls;
    return {
      key:
        serial?.path ??
        evdev?.device ??
        (far?.host === undefined || far.port === undefined ? null : `${far.host}:${far.port}`),
      path: ['ports', name, serial !== null ? 'path' : evdev !== null ? 'device' : 'port'],
      say: (first: string) =>
        `${first} is the same ${far === null ? 'device' : 'address'}; one port serves all that is on it`,
    };
  });
  const used = [...readers, panel, ...locks].flatMap(({ port }) => port ?? []);
  return [
    ...beside,
    ...mixed,
    ...typed,
    ...danglingFinding('port', panelPort, draft.ports, ['panel', 'port']),
    ...repeatFindings(devices),
    ...[...draft.ports].flatMap(([name, { serial }]) =>
      textPorts.has(name) ? [] : checkFormat(name, serial, osdpPorts.has(name)),
    ),
    ...unusedFindings('ports', draft.ports.keys(), used, 'nothing uses this port'),
  ];
}

const osdpReader = ({ name, port }: { name: string; port: string }) => ({
  port,
  path: ['readers', name, 'port'],
});
const keyboardOnly = (port: string) =>
  `port "${port}" is a USB keyboard: only a reader of protocol serial_ascii can be on it`;
const typedFrames = 'expected "line" or "keys": a keyboard types no STX and ETX';

/** Modbus RTU has 8 data bits; OSDP is 8N1 (SIA OSDP 2.2, 5.2). */
function checkFormat(
  name: string,
  serial: { data_bits?: number; parity?: string; stop_bits?: number } | null,
  osdp: boolean,
): Finding[] {
  if (serial === null) return [];
  const findings: Finding[] = [];
  const path = (key: string) => ['ports', name, key];
  if (serial.data_bits === 7)
    findings.push({
      path: path('data_bits'),
      message: 'expected 8: OSDP, Modbus RTU and panels need all 8 bits',
    });
  if (!osdp) return findings;
  if (serial.parity !== undefined && serial.parity !== 'none') {
    findings.push({ path: path('parity'), message: `expected "none" for OSDP, found "${serial.parity}"` });
  }
  if (serial.stop_bits === 2)
    findings.push({ path: path('stop_bits'), message: 'expected 1 for OSDP, found 2' });
  return findings;
}
