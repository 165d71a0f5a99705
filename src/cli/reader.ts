import { userInfo } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { errorTable } from '../core/error.ts';
import type { OutputStatus } from '../core/reader-output.ts';
import { doorSocketPath } from '../door/door-socket.ts';
import type { LocalReader } from '../door/local-order.ts';
import { longestWindow } from '../door/pairing.ts';
import { longestTrial } from '../door/reader-outputs.ts';
import { parseDuration } from '../schema/duration.ts';
import { daemonOptions, daemonUsage, noMore, readArguments } from './arguments.ts';
import { type Command, type CommandIo, UsageError } from './command.ts';
import { adminSocket } from './daemon.ts';
import { type DoorClient, doorClient } from './door-client.ts';
import { outputLine } from './output-line.ts';
import { siteTime } from './site-time.ts';
import { printable, textTable } from './text-table.ts';

export const command: Command = {
  name: 'reader',
  summary: 'readers, their secure channels and outputs: list, pair, accept, output',
  usage: `postern reader list
postern reader pair NAME [--minutes N] [--wait]
postern reader accept NAME
postern reader output NAME OUTPUT on|off [--for TIME]

  list            every reader, whether its channel is secure, and what its outputs do
  pair NAME       give this reader a new random key; it takes one while it is new or reset (in install mode), or under its old key
  accept NAME     take the device that is there now for the reader: after a repair, or after new firmware
  output NAME OUTPUT on|off
                  switch a siren or lamp that the site file names: on for a time, or off, and then until what it follows has ended
  --for TIME      on for so long, 1s to ${longestTrial / 60_000}m (default 5s)
  --minutes N     how long the window is open at most, 1 to ${longestWindow} (default 5)
  --wait          wait until the reader is paired or the window is closed
${daemonUsage}
Asks the door process itself (door.sock beside the socket above): it works while the admin process does not.
A new reader's first key can be read by whoever listens on its wire meanwhile: pair it on the bench, on a cable of its own.
`,

  async run(argv, io) {
    const { values, positionals } = readArguments(argv, {
      ...daemonOptions,
      minutes: { type: 'string', default: '5' },
      wait: { type: 'boolean', default: false },
      for: { type: 'string' },
    });
    const [action, name, output, state] = positionals;
    noMore(positionals.slice(action === 'list' ? 1 : action === 'output' ? 4 : 2));
    const client = doorClient(doorSocketPath(await adminSocket(values, io.env)));
    if (action === 'list') return list(client, values.json, io);
    if (action !== 'pair' && action !== 'accept' && action !== 'output')
      throw new UsageError('say list, pair, accept or output');
    if (name === undefined) throw new UsageError(`reader ${action} needs the name of a reader`);
    if (action === 'output') {
      const ms = trialOf(output, state, values.for);
      return switched(
        name,
        output ?? '',
        ms,
        await client.output(name, output ?? '', ms, caller(io.env)),
        values.json,
        io,
      );
    }
    if (action === 'accept') {
      await client.accept(name, caller(io.env));
      if (!values.json) io.out(`reader ${name}: the device that is there now is taken for it\n`);
      return 0;
    }
    if (!/^\d{1,2}$/.test(values.minutes))
      throw new UsageError(`--minutes is a number, 1 to ${longestWindow}`);
    const until = await client.pair(name, Number(values.minutes), caller(io.env));
    if (values.json) io.out(`${JSON.stringify({ reader: name, until })}\n`);
    else {
      const clock = siteTime((await client.status()).site.time_zone);
      io.out(clock.in(`reader ${name} may be given a new key until ${until}\n`) + clock.note());
    }
    return values.wait ? waited(client, name, io) : 0;
  },
};

