import type { Clock } from '../core/clock.ts';
import type { Line } from '../core/line.ts';
import type { ReaderBus } from '../core/reader.ts';
import type { SiteReader } from '../core/site.ts';
import { type OsdpSecrets, osdpBus } from './osdp/bus.ts';
import { serialAsciiBus } from './serial-ascii/bus.ts';

type Driver = (readers: readonly SiteReader[], line: Line, clock: Clock, secrets: OsdpSecrets) => ReaderBus;

const drivers: Record<SiteReader['protocol'], Driver> = { osdp: osdpBus, serial_ascii: serialAsciiBus };

/**
 * The bus for all readers of one port (at least one, all of one protocol, names and addresses unique); `secrets` for those with a
 * secure channel. Throws `config_invalid` for what the driver cannot do.
 */
export function readerBusFor(
  readers: readonly SiteReader[],
  line: Line,
  clock: Clock,
  secrets: OsdpSecrets,
): ReaderBus {
  return drivers[readers[0]?.protocol ?? 'osdp'](readers, line, clock, secrets);
}
