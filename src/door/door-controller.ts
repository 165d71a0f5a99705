import type { Cancel, Clock } from '../core/clock.ts';
import { doorDue, stepDoor } from '../core/door-machine.ts';
import {
  type Cause,
  type DoorEffect,
  type DoorInput,
  type DoorNews,
  type DoorState,
  newDoor,
} from '../core/door-state.ts';
import type { LockBus, LockOutcome, LockReport } from '../core/lock.ts';
import type { SiteDoor } from '../core/site.ts';

/** One door with its lock. */
export interface DoorController {
  readonly door: SiteDoor;
  state(): DoorState;
  /** Releases the lock, in this call; one that is released because the door stands unlocked stays so. Resolves with what the lock made of it. */
  release(cause: Cause): Promise<LockOutcome>;
  /** Whether the door stands unlocked from now on. The lock is told in this call, if its board is there. */
  stand(unlocked: boolean): void;
  heard(report: LockReport): void;
  /** The contact, which is not at the lock's board, cannot be read any more. */
  contactLost(): void;
  /** Sets the door as it is to stand while nobody controls it. Resolves when the lock has answered. */
  stop(): Promise<void>;
}

/** @param emit takes the door's news, in order, after the lock has moved */
export function doorController(
  door: SiteDoor,
  lock: LockBus,
  clock: Clock,
  emit: (news: DoorNews) => void,
): DoorController {
  let state = newDoor;
  let timer: Cancel = () => {};

  /** @param outcomes gathers those of the commands that the step gives to the lock */
  function step(input: DoorInput, outcomes: Promise<LockOutcome>[] = []): void {
    const next = stepDoor(door, state, input, clock.mono());
    state = next.state;
    for (const effect of next.effects) {
      switch (effect.do) {
        case 'release':
        case 'hold':
          outcomes.push(letGo(effect));
          break;
        case 'secure':
          outcomes.push(secure());
          break;
        case 'emit':
          emit(effect.news);
          break;
      }
    }
    timer();
    const due = doorDue(state);
    timer = due === null ? () => {} : clock.after(due - clock.mono(), () => step({ type: 'timer' }));
  }

  function letGo({ do: what, ms, request, cause }: LetGo): Promise<LockOutcome> {
    return lock[what](door.lock, ms)
      .catch(broken)
      .then((outcome) => {
        step({ type: 'outcome', request, cause, outcome });
        return outcome;
      });
  }

  function secure(): Promise<LockOutcome> {
    return lock
      .secure(door.lock)
      .catch(broken)
      .then((outcome) => {
        if (outcome.ok) step({ type: 'secured' });
        return outcome;
      });
  }

  return {
    door,
    state: () => state,
    async release(cause) {
      const outcomes: Promise<LockOutcome>[] = [];
      step({ type: 'release', cause }, outcomes);
      if (outcomes[0] !== undefined) return outcomes[0];
      if (!state.stopped) return { ok: true };
      return { ok: false, code: 'lock_refused', detail: 'the doors are being shut down' };
    },
    stand: (unlocked) => step({ type: 'stand', unlocked }),
    heard(report) {
      const input = inputOf(report);
      if (input !== null) step(input);
    },
    contactLost: () => step({ type: 'contact_lost' }),
    async stop() {
      const outcomes: Promise<LockOutcome>[] = [];
      step({ type: 'stop' }, outcomes);
      await Promise.all(outcomes);
    },
  };
}

type LetGo = DoorEffect & { do: 'release' | 'hold' };

/** A driver that fails has proved nothing. */
const broken = (error: unknown): LockOutcome => ({
  ok: false,
  code: 'unknown_result',
  detail: error instanceof Error ? error.message : 'the lock driver failed',
});

function inputOf(report: LockReport): DoorInput | null {
  switch (report.type) {
    case 'contact':
      return { type: 'contact', open: report.open };
    case 'exit_button':
      return { type: 'exit_button', pressed: report.pressed };
    case 'online':
      return { type: 'found' };
    case 'offline':
      return { type: 'lost' };
    case 'output':
      return report.state === 'secured' ? { type: 'secured' } : null;
    case 'mismatch':
      return report.found === 'secured' ? { type: 'secured' } : null;
    case 'tamper':
    case 'unexpected':
      return null;
  }
}
