import type { Cancel, Clock } from '../core/clock.ts';
import { AppError } from '../core/error.ts';
import type { DoorsStatus } from '../core/status.ts';
import type { TableVersion } from '../core/table-row.ts';
import type { Link } from '../link/link.ts';
import type { Command, CommandResult, FromAdmin, FromDoor, OrderState } from '../link/message.ts';

export type Configure = Extract<FromDoor, { type: 'configure' }>;
/** Takes what the door process says about the journal and the table, and hears when the Link has room again. */
export interface LinkParts {
  journal: { take(message: Extract<FromDoor, { type: 'journal' }>): void };
  table: {
    heard(message: Extract<FromDoor, { type: 'applied' | 'narrowed' | 'pull' | 'resync' }>): void;
    room(): void;
  };
  /** Whoever sends orders to the devices that keep codes. */
  programming: {
    answered(states: readonly OrderState[]): void;
    /** A new picture of the doors. */
    seen(status: DoorsStatus): void;
    room(): void;
  };
}

/** The admin process's end of the Link. Nothing it holds grows while the door process is stopped. */
export interface DoorLink {
  /** The first message of the connection: which site this is. */
  readonly configured: Promise<Configure>;
  /** Hands over the parts once they are built; journal messages that came before are delivered now. */
  attach(parts: LinkParts): void;
  /** Tells the door process that the admin process is at work. */
  ready(version: TableVersion, listening: string): void;
  /** False when the Link is full: the table publisher tries again when there is room. */
  send(message: FromAdmin): boolean;
  /** The journal is durable up to here. */
  stored(journalId: string, seq: number): void;
  /** Last picture of the doors; null before the first, and after 5 s of silence. */
  status(): DoorsStatus | null;
  /** Rejects with `doors_unreachable` when no result comes within 2 s; 20 s where a device must be waited for. */
  command(order: Command): Promise<CommandResult>;
}

const silenceMs = 5_000;
const commandMs = 2_000;
const deviceCommandMs = 20_000;
const maxCommands = 64;

const unreachable = (): AppError =>
  new AppError('doors_unreachable', 'the door process does not answer; doors go on by themselves, try again');

/** @param down called once, when the door process is gone; open commands have been rejected by then */
export function doorLink(
  link: Link<FromAdmin, FromDoor>,
  clock: Clock,
  down: (reason: string) => void,
): DoorLink {
  const commands = new Map<number, { resolve(result: CommandResult): void; reject(error: AppError): void }>();
  /** Answers the Link did not take; the newest of each kind stands for those before it. */
  const owed = new Map<'ready' | 'pong' | 'stored', FromAdmin>();
  const early: Extract<FromDoor, { type: 'journal' }>[] = [];
  let parts: LinkParts | null = null;
  let numbered = 0;
  let status: DoorsStatus | null = null;
  let heardAt = clock.mono();
  let tellConfigured: (message: Configure) => void = () => {};
  const configured = new Promise<Configure>((resolve) => {
    tellConfigured = resolve;
  });

  const flush = (): void => {
    for (const [kind, message] of owed) {
      if (!link.send(message)) return;
      owed.delete(kind);
    }
  };
  const owe = (message: Extract<FromAdmin, { type: 'ready' | 'pong' | 'stored' }>): void => {
    owed.set(message.type, message);
    flush();
  };

  const take = (message: FromDoor): void => {
    heardAt = clock.mono();
    switch (message.type) {
      case 'configure':
        tellConfigured(message);
        break;
      case 'journal':
        if (parts === null) early.push(message);
        else parts.journal.take(message);
        break;
      case 'applied':
      case 'narrowed':
      case 'pull':
      case 'resync':
        parts?.table.heard(message);
        break;
      case 'status':
        status = message.status;
        parts?.programming.seen(message.status);
        break;
      case 'result':
        commands.get(message.command)?.resolve(message.result);
        break;
      case 'order_states':
        parts?.programming.answered(message.states);
        break;
      case 'ping':
        owe({ type: 'pong', n: message.n });
        break;
    }
  };

  link.open({
    message: take,
    room() {
      flush();
      parts?.table.room();
      parts?.programming.room();
    },
    down(reason) {
      for (const command of commands.values()) command.reject(unreachable());
      down(reason);
    },
  });

  return {
    configured,
    attach(built) {
      parts = built;
      for (const message of early.splice(0)) built.journal.take(message);
      if (status !== null) built.programming.seen(status);
    },
    ready: (version, listening) => owe({ type: 'ready', version, listening }),
    send: (message) => link.send(message),
    stored: (journalId, seq) => owe({ type: 'stored', journal_id: journalId, seq }),
    status: () => (clock.mono() - heardAt < silenceMs ? status : null),
    command(order) {
      numbered += 1;
      const number = numbered;
      if (commands.size >= maxCommands || !link.send({ type: 'command', command: number, order })) {
        return Promise.reject(unreachable());
      }
      return new Promise((resolve, reject) => {
        let cancel: Cancel = () => {};
        const ended = (): void => {
          cancel();
          commands.delete(number);
        };
        const waiter = {
          resolve(result: CommandResult): void {
            ended();
            resolve(result);
          },
          reject(error: AppError): void {
            ended();
            reject(error);
          },
        };
        commands.set(number, waiter);
        const patience =
          order.do === 'unlock' || order.do === 'mode' || order.do === 'try' ? commandMs : deviceCommandMs;
        cancel = clock.after(patience, () => waiter.reject(unreachable()));
      });
    },
  };
}
