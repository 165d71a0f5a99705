import type { ReaderReport } from '../../core/reader.ts';
import type { Frame } from './frame.ts';
import { type Command, notProcessed, type Reply, unknownCommand } from './layout.ts';

/**
 * What is to be told of an answer that is of no use: one that nobody can read, a refusal of what a door needs or with a code of the
 * vendor's own, a reader head at fault, a message for something that was never begun. Null: nothing. Data that may be a card or a key are not in it.
 */
export function unexplained(
  command: Command,
  reply: Reply | null,
  { code, data }: Frame,
): ReaderReport | null {
  const strange = (detail: string, shown: Uint8Array): ReaderReport => ({
    type: 'unexpected',
    detail,
    raw: hexOf(Uint8Array.of(code, ...shown)),
  });
  const nothing = new Uint8Array(0);
  const shownBytes = 16;
  switch (reply?.type) {
    case undefined:
      if (command.type === 'chlng' || command.type === 'scrypt') return null;
      return strange(`an answer that cannot be read, of ${data.length} bytes, to ${command.type}`, nothing);
    case 'nak': {
      const { error, detail } = reply.value;
      if (command.type === 'istat' && (error === unknownCommand || error === notProcessed)) {
        const why = error === unknownCommand ? 'has no inputs' : 'does not tell its inputs';
        return strange(`it ${why}, and one of them is to serve a door`, Uint8Array.of(error));
      }
      if (error >= 1 && error <= 9) return null;
      return strange(
        `a refusal of ${command.type} with a code of its own`,
        Uint8Array.of(error, ...detail.slice(0, shownBytes)),
      );
    }
    case 'mfgrep':
      return strange("a message of the vendor's own, which is passed over", reply.value.vendor);
    case 'rstatr': {
      // Sheet 5: 1 not connected, 2 tamper; of a reader head away from the unit that speaks for it.
      const { states } = reply.value;
      const [lost, tampered] = [states.includes(1), states.includes(2)];
      if (!lost && !tampered) return null;
      const what = lost ? 'is not connected to it' : 'was tampered with';
      return strange(`it says that its reader head ${what}`, states.slice(0, shownBytes));
    }
    case 'ftstat':
      return strange('the state of a file transfer that nobody began', nothing);
    default:
      return null;
  }
}

const hexOf = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
