import type { Cancel, Clock } from '../core/clock.ts';
import { AppError } from '../core/error.ts';
import type { SiteContactPanel, SitePartition } from '../core/site.ts';
import { named } from './named.ts';
import type { RelayUnit } from './relay-board.ts';

/** What can go wrong with a panel on dry contacts, each switched on and off by itself while it runs. */
export const contactFaults = [
  /** The cable is cut: no contact is closed. */
  'cut',
  /** The cable is crushed: every contact is closed. */
  'crushed',
  /** The contact that is closed while disarmed stays open: its relay has failed. */
  'dead_relay',
  /** The outputs blink, as some do in exit delay or alarm. */
  'blinks',
  /** The board that reads the contacts has no power. */
  'board_silent',
  /** Its answers are damaged. */
  'board_wrong_crc',
] as const;
export type ContactFault = (typeof contactFaults)[number];

/** A panel known by its contacts only. */
export interface ContactPanel {
  arm(partition: string, armed: boolean): void;
  fault(fault: ContactFault, on: boolean): void;
  armed(partition: string): boolean;
  /** For what such a panel has not: throws AppError `invalid_input`. */
  onlyContacts(): never;
}

/** Half a period of an output that blinks. */
const blinkMs = 700;

/** All partitions are disarmed at first. `board` reads the contacts. */
export function contactPanel({ partitions }: SiteContactPanel, board: RelayUnit, clock: Clock): ContactPanel {
  const byName = new Map(partitions.map((one) => [one.name, one]));
  const armed = new Set<string>();
  const faults = new Set<ContactFault>();
  let lit = false;
  let blink: Cancel = () => {};

  /** Whether the contact for this state is closed. */
  function closed({ name }: SitePartition, contact: 'disarmed' | 'armed'): boolean {
    if (faults.has('cut')) return false;
    if (faults.has('crushed')) return true;
    if (faults.has('dead_relay') && contact === 'disarmed') return false;
    const now = faults.has('blinks') ? lit : armed.has(name);
    return now === (contact === 'armed');
  }

  function show(): void {
    for (const one of partitions) {
      board.setInput(one.disarmed_input, closed(one, 'disarmed'));
      if (one.armed_input !== null) board.setInput(one.armed_input, closed(one, 'armed'));
    }
  }

  function turn(): void {
    lit = !lit;
    show();
    blink = clock.after(blinkMs, turn);
  }

  show();
  return {
    arm(name, now) {
      named('partition', name, byName);
      if (now) armed.add(name);
      else armed.delete(name);
      show();
    },
    fault(fault, on) {
      if (on) faults.add(fault);
      else faults.delete(fault);
      board.faults.silent = faults.has('board_silent');
      board.faults.wrong_crc = faults.has('board_wrong_crc');
      blink();
      if (faults.has('blinks')) turn();
      else show();
    },
    armed: (name) => armed.has(name),
    onlyContacts() {
      throw new AppError(
        'invalid_input',
        'this panel has contacts only: arm or disarm it, or give it a fault',
      );
    },
  };
}
