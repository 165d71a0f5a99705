import type { Clock } from '../core/clock.ts';
import type { Line } from '../core/line.ts';
import type { SitePort } from '../core/site.ts';
import { keyboardLine } from './keyboard-line.ts';
import { serialLine } from './serial-line.ts';
import { tcpLine } from './tcp-line.ts';
import { tlsLine } from './tls-line.ts';

/** The line of a port in the site file. `random` gives numbers in [0, 1) for the spread of reconnects. */
export function lineFor(port: SitePort, clock: Clock, random: () => number): Line {
  switch (port.kind) {
    case 'serial':
      return serialLine(port, clock, random);
    case 'tcp':
      return tcpLine(port, clock, random);
    case 'tls':
      return tlsLine(port, clock, random);
    case 'evdev':
      return keyboardLine(port, clock, random);
  }
}
