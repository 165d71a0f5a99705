import type { Cancel, Clock } from '../../core/clock.ts';
import type { Line } from '../../core/line.ts';
import type { ReaderBus, ReaderKeys, ReaderReport, ReaderTraffic } from '../../core/reader.ts';
import type { SiteReader } from '../../core/site.ts';
import type { Frame } from './frame.ts';
import { newOutputs } from './outputs.ts';
import { isSilent, longTurn, nextTurn, type Past, probeInterval } from './rota.ts';
import { frameScanner } from './scanner.ts';
import { step } from './session.ts';
import { newSession, offlineFor, type Session, type SessionEvent } from './session-state.ts';
import { recentTraffic, sampled, type TrafficHistory } from './traffic.ts';

/** An answer begins within 200 ms (sheet 1); the rest is for what an operating system and a USB adapter add. */
const replyWait = 220;
/** For a reader known to be silent: it only has to be found again (sheet 9). */
const probeWait = 60;
/** Every so many probes a silent reader is given the full wait, so that a slow one is found too. */
const fullProbeEvery = 4;
/** The standard says 20 ms, adapters that buffer need more (sheet 1). */
const interCharacterTimeout = 100;
/** A line on which nothing at all was heard for this long, though somebody was asked, is made anew. */
const deafAfter = 30_000;
const deaf = `nothing heard for ${deafAfter / 1000} s`;
const writePause = 100;
const bitsPerByte = 10;

/** What secure channels need: keys, and random numbers that nobody can foretell. */
export interface OsdpSecrets {
  keys: ReaderKeys;
  random(size: number): Uint8Array;
}

/**
 * The OSDP readers of one line (RS-485, 8N1). One exchange at a time; each reader is polled every 40 ms or as fast as the line
 * allows. A reader that is to be secured is told nothing in clear but the handshake, whatever it says, and without secrets
 * nothing at all.
 */
