import { expect, test } from 'vitest';
import type { Site } from '../../src/core/site.ts';
import type { SimulatedEvent } from '../../src/sim/simulated-event.ts';
import { simulatedSite } from '../../src/sim/site.ts';
import { twoDoors } from '../support/door-site.ts';
import { virtualClock } from '../support/virtual-clock.ts';

const site: Site = {
  ...twoDoors,
  ports: [...twoDoors.ports, { name: 'gate', baud: 9_600, kind: 'tcp', host: '127.0.0.1', port: 3 }],
  readers: [
    ...twoDoors.readers,
    {
      id: 'reader-gate',
      name: 'gate',
      protocol: 'serial_ascii',
      port: 'gate',
      address: 0,
      secure: false,
      uid: 'as_sent',
      keypad: { fixed_length: null, inter_digit_timeout_ms: 5_000 },
      ascii: {
        frame: { kind: 'stx_etx', checksum: 'xor', content: { is: 'uid_hex' } },
        repeat_ms: 1_000,
        heard_within_ms: null,
      },
    },
  ],
};

test('a simulated reader that writes text sends what the RDM6300 data sheet shows, on its port', () => {
  const sent: string[] = [];
  const events: SimulatedEvent[] = [];
  const simulated = simulatedSite(
    site,
    virtualClock(),
    (port, bytes) => sent.push(`${port} ${String.fromCharCode(...bytes)}`),
    (event) => events.push(event),
  );
  simulated.present('gate', { uid: Uint8Array.of(0x62, 0xe3, 0x08, 0x6c, 0xed) });
  expect(sent).toEqual(['gate \x0262E3086CED08\x03']);
  expect(events).toEqual([{ event: 'card_reported', reader: 'gate' }]);
  const card = { format: 'h10301', facility: 12, number: 3456 };
  expect(() => simulated.present('gate', card)).toThrow(/no such cards/);
});
