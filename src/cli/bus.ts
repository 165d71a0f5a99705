import { AppError } from '../core/error.ts';
import type { WirePort } from '../core/site.ts';
import { lineFor } from '../hal/line-for.ts';
import { systemClock } from '../hal/system-clock.ts';
import { type Moved, moveReader } from '../reader/osdp/comset.ts';
import { inquire } from '../reader/osdp/inquirer.ts';
import { fullWait, type Inquiry, type Question } from '../reader/osdp/inquiry.ts';
import { type FoundReader, type Place, scan } from '../reader/osdp/scan.ts';
import { readArguments } from './arguments.ts';
import { busPort } from './bus-port.ts';
import { readerTable, readerToml } from './bus-table.ts';
import { type Command, type CommandIo, UsageError } from './command.ts';

const rates = [9600, 19_200, 38_400, 57_600, 115_200, 230_400];
/** Readers that answer at all do so within a few milliseconds; adapters add some (sheet 9). */
const shortKnock = 60;
const lastAddress = 126;

const options = {
  port: { type: 'string' },
  config: { type: 'string' },
  baud: { type: 'string' },
  addresses: { type: 'string', default: `0-${lastAddress}` },
  patient: { type: 'boolean', default: false },
  from: { type: 'string' },
  'from-baud': { type: 'string' },
  to: { type: 'string' },
  json: { type: 'boolean', default: false },
} as const;

export const command: Command = {
  name: 'bus',
  summary: 'for installers: find OSDP readers on a wire, give them an address and a rate',
  usage: `postern bus scan PORT|--port NAME [--baud RATES] [--addresses FIRST-LAST] [--patient] [--json]
postern bus comset PORT|--port NAME --from ADDRESS [--from-baud RATE] --to ADDRESS [--baud RATE]

  PORT              a serial device such as /dev/ttyUSB0, or the HOST:PORT of a gateway
  --port NAME       a port of the site file instead
  --config FILE     that site file (default: /etc/postern/site.toml)
  --baud RATES      scan: rates to try, such as 9600,38400 (default: all usual ones; behind a gateway the one
                    set there, which cannot be found out: the port's, or 9600)
                    comset: the rate it is to have (default: the one it has)
  --addresses 0-7   scan: only these (default: 0-${lastAddress})
  --patient         scan: wait longer, for readers that are slow to answer
  --from, --to      comset: the address it has, and the one it is to have
  --from-baud RATE  comset: the rate it has (default: the port's, or 9600)
  --json            print JSON

The daemon must not run on that wire. A scan ends secure channels, which are made anew afterwards, and drops a card that a
reader has just read. Change one reader at a time: its new address must be free. Paired readers may refuse.
`,

  async run(argv, io) {
    const { values, positionals } = readArguments(argv, options);
    const [what, place, ...more] = positionals;
    if (more.length > 0) throw new UsageError('there is a word too many');
    if (what !== 'scan' && what !== 'comset') throw new UsageError('say scan or comset');
    const asked = what === 'scan' ? scanOf(values) : moveOf(values);
    const port = await busPort(place, values, io.env);
    return asked(port, values.port !== undefined, io);
  },
};

type Given = ReturnType<typeof readArguments<typeof options>>['values'];
type Asked = (port: WirePort, known: boolean, io: CommandIo) => Promise<number>;

