/** Places for requests that wait: long polls must not use up the process, nor one caller all of them. */
export interface WaitingRoom {
  /** Takes a place; call what comes back to leave it. Null: all are taken. */
  enter(who: string): (() => void) | null;
}

/** A room with `places` in all, of which one caller may hold `each`. */
export function waitingRoom(places = 128, each = 32): WaitingRoom {
  const held = new Map<string, number>();
  let taken = 0;
  return {
    enter(who) {
      const mine = held.get(who) ?? 0;
      if (taken >= places || mine >= each) return null;
      taken += 1;
      held.set(who, mine + 1);
      let inside = true;
      return () => {
        if (!inside) return;
        inside = false;
        taken -= 1;
        const left = (held.get(who) ?? 1) - 1;
        if (left === 0) held.delete(who);
        else held.set(who, left);
      };
    },
  };
}