export function osdpBus(
  readers: readonly SiteReader[],
  line: Line,
  clock: Clock,
  secrets: OsdpSecrets | null = null,
): ReaderBus {
  const sessions = new Map(
    readers.map(({ name, address, secure, feedback, inputs_used, outputs = [] }) => [
      name,
      {
        ...newSession(address, secure ? name : null, feedback),
        inputs_due: inputs_used === true ? 0 : null,
        outputs: newOutputs(outputs.map(({ output }) => output)),
      },
    ]),
  );
  const windows = new Map<string, Cancel>();
  const histories = new Map<string, TrafficHistory>(readers.map(({ name }) => [name, []]));
  const scanner = frameScanner();
  const byteTime = (bitsPerByte * 1000) / line.baud;
  let report: (reader: string, report: ReaderReport) => void = () => {};
  let lineUp = false;
  /** Whose answer is awaited, and until when it must have begun. */
  let awaited: { name: string; since: number; until: number } | null = null;
  let idleUntil = 0;
  const past: Past = { probesFrom: 0, heldAt: 0 };
  /** Since when all questions have stayed without a byte; null: none has. */
  let unheardSince: number | null = null;
  let wake: Cancel = () => {};
  let deadline: Cancel = () => {};
  let stall: Cancel = () => {};

  const find = <T>(map: Map<string, T>, name: string): T => {
    const found = map.get(name);
    if (found === undefined) throw new Error(`no reader ${name} on line ${line.name}`);
    return found;
  };

  const apply = (name: string, event: SessionEvent): void => {
    const { session, effects } = step(find(sessions, name), event, clock.mono());
    sessions.set(name, session);
    if (awaited?.name === name && session.exchange?.waiting !== true) release(awaited);
    else if (awaited === null && event.type === 'turn' && session.exchange === null) plan();
    for (const effect of effects) {
      if (effect.type === 'report') report(name, effect.report);
      else send(name, session, effect.bytes);
    }
  };

  /** The exchange is over. The next begins in a later turn, so that reports go up before anything is sent. */
  const release = ({ since }: { since: number }): void => {
    awaited = null;
    if (clock.mono() - since > longTurn) past.heldAt = clock.mono();
    deadline();
    stall();
    // Two characters of silence before anybody is addressed (sheet 1).
    idleUntil = clock.mono() + 2 * byteTime;
    plan();
  };

  const plan = (): void => {
    wake();
    if (!lineUp || awaited !== null) return;
    const now = clock.mono();
    const turn = nextTurn(sessions, past, now);
    if (turn !== null && Number.isFinite(turn.at))
      wake = clock.after(Math.max(turn.at - now, idleUntil - now, 0), give);
  };

  const give = (): void => {
    const now = clock.mono();
    const turn = nextTurn(sessions, past, now);
    if (turn === null || Math.max(turn.at, idleUntil) > now) plan();
    else if (unheardSince !== null && now - unheardSince >= deafAfter) {
      unheardSince = now;
      line.reset(deaf);
    } else apply(turn.name, turnOf(turn.name));
  };

  const turnOf = (name: string): SessionEvent => {
    if (secrets === null || find(sessions, name).security === null) return { type: 'turn' };
    return { type: 'turn', means: { secrets: secrets.keys.of(name), random: secrets.random(8) } };
  };

  /** Tells a session something of its owner's, which may make it want the line. */
  const tell = (name: string, event: SessionEvent): void => {
    apply(name, event);
    plan();
  };

  const send = (name: string, session: Session, bytes: Uint8Array): void => {
    const now = clock.mono();
    if (isSilent(session)) past.probesFrom = now + probeInterval;
    unheardSince ??= now;
    scanner.clear();
    scanner.takeDamage();
    note(name, session.traffic);
    const taken = line.write(bytes);
    const wait = taken ? bytes.length * byteTime + waitFor(session) : writePause;
    awaited = { name, since: now, until: now + wait };
    expireAt(awaited.until);
  };

  const expireAt = (end: number): void => {
    deadline();
    deadline = clock.after(Math.max(0, end - clock.mono()), expire);
  };

  const expire = (): void => {
    deal(scanner.stalled());
    if (awaited === null) return;
    apply(awaited.name, { type: 'silence', damaged: scanner.takeDamage() });
  };

  const data = (bytes: Uint8Array): void => {
    unheardSince = null;
    deal(scanner.push(bytes));
    if (awaited === null) return;
    stall();
    const size = scanner.awaited();
    // An answer that began in time may take the time it needs; it says its length in its first bytes.
    expireAt(awaited.until + (size ?? 0) * byteTime);
    if (size !== null) stall = clock.after(interCharacterTimeout, giveUpFrame);
  };

  const giveUpFrame = (): void => {
    deal(scanner.stalled());
    if (awaited !== null) expireAt(awaited.until);
  };

  /** Our own echo, the answer of another reader and words out of turn are dropped. */
  const deal = (frames: readonly Frame[]): void => {
    for (const frame of frames) {
      if (awaited === null || !frame.reply) continue;
      const { name } = awaited;
      if (frame.address === find(sessions, name).address) apply(name, { type: 'reply', frame });
    }
  };

  const note = (name: string, traffic: ReaderTraffic): TrafficHistory => {
    const history = sampled(find(histories, name), traffic, clock.mono());
    histories.set(name, history);
    return history;
  };

  return {
    start(owner) {
      report = owner;
      line.open({
        up() {
          lineUp = true;
          unheardSince = null;
          for (const name of sessions.keys()) apply(name, { type: 'line_up' });
          plan();
        },
        data,
        down(reason) {
          lineUp = false;
          wake();
          scanner.clear();
          for (const [name, session] of sessions) {
            // A line that is made anew because its readers are silent is no other reason than their silence.
            const same = reason === deaf ? offlineFor(session) : null;
            apply(name, { type: 'line_down', reason: same ?? `line ${line.name}: ${reason}` });
          }
        },
      });
    },
    signal: (reader, signal) => tell(reader, { type: 'signal', signal }),
    switchOutput: (reader, output, on) => tell(reader, { type: 'switch', output, on }),
    pairing: {
      open(reader, ms) {
        windows.get(reader)?.();
        windows.set(
          reader,
          clock.after(ms, () => tell(reader, { type: 'pairing_closed' })),
        );
        tell(reader, { type: 'pairing_opened' });
      },
      changed: (reader) => tell(reader, { type: 'secrets_changed' }),
    },
    health(reader) {
      const { told, known, security, traffic } = find(sessions, reader);
      const { identity } = known;
      const { timeouts, damaged } = traffic;
      return {
        online: told === 'online',
        secure: security?.handshake?.state === 'open',
        identity,
        exchanges: traffic.exchanges + traffic.resends,
        timeouts,
        damaged,
        recent: recentTraffic(note(reader, traffic), traffic, clock.mono()),
      };
    },
    close() {
      lineUp = false;
      awaited = null;
      for (const cancel of [wake, deadline, stall, ...windows.values()]) cancel();
      return line.close();
    },
  };
}

function waitFor(session: Session): number {
  const { link } = session;
  return link.phase === 'offline' && link.probes % fullProbeEvery !== 0 ? probeWait : replyWait;
}
