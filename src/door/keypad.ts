import type { Cancel, Clock } from '../core/clock.ts';
import {
  afterWrongPin,
  isLockedOut,
  type KeptLockOut,
  keepLockOut,
  noLockOut,
  resumeLockOut,
} from '../core/lock-out.ts';
import {
  noEntry,
  type PinEntryEffect,
  type PinEntryInput,
  pinEntryDue,
  stepPinEntry,
} from '../core/pin-entry.ts';
import type { Key } from '../core/reader.ts';
import type { Secret } from '../core/secret.ts';
import type { KeypadRules, LockOutRules } from '../core/site.ts';

/** The keypad of one reader: what is being typed, and how many wrong PINs there were. */
export interface Keypad {
  press(keys: readonly Key[]): void;
  /** Forgets what is half typed. */
  discard(): void;
  lockedOut(): boolean;
  /** When the lock-out ends, by the wall clock as it stands now; null when there is none. */
  lockedOutUntil(): number | null;
  wrongPin(): void;
  grantedPin(): void;
  kept(): KeptLockOut;
  close(): void;
}

export interface KeypadOwner {
  /** A PIN was entered; null stands for more digits than any PIN has. */
  submit(pin: Secret | null): void;
  show(signal: 'enter_pin' | 'ready'): void;
  /** The wrong tries have changed; `lockedOut` when they have just locked the keypad. */
  triesChanged(lockedOut: { until: number; wrong_tries: number } | null): void;
}

/** @param kept the lock-out of an earlier life, which goes on */
export function keypad(
  rules: KeypadRules,
  lockOutRules: LockOutRules,
  clock: Clock,
  owner: KeypadOwner,
  kept: KeptLockOut | null,
): Keypad {
  let entry = noEntry;
  let lockOut = kept === null ? noLockOut : resumeLockOut(kept, clock.mono());
  let timer: Cancel = () => {};

  function step(input: PinEntryInput): void {
    const next = stepPinEntry(rules, entry, input, clock.mono());
    entry = next.state;
    timer();
    const due = pinEntryDue(rules, entry);
    timer = due === null ? () => {} : clock.after(due - clock.mono(), () => step({ type: 'timer' }));
    for (const effect of next.effects) act(effect);
  }
  function act(effect: PinEntryEffect): void {
    switch (effect.do) {
      case 'submit':
        owner.submit(effect.pin);
        return;
      case 'refuse':
        owner.submit(null);
        return;
      case 'show':
        owner.show(effect.signal);
        return;
    }
  }
  const lockedOut = (): boolean => isLockedOut(lockOut, clock.mono());
  const wallEnd = (): number => clock.wall() + lockOut.until - clock.mono();

  return {
    press(keys) {
      if (rules.whole_pins === true) step({ type: 'discard' });
      for (const key of keys) step({ type: 'key', key });
      // Entered by the reader itself, with or without saying so; twice does no harm.
      if (rules.whole_pins === true) step({ type: 'key', key: '#' });
    },
    discard: () => step({ type: 'discard' }),
    lockedOut,
    lockedOutUntil: () => (lockedOut() ? wallEnd() : null),
    wrongPin() {
      lockOut = afterWrongPin(lockOutRules, lockOut, clock.mono());
      owner.triesChanged(lockedOut() ? { until: wallEnd(), wrong_tries: lockOut.wrong_tries } : null);
    },
    grantedPin() {
      if (lockOut.wrong_tries === 0) return;
      lockOut = noLockOut;
      owner.triesChanged(null);
    },
    kept: () => keepLockOut(lockOut, clock.mono()),
    close: () => timer(),
  };
}
