import type { FastifyInstance } from 'fastify';
import { parseCardText, tokenValue } from '../../core/card.ts';
import type { CardFormat } from '../../core/card-format.ts';
import type { Decision } from '../../core/decision.ts';
import { AppError } from '../../core/error.ts';
import { isPin } from '../../core/pin.ts';
import { Secret } from '../../core/secret.ts';
import { type ApiContext, callerOf, needScope } from '../context.ts';
import { countGuess, refuseGuesser } from '../guess-guard.ts';
import { onceAtDoors } from '../repeated-request.ts';

interface TryBody {
  reader_id: string;
  pin?: string;
  card?: string;
  at?: string;
  open: boolean;
}

/** `POST /v1/try`: what a reader would be answered, and why. With `open`, the real thing. */
export function tryRoute(app: FastifyInstance, api: ApiContext): void {
  app.post<{ Body: TryBody }>(
    '/v1/try',
    api.route({
      id: 'try_credential',
      tag: 'doors',
      summary: 'Says what would be decided and why, and releases nothing unless `open` is true',
      scope: 'doors:try',
      headers: 'IdempotencyHeaders',
      body: 'Try',
      answers: { 200: 'Decision' },
    }),
    async (request, reply) => {
      const { reader_id, at, open } = request.body;
      const caller = callerOf(request);
      if (open) needScope(caller, 'doors:unlock');
      if (open && at !== undefined) throw fault('/at', 'cannot be together with open: a door opens now');
      refuseGuesser(api, caller);
      const instant = at === undefined ? null : Date.parse(at);
      const presented = {
        reader_id,
        ...credentialOf(request.body, api.service.doors.site().formats),
        at: instant,
        open,
      };
      const present = async (): Promise<Decision> => {
        const decision = await api.service.doors.try(presented, caller);
        const { reason } = decision;
        if (reason === 'unknown_credential' || reason === 'wrong_pin') countGuess(api, caller);
        return decision;
      };
      return open ? onceAtDoors(api, request, reply, present) : present();
    },
  );
}

function credentialOf(
  { pin, card }: TryBody,
  formats: readonly CardFormat[],
): { kind: 'pin' | 'token'; value: Secret } {
  if ((pin === undefined) === (card === undefined)) throw fault('', 'needs either pin or card');
  if (pin !== undefined) {
    if (!isPin(pin)) throw fault('/pin', 'must be a string of 4 to 10 digits');
    return { kind: 'pin', value: new Secret(pin) };
  }
  const parsed = parseCardText(card ?? '', formats);
  if (!parsed.ok) throw fault('/card', `is not right: ${parsed.why}`);
  return { kind: 'token', value: new Secret(tokenValue(parsed.card)) };
}

function fault(pointer: string, detail: string): AppError {
  return new AppError('invalid_input', `${pointer === '' ? 'the body' : pointer} ${detail}`, {
    errors: [{ pointer, detail }],
  });
}
