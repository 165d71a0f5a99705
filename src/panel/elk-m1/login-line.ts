import type { Cancel, Clock } from '../../core/clock.ts';
import type { Line, LineOwner } from '../../core/line.ts';
import type { PanelLogin } from '../../core/panel.ts';
import { newLogin, stepLogin } from './login.ts';

/** What the port may ask for; `file`: where it is written, for those who have to mend it. */
export interface Credentials {
  login: PanelLogin | null;
  file: string | null;
}

/** Longer than the panel is ever silent: it says XK every 30 s, and a port that asks for nothing begins with that. */
const deadlineMs = 40_000;
/** A refused login is tried again after these, the last one repeating: nobody's account is to be locked by us. */
const restsMs = [60_000, 120_000, 300_000, 900_000] as const;

/**
 * The panel's line behind the login of its secure port (sheet 2.1): up once it lets us in. A port that asks for nothing passes for one that
 * has let us in: at once where there is no login, else with its first frame. `judged` hears why a login is refused; null: it was not.
 */
export function loginLine(
  line: Line,
  { login: known, file }: Credentials,
  clock: Clock,
  judged: (why: string | null) => void,
): Line {
  let owner: LineOwner | null = null;
  let login = newLogin;
  /** Let in, on the present connection. */
  let inside = false;
  /** Frames go through; without a login that is so before it is known whether one is wanted. */
  let through = false;
  let refusals = 0;
  let notBefore = 0;
  let refusal = '';
  let deadline: Cancel = () => {};

  function refused(why: string): void {
    const restMs = restsMs[Math.min(refusals, restsMs.length - 1)] ?? 0;
    refusals += 1;
    notBefore = clock.mono() + restMs;
    refusal = why;
    through = false;
    deadline();
    judged(why);
    line.reset(why, restMs);
  }

  function enter(): void {
    deadline();
    inside = true;
    refusals = 0;
    judged(null);
    if (through) return;
    through = true;
    owner?.up();
  }

  function hear(bytes: Uint8Array): void {
    const step = stepLogin(login, bytes, known);
    switch (step.type) {
      case 'in': {
        const wasThrough = through;
        enter();
        owner?.data(wasThrough ? bytes : step.rest);
        return;
      }
      case 'asked':
        refused(unknownLogin);
        return;
      case 'refused':
        refused(wrongLogin(file));
        return;
      case 'open':
        login = step.login;
        if (step.send !== null) line.write(step.send);
        if (through) owner?.data(bytes);
        return;
    }
  }

  return {
    name: line.name,
    baud: line.baud,
    open(newOwner) {
      owner = newOwner;
      line.open({
        up() {
          const restMs = notBefore - clock.mono();
          if (restMs > 0) {
            line.reset(refusal, restMs);
            return;
          }
          login = newLogin;
          if (known === null) {
            through = true;
            newOwner.up();
            return;
          }
          deadline = clock.after(deadlineMs, () => {
            if (login.stage === 'password_sent') refused(wrongLogin(file));
            else line.reset('the secure port of the panel neither asks for a user name nor says anything');
          });
        },
        data(bytes) {
          if (inside) newOwner.data(bytes);
          else hear(bytes);
        },
        down(reason) {
          deadline();
          // Some close the connection rather than say no.
          if (!inside && login.stage === 'password_sent' && notBefore <= clock.mono())
            refused(wrongLogin(file));
          login = newLogin;
          inside = false;
          through = false;
          newOwner.down(reason);
        },
      });
    },
    write: (bytes) => through && line.write(bytes),
    reset: line.reset,
    async close() {
      deadline();
      await line.close();
    },
  };
}

const wrongLogin = (file: string | null): string =>
  `the secure port of the panel refuses the user name and password in ${file ?? 'login_file'}: write those of its network interface there and start postern again; until then it is tried every few minutes`;
const unknownLogin =
  'the secure port of the panel asks for a user name and password: write them into a file of two lines and name it as login_file of the panel (the log says what is wrong with one that is there)';
