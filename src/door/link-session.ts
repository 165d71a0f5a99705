import type { Cancel, Clock } from '../core/clock.ts';
import { Secret } from '../core/secret.ts';
import type { Site } from '../core/site.ts';
import type { TableVersion } from '../core/table-row.ts';
import type { Link } from '../link/link.ts';
import type { Command, CommandResult, FromAdmin, FromDoor, OrderState } from '../link/message.ts';
import type { DoorProcess } from './door-process.ts';
import type { Journal } from './journal.ts';
import { sameVersion } from './table-build.ts';
import type { TableKeeper } from './table-keeper.ts';

export interface LinkSessionParts {
  site: Site;
  version: string;
  clock: Clock;
  journal: Journal;
  keeper: TableKeeper;
  doors: DoorProcess;
  /** Keyed hashes of PINs nobody may have. */
  reservedPins: readonly string[];
  /** The table in force is the newest there is. */
  confirmed(): void;
  /** A command could not be carried out, for something of ours threw. */
  failed(error: unknown): void;
}

export interface LinkSessionOwner {
  /** The admin process is at work: API listening at this address, and its database open, or found damaged. */
  ready(listening: string, database: 'sound' | 'damaged'): void;
  /** It has answered nothing for so long that it must be taken for hung. Told once. */
  hung(why: string): void;
  /** The connection is lost. */
  down(reason: string): void;
}

/** The door process's end of one connection of the Link. Nothing in it grows while the admin process is stopped. */
export interface LinkSession {
  close(): void;
}

const beatMs = 1_000;
const statusMs = 2_000;
const coalesceMs = 100;
/** Unanswered beats, not elapsed time: a door process that was itself stopped must not blame the other. */
const hungBeats = 15;
/** Until it is ready: a large or damaged database takes its time, and so does a busy machine. */
const hungAtStartBeats = 60;
const recordsPerMessage = 100;
const openBatches = 4;
const maxWaitingResults = 256;

