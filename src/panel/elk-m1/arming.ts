import type { ArmOutcome, ArmState } from '../../core/panel.ts';
import type { Secret } from '../../core/secret.ts';
import type { Request } from './layout.ts';
import { armingNow, type Procedure } from './procedure.ts';

/** An area and what the driver holds of it, which is more careful than a single report. */
export interface ArmedArea {
  /** 1 to 8. */
  number: number;
  state: () => ArmState;
}

/** Long enough for two polls to agree (sheet 2.2). */
const pauseMs = 1200;
/** Polls after an order until it counts as ignored. */
const tries = 6;

const modes = { away: '1', stay: '2' } as const;
type Mode = keyof typeof modes;

/** An area that is armed already is left alone: to arm it again would disarm it (sheet 2.3). */
export function* armArea(area: ArmedArea, how: Mode, code: Secret): Procedure<ArmOutcome> {
  const before = yield* settledState(area);
  if (typeof before !== 'string') return before;
  if (before !== '0') {
    if (before === modes[how]) return { ok: true, already: true };
    return refused(`area ${area.number} is armed in another mode (${before}): disarm it first`);
  }
  yield order(how === 'away' ? 'arm_away' : 'arm_stay', area, code);
  return yield* followed(area, (armed) => armed !== '0');
}

/** Disarmed is what two reports agree on. */
export function* disarmArea(area: ArmedArea, code: Secret): Procedure<ArmOutcome> {
  const before = yield* settledState(area);
  if (typeof before !== 'string') return before;
  if (before === '0') return { ok: true, already: true };
  yield order('disarm', area, code);
  return yield* followed(area, () => area.state() === 'disarmed');
}

const order = (type: 'arm_away' | 'arm_stay' | 'disarm', { number }: ArmedArea, code: Secret) => {
  const request: Request = { type, value: { area: number, code: code.reveal() } };
  // Whether it may be armed is not a matter of whether codes may be changed.
  return { do: 'ask', request, gated: false } as const;
};

/** The mode the area is in, once one report and what was known before agree. */
function* settledState(area: ArmedArea): Procedure<string | ArmOutcome> {
  for (let n = 0; n < tries; n++) {
    const now = yield* armingNow();
    if (!now.ok) return offline(now.why);
    const armed = now.value.armed[area.number - 1] ?? '';
    if ((armed === '0') === (area.state() === 'disarmed')) return armed;
    yield { do: 'pause', ms: pauseMs };
  }
  // Nothing has left: that much is known.
  return refused('the panel does not say twice the same of the area, and was ordered nothing: try again');
}

function* followed(area: ArmedArea, done: (armed: string) => boolean): Procedure<ArmOutcome> {
  for (let n = 0; n < tries; n++) {
    yield { do: 'pause', ms: pauseMs };
    const now = yield* armingNow();
    if (!now.ok) return unknown('the order was sent, and the panel does not say what became of it');
    if (done(now.value.armed[area.number - 1] ?? '')) return { ok: true, already: false };
  }
  return refused(
    `the panel did nothing: the code must be valid in area ${area.number}, and its user may not have the option "Access"`,
  );
}

const offline = (why: string): ArmOutcome => ({
  ok: false,
  why: 'offline',
  detail: why === 'down' ? 'the line to the panel is down' : 'the panel does not answer',
});
const refused = (detail: string): ArmOutcome => ({ ok: false, why: 'refused', detail });
const unknown = (detail: string): ArmOutcome => ({ ok: false, why: 'unknown_result', detail });