function scanOf({ baud, addresses, patient, json }: Given): Asked {
  const given = baud?.split(',').map(rateIn);
  const [first, last = first, ...more] = addresses.split('-').map((text) => addressIn(text, '--addresses'));
  if (first === undefined || last === undefined || last < first || more.length > 0) {
    throw new UsageError(`--addresses takes two addresses from 0 to ${lastAddress}, such as 0-7`);
  }
  const range = Array.from({ length: last - first + 1 }, (_, n) => first + n);
  return async (port, known, io) => {
    if (port.kind === 'tcp' && (given?.length ?? 1) > 1) {
      throw new UsageError(
        'behind a gateway the rate is set at the gateway: give one --baud, that of the gateway',
      );
    }
    const bauds = given ?? (port.kind === 'tcp' ? [port.baud] : rates);
    let trying = 0;
    const found = await on(port, scan(bauds, range, patient ? fullWait : shortKnock), ({ baud: now }) => {
      if (now !== trying && !json) io.err(`trying ${now} baud\n`);
      trying = now;
    });
    if (json) io.out(`${JSON.stringify(found.map(plain), null, 2)}\n`);
    if (found.length === 0) {
      const remedy =
        'is there power, are A and B the right way round, is it an OSDP reader? --patient waits longer';
      throw new AppError('not_found', `no reader answers here: ${remedy}`);
    }
    if (!json) io.out(`${readerTable(found)}\n${readerToml(found, port, known)}`);
    return 0;
  };
}

/** As JSON shows it: bytes in hexadecimal. */
const plain = ({ identity, ...one }: FoundReader) => ({
  ...one,
  identity: identity && { ...identity, vendor: Buffer.from(identity.vendor).toString('hex') },
});

function moveOf(values: Given): Asked {
  const { from, to, baud } = values;
  if (from === undefined || to === undefined) throw new UsageError('comset needs --from and --to');
  const addresses = [addressIn(from, '--from'), addressIn(to, '--to')] as const;
  const wanted = baud === undefined ? null : rateIn(baud);
  const had = values['from-baud'] === undefined ? null : rateIn(values['from-baud']);
  return async (port, _, io) => {
    const before = { address: addresses[0], baud: had ?? port.baud };
    const after = { address: addresses[1], baud: wanted ?? before.baud };
    if (before.address === after.address && before.baud === after.baud) {
      throw new UsageError('there is nothing to change: give another --to, or a --baud');
    }
    if (port.kind === 'tcp' && before.baud !== after.baud) {
      throw new UsageError(
        'behind a gateway the rate cannot follow: change it at a serial port, or only the address',
      );
    }
    const moved = await on(port, moveReader(before, after), () => {});
    if (!moved.ok) throw new AppError('reader_not_changed', failures[moved.why](moved.at));
    const other =
      moved.at.address === after.address && moved.at.baud === after.baud ? '' : ', which is its own choice';
    io.out(
      `it answers at ${shown(moved.at)}${other}. Set address and the port's baud in the site file to this.\n\n`,
    );
    io.out(readerTable([moved.reader]));
    return 0;
  };
}

const shown = ({ address, baud }: Place): string => `address ${address}, ${baud} baud`;

const failures: Record<Exclude<Moved, { ok: true }>['why'], (at: Place) => string> = {
  nobody: (at) => `no reader answers at ${shown(at)}; postern bus scan finds it`,
  taken: (at) => `somebody answers at ${shown(at)} already: choose another address. Nothing was changed`,
  only_secure: () =>
    'it takes this only over its secure channel: put the reader into install mode first, and pair it anew afterwards',
  refused: () => 'the reader refuses to be changed. Many have switches or a card for it',
  unchanged: (at) => `it said nothing against it, and still answers at ${shown(at)}`,
  lost: (at) =>
    `it answers neither there nor at ${shown(at)}: switch its power off and on, then postern bus scan`,
};

function on<T>(port: WirePort, inquiry: Inquiry<T>, asked: (question: Question) => void): Promise<T> {
  const clock = systemClock();
  return inquire(inquiry, (baud) => lineFor({ ...port, baud }, clock, Math.random), clock, asked);
}

function rateIn(text: string): number {
  const rate = Number(text);
  if (rates.includes(rate)) return rate;
  throw new UsageError(`a rate is one of ${rates.join(', ')}`);
}

function addressIn(text: string, option: string): number {
  if (/^\d{1,3}$/.test(text) && Number(text) <= lastAddress) return Number(text);
  throw new UsageError(`${option}: an address is a number from 0 to ${lastAddress}`);
}