/** Speaks for the door process on a new connection, from `configure` on. */
export function linkSession(
  link: Link<FromDoor, FromAdmin>,
  parts: LinkSessionParts,
  owner: LinkSessionOwner,
): LinkSession {
  const { clock, journal, keeper, doors } = parts;
  /** Last numbers of the journal messages that are not yet known to be stored. */
  let batches: number[] = [];
  let sentSeq = 0;
  const results: (FromDoor & { type: 'result' })[] = [];
  let orderStates: OrderState[] = [];
  let statusDue = false;
  let statusTimer: Cancel | null = null;
  let beat: Cancel = () => {};
  let beats = 0;
  let unanswered = 0;
  let ready = false;
  let damaged = false;
  let over = false;

  const send = (message: FromDoor): boolean => !over && link.send(message);
  const isInForce = (version: TableVersion): boolean => {
    const inForce = keeper.inForce();
    return inForce !== null && sameVersion(inForce.version, version);
  };

  function sendJournal(): void {
    while (batches.length < openBatches) {
      const records = journal.after(sentSeq, recordsPerMessage);
      const last = records.at(-1);
      if (last === undefined || !send({ type: 'journal', journal_id: journal.id, records })) return;
      sentSeq = last.seq;
      batches.push(last.seq);
    }
  }
  function sendResults(): void {
    for (let next = results[0]; next !== undefined && send(next); next = results[0]) results.shift();
  }
  function sendOrderStates(): void {
    if (orderStates.length === 0 || !send({ type: 'order_states', states: orderStates })) return;
    orderStates = [];
  }
  function sendStatus(): void {
    statusTimer?.();
    statusTimer = null;
    statusDue = !send({ type: 'status', status: doors.status() });
  }

  function onBeat(): void {
    beats += 1;
    unanswered += 1;
    if (unanswered === (ready ? hungBeats : hungAtStartBeats)) owner.hung(`no answer for ${unanswered} s`);
    send({ type: 'ping', n: beats });
    if ((beats * beatMs) % statusMs === 0) sendStatus();
    beat = clock.after(beatMs, onBeat);
  }

  async function obey(order: Command): Promise<CommandResult> {
    switch (order.do) {
      case 'unlock':
        return doors.unlock(order.door_id, order.by);
      case 'mode': {
        const { door_id, mode, until, by } = order;
        return doors.setMode(door_id, mode === null ? null : { mode, until }, by);
      }
      case 'arm':
        return doors.holders.arm(order.partition_id, order.how, order.by);
      case 'pair_reader':
        return doors.pairing.open(order.reader_id, order.minutes, order.by);
      case 'accept_reader':
        return doors.pairing.accept(order.reader_id, order.by);
      case 'reset_clock':
        doors.trustedClock.reset(order.by);
        return { ok: true, clock: doors.trustedClock.status() };
      case 'reveal_slot':
        return doors.holders.reveal(order.holder_id, order.slot);
      case 'try': {
        const { secret, reader_id, kind, at, open } = order;
        const value = new Secret(Buffer.from(secret).toString('utf8'));
        secret.fill(0);
        return doors.attempt({ reader_id, kind, value, at, open });
      }
    }
  }
  function answer(command: number, result: CommandResult): void {
    if (over) return;
    // Who asks that much and reads nothing has no use for the oldest answers.
    if (results.length === maxWaitingResults) results.shift();
    results.push({ type: 'result', command, result });
    sendResults();
  }

  function take(message: FromAdmin): void {
    switch (message.type) {
      case 'ready':
        ready = true;
        if (!damaged && isInForce(message.version)) parts.confirmed();
        owner.ready(message.listening, damaged ? 'damaged' : 'sound');
        sendStatus();
        return;
      case 'storage_damaged': {
        const resource = `system/${parts.site.id}`;
        const { faults } = message;
        damaged = true;
        journal.append({ time: clock.wall(), type: 'storage.damaged', resource, data: { faults } });
        return;
      }
      case 'patch':
      case 'offer':
      case 'part':
        table.take(message);
        return;
      case 'stored':
        if (message.journal_id !== journal.id) return;
        journal.stored(message.journal_id, message.seq);
        batches = batches.filter((last) => last > message.seq);
        sendJournal();
        return;
      case 'command':
        obey(message.order).then(
          (result) => answer(message.command, result),
          (error: unknown) => {
            parts.failed(error);
            answer(message.command, failedCommand);
          },
        );
        return;
      case 'order':
        doors.holders.take(message.order);
        return;
      case 'orders':
        orderStates = [...orderStates, ...doors.holders.states(message.order_ids)];
        sendOrderStates();
        return;
      case 'pong':
        unanswered = 0;
        return;
    }
  }

  function end(): void {
    over = true;
    beat();
    statusTimer?.();
    journal.onDurable(null);
    doors.onChange(null);
    doors.holders.drop();
    table.end();
  }

  send({
    type: 'configure',
    site: parts.site,
    version: parts.version,
    journal_id: journal.id,
    table: keeper.inForce()?.version ?? null,
    reserved_pins: [...parts.reservedPins],
  });
  const table = keeper.connect(send);
  link.open({
    message: (message) => {
      if (!over) take(message);
    },
    room() {
      if (over) return;
      table.room();
      sendResults();
      sendOrderStates();
      if (statusDue) sendStatus();
      sendJournal();
    },
    down(reason) {
      if (over) return;
      end();
      owner.down(reason);
    },
  });
  if (!over) {
    journal.onDurable(sendJournal);
    doors.onChange(() => {
      statusTimer ??= clock.after(coalesceMs, sendStatus);
    });
    sendStatus();
    sendJournal();
    beat = clock.after(beatMs, onBeat);
  }

  return {
    close() {
      if (over) return;
      end();
      link.close();
    },
  };
}

const failedCommand: CommandResult = {
  ok: false,
  code: 'internal',
  detail: 'the door process failed to carry this out; its log says why',
};
