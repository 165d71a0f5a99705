import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/error.ts';
import type { InputWiring, SiteLock } from '../core/site.ts';
import type { RelayUnit } from './relay-board.ts';
import type { SimulatedEvent } from './simulated-event.ts';

/** How long a finger stays on an exit button, in milliseconds. */
const pressMs = 400;

/** A door with a lock, and somebody in front of it. */
export interface SimulatedDoor {
  isOpen(): boolean;
  isReleased(): boolean;
  /** Throws AppError `forbidden` when the lock holds it; `force` breaks it open. */
  open(force: boolean): void;
  close(): void;
  pressExit(): void;
}

/** A door whose lock is a relay of a simulated board, closed at first. */
export function simulatedDoor(
  name: string,
  lock: SiteLock,
  board: RelayUnit,
  clock: Clock,
  happened: (event: SimulatedEvent) => void,
): SimulatedDoor {
  let isOpen = false;
  const show = (wiring: InputWiring | null, active: boolean): void => {
    if (wiring !== null) board.setInput(wiring.input, active === (wiring.active_when === 'closed'));
  };
  const move = (open: boolean): void => {
    isOpen = open;
    show(lock.contact, open);
    happened({ event: 'door_moved', door: name, open });
  };
  const isReleased = () => board.relay(lock.relay) === (lock.released_when === 'energised');
  for (const wiring of [lock.contact, lock.exit_button, lock.tamper]) show(wiring, false);
  return {
    isOpen: () => isOpen,
    isReleased,
    open(force) {
      if (isOpen) return;
      if (!isReleased() && !force) {
        throw new AppError('forbidden', `door "${name}" is locked; only force opens it now`);
      }
      move(true);
    },
    close() {
      if (isOpen) move(false);
    },
    pressExit() {
      if (lock.exit_button === null) throw new AppError('not_found', `door "${name}" has no exit button`);
      show(lock.exit_button, true);
      clock.after(pressMs, () => show(lock.exit_button, false));
    },
  };
}
