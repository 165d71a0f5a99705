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

/** What stands for a door contact and an exit button that are wired to a reader: told when the door is open, the button pressed. */
export interface WiredElsewhere {
  contact?: ((active: boolean) => void) | undefined;
  exit_button?: ((active: boolean) => void) | undefined;
}

/** A door whose lock is a relay of a simulated board, closed at first. */
export function simulatedDoor(
  name: string,
  lock: SiteLock,
  board: RelayUnit,
  clock: Clock,
  happened: (event: SimulatedEvent) => void,
  elsewhere: WiredElsewhere = {},
): SimulatedDoor {
  let isOpen = false;
  const show = (wiring: InputWiring | null, active: boolean): void => {
    if (wiring !== null) board.setInput(wiring.input, active === (wiring.active_when === 'closed'));
  };
  const move = (open: boolean): void => {
    isOpen = open;
    show(lock.contact, open);
    elsewhere.contact?.(open);
    happened({ event: 'door_moved', door: name, open });
  };
  const isReleased = () => board.relay(lock.relay) === (lock.released_when === 'energised');
  for (const wiring of [lock.contact, lock.exit_button, lock.tamper]) show(wiring, false);
  elsewhere.contact?.(false);
  elsewhere.exit_button?.(false);
  const press = (pressed: boolean): void => {
    show(lock.exit_button, pressed);
    elsewhere.exit_button?.(pressed);
  };
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
      if (lock.exit_button === null && elsewhere.exit_button === undefined)
        throw new AppError('not_found', `door "${name}" has no exit button`);
      press(true);
      clock.after(pressMs, () => press(false));
    },
  };
}
