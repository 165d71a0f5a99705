import type { PanelLogin } from '../core/panel.ts';
import type { ElkFault } from './elk-fault.ts';

/** The wire of a panel, at the panel's end, and what it asks of whoever connects; `login` null: nothing. */
export interface PanelWire {
  send(bytes: Uint8Array): void;
  hangUp(): void;
  login: PanelLogin | null;
}

/** The login of a simulated Elk M1's secure port: between its wire and the panel itself. */
export interface ElkLogin {
  /** Somebody has connected anew. */
  connected(): void;
  /** Bytes from whoever connected. */
  receive(bytes: Uint8Array): void;
  /** What the panel says, which only who is let in hears. */
  send(bytes: Uint8Array): void;
  fault(fault: ElkFault, on: boolean): void;
}

/** Asks in the words that other clients know (joekrill/elk-client `ElkClient.ts`). Who is let in speaks to the panel. */
export function elkLogin(
  { send, hangUp, login }: PanelWire,
  panelHears: (bytes: Uint8Array) => void,
): ElkLogin {
  const faults = new Set<ElkFault>();
  let inside = login === null;
  let user: string | null = null;
  let typed = '';
  const say = (words: string): void => send(Buffer.from(words, 'latin1'));

  function ask(): void {
    user = null;
    if (!faults.has('silent')) say('\r\nUsername: ');
  }

  function entered(line: string): void {
    if (user === null) {
      user = line;
      say(`${line}\r\n`);
      if (!faults.has('no_password_prompt')) say('\r\nPassword: ');
      return;
    }
    say(`${'*'.repeat(line.length)}\r\n`);
    const right = user === login?.user.reveal() && line === login.password.reveal();
    if (right && !faults.has('refuses_login')) {
      say('\r\nElk-M1XEP: Login successful.\r\n');
      inside = true;
    } else if (faults.has('hangs_up')) hangUp();
    else {
      say('\r\nUsername/Password not found.\r\n');
      if (faults.has('asks_again')) ask();
      else hangUp();
    }
  }

  return {
    connected() {
      typed = '';
      inside = login === null || faults.has('no_login');
      if (!inside && !faults.has('no_prompt')) ask();
    },
    receive(bytes) {
      if (inside) {
        panelHears(bytes);
        return;
      }
      if (faults.has('no_prompt') || faults.has('silent')) return;
      typed += Buffer.from(bytes).toString('latin1');
      for (let end = typed.indexOf('\r\n'); end >= 0 && !inside; end = typed.indexOf('\r\n')) {
        const line = typed.slice(0, end);
        typed = typed.slice(end + 2);
        entered(line);
      }
      if (inside && typed !== '') panelHears(Buffer.from(typed, 'latin1'));
    },
    send(bytes) {
      if (inside) send(bytes);
    },
    fault(fault, on) {
      if (on) faults.add(fault);
      else faults.delete(fault);
    },
  };
}
