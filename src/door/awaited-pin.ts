import type { Cancel, Clock } from '../core/clock.ts';
import type { Decision } from '../core/decision.ts';

/** A card by its key, and what was decided when it was shown. */
export interface ShownCard {
  key: string;
  decision: Decision;
}

/** A card that would open if its owner's PIN followed: one at a time, and for so long. */
export interface AwaitedPin {
  /** The card was shown now. */
  begin(card: ShownCard): void;
  card(): ShownCard | null;
  /** Waits no longer. Returns the card. */
  end(): ShownCard | null;
}

/** @param lapsed called when the PIN has not come within `ms`, and the card is no longer waited for */
export function awaitedPin(ms: number, clock: Clock, lapsed: (card: ShownCard) => void): AwaitedPin {
  let waiting: { card: ShownCard; cancel: Cancel } | null = null;
  const end = (): ShownCard | null => {
    const card = waiting?.card ?? null;
    waiting?.cancel();
    waiting = null;
    return card;
  };
  return {
    begin(card) {
      end();
      const cancel = clock.after(ms, () => {
        end();
        lapsed(card);
      });
      waiting = { card, cancel };
    },
    card: () => waiting?.card ?? null,
    end,
  };
}
