export const portNames = ['readers', 'locks'] as const;
export type PortName = (typeof portNames)[number];

/** A site file of two doors, `wire` says what its ports are. It has boards that let the relay go by themselves, so that nothing but cards and polls is on the wires. */
export function siteText(api: number, wire: (port: PortName) => string): string {
  const port = (name: PortName) => `[ports.${name}]\n${wire(name)}\nbaud = 115200\n`;
  const door = (name: string, n: number) => `
[readers.${name}]
protocol = "osdp"
port = "readers"
address = ${n}
secure = false

[locks.${name}]
port = "locks"
unit = 1
model = "relay-8-timed"
relay = ${n}

[doors.${name}]
title = "${name}"
lock = "${name}"
readers = ["${name}"]
strike = "100ms"
`;
  return `
[site]
id = "6f0d2f0e-5a3b-4c1e-9c59-2a8a9e1f0d02"
name = "Bench site"
time_zone = "Europe/Berlin"
state_dir = "state"
key_file = "site.key"

[api]
listen = "127.0.0.1:${api}"
socket = "admin.sock"

${portNames.map(port).join('\n')}${['front', 'back'].map(door).join('')}`;
}