/** How long an output is to be on; null: it is to be off. */
function trialOf(
  output: string | undefined,
  state: string | undefined,
  time: string | undefined,
): number | null {
  if (output === undefined || (state !== 'on' && state !== 'off'))
    throw new UsageError('reader output needs a reader, an output of it, and on or off');
  if (state === 'off') {
    if (time !== undefined) throw new UsageError('--for goes with on; what is switched off stays so');
    return null;
  }
  const read = parseDuration(time ?? '5s');
  if (read.ok && read.value >= 1_000 && read.value <= longestTrial) return read.value;
  throw new UsageError(`--for is a time from 1s to ${longestTrial / 60_000}m`);
}

/** What became of an output, as the reader shows it. */
function switched(
  reader: string,
  output: string,
  ms: number | null,
  { state, fault }: Omit<OutputStatus, 'name'>,
  json: boolean,
  io: CommandIo,
): number {
  const done = fault === null && state === (ms === null ? 'off' : 'on');
  if (json) io.out(`${JSON.stringify({ reader, output, state, fault })}\n`);
  else if (done)
    io.out(`${output} of reader ${reader} is ${state}${ms === null ? '' : ` for ${ms / 1000} s`}\n`);
  else {
    const silent = 'it does not show it: is it online?';
    const why = fault ?? (state === 'unknown' ? silent : `it is still ${state}`);
    io.err(
      `${output} of reader ${reader} is not proved to be ${ms === null ? 'off' : 'on'}: ${printable(why)}\n`,
    );
  }
  return done ? 0 : errorTable.unknown_result.exit;
}

/** Who asks, for the audit: the user of this computer, though root were only lent to him. */
function caller(env: CommandIo['env']): string {
  const name = env['SUDO_USER'] ?? userInfo().username;
  return name.replace(/[^\w.@-]/g, '_').slice(0, 64) || 'unknown';
}

async function list(client: DoorClient, json: boolean, io: CommandIo): Promise<number> {
  const readers = await client.readers();
  if (json) io.out(`${JSON.stringify(readers, null, 2)}\n`);
  else {
    const isPairing = readers.some(({ pairing_until }) => pairing_until !== null);
    const clock = siteTime(isPairing ? (await client.status()).site.time_zone : 'UTC');
    io.out(
      textTable(
        ['READER', 'LINE', 'ADDRESS', 'STATE', 'CHANNEL', 'OUTPUTS', 'DEVICE'],
        clock.rows(
          readers.map((one) => [
            one.name,
            one.port,
            String(one.address),
            one.online ? 'online' : 'OFFLINE',
            channelText(one),
            outputLine(one.outputs),
            one.identity ?? '',
          ]),
        ),
      ),
    );
    io.out(clock.note());
  }
  return 0;
}

/** What there is to say of a reader's channel, and what to do. */
function channelText({ name, online, security, pairing_until }: LocalReader): string {
  switch (security) {
    case 'insecure':
      return 'INSECURE: in plain';
    case 'not_paired':
      return `NOT PAIRED: postern reader pair ${name}`;
    case 'pairing':
      return `being paired, until ${pairing_until}`;
    case 'paired':
      return online ? 'secure' : 'paired';
    case 'identity_changed':
      return `ANOTHER DEVICE: postern reader accept ${name}`;
  }
}

/** Waits until the window is closed, one way or the other. */
export async function paired(client: DoorClient, name: string): Promise<LocalReader | undefined> {
  for (;;) {
    const reader = (await client.readers()).find((one) => one.name === name);
    if (reader?.security !== 'pairing') return reader;
    await pause(250);
  }
}

async function waited(client: DoorClient, name: string, io: CommandIo): Promise<number> {
  const reader = await paired(client, name);
  const failure = reader?.pairing_failed ?? null;
  if (reader?.security === 'paired' && failure === null) {
    io.out(`reader ${name} is paired: ${printable(reader.identity ?? 'it has not said who it is yet')}\n`);
    return 0;
  }
  const remedy = 'is it wired and online, and if it is new or reset, in install mode?';
  io.err(`reader ${name} is not paired: ${printable(failure ?? 'it is gone')}; ${remedy}\n`);
  return errorTable.not_waiting.exit;
}
