import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Secret } from '../../../src/core/secret.ts';
import { type LoginStep, newLogin, stepLogin } from '../../../src/panel/elk-m1/login.ts';

/** The words of joekrill/elk-client `ElkClient.ts`, with the echo that it passes over. */
const askName = '\r\nUsername: ';
const askPassword = 'postern\r\n\r\nPassword: ';
const welcome = '********\r\n\r\nElk-M1XEP: Login successful.\r\n';
const refusal = '********\r\n\r\nUsername/Password not found.\r\n';
/** From the vendor's document. */
const frame = '16XK2636115020605110006F\r\n';

const known = { user: new Secret('postern'), password: new Secret('failsafe') };
const bytesOf = (words: string) => Buffer.from(words, 'latin1');
const textOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1');

/** Everything that is answered, and how it ends, to chunks of text. */
function through(chunks: readonly string[], login: typeof known | null = known) {
  let state = newLogin;
  let sent = '';
  let end: LoginStep | null = null;
  for (const [n, chunk] of chunks.entries()) {
    const step = stepLogin(state, bytesOf(chunk), login);
    if (step.type === 'open') {
      state = step.login;
      sent += step.send === null ? '' : textOf(step.send);
      continue;
    }
    end =
      step.type === 'in'
        ? { ...step, rest: bytesOf(textOf(step.rest) + chunks.slice(n + 1).join('')) }
        : step;
    break;
  }
  return { sent, end, rest: end?.type === 'in' ? textOf(end.rest) : null };
}

describe('a port that asks', () => {
  test('is told the name, then the password, and lets in; what follows belongs to the panel', () => {
    expect(through([askName, askPassword, welcome + frame])).toMatchObject({
      sent: 'postern\r\nfailsafe\r\n',
      rest: frame,
    });
  });

  test('is understood however its words are cut', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(120), { maxLength: 12 }), (cuts) => {
        // Each answer is given before the port goes on.
        const chunks = [askName, askPassword, welcome + frame].flatMap((part) => {
          const at = [...new Set(cuts.filter((cut) => cut < part.length))].sort((a, b) => a - b);
          return [...at, part.length].map((end, i) => part.slice(at[i - 1] ?? 0, end));
        });
        expect(through(chunks)).toMatchObject({ sent: 'postern\r\nfailsafe\r\n', rest: frame });
      }),
    );
  });

  test('says no: nothing more is sent', () => {
    expect(through([askName, askPassword, refusal])).toMatchObject({
      sent: 'postern\r\nfailsafe\r\n',
      end: { type: 'refused' },
    });
  });

  test.each([
    ['for the name again', [askName, askName]],
    ['for the name after the password', [askName, askPassword, `********\r\n${askName}`]],
    ['for the password again', [askName, askPassword, '\r\nPassword: ']],
    ['for a password without a name', ['\r\nPassword: ']],
  ])('%s has refused, and is not told it again', (_, chunks) => {
    const { sent, end } = through(chunks);
    expect(end).toEqual({ type: 'refused' });
    expect(sent.split('failsafe').length).toBeLessThanOrEqual(2);
  });

  test('echoes the password, which says nothing, whatever it spells', () => {
    const echoed = 'failsafe\r\n';
    expect(through([askName, askPassword, echoed]).end).toBeNull();
    expect(through([askName, askPassword, echoed, welcome]).rest).toBe('');
    const login = { ...known, password: new Secret('Login successful') };
    expect(through([askName, askPassword, 'Login successful\r\n'], login).end).toBeNull();
  });

  test('gets no answer where none is known', () => {
    expect(through([askName], null)).toMatchObject({ sent: '', end: { type: 'asked' } });
  });
});

test('a port that asks for nothing has let us in with its first frame', () => {
  expect(through([frame.slice(0, 9), frame.slice(9)])).toMatchObject({ sent: '', rest: frame });
  expect(through([`\xff\x00${frame}`]).rest).toContain(frame);
  expect(through([frame], null).rest).toBe(frame);
});

test('noise is no prompt, no answer and no frame, and little of it is kept', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 3000 }), (noise) => {
      const step = stepLogin(newLogin, noise, known);
      expect(step).toMatchObject({ type: 'open', send: null });
      if (step.type === 'open') expect(step.login.held.length).toBeLessThanOrEqual(512);
    }),
  );
});
