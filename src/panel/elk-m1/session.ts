import type { Cancel, Clock } from '../../core/clock.ts';
import type { HolderReport } from '../../core/holder.ts';
import type { Line } from '../../core/line.ts';
import type { ArmState, LogPlace, PanelEvent, PanelReport } from '../../core/panel.ts';
import type { NumberedPartition } from '../../core/site.ts';
import { areaBoard } from './area-board.ts';
import { type Closed, conversation } from './conversation.ts';
import { enteredEvent } from './events.ts';
import { type Firmware, firmwareText } from './firmware.ts';
import { encodeFrame, frameScanner } from './frame.ts';
import { decodeReport, encodeRequest, type Report } from './layout.ts';
import { panelLog } from './panel-log.ts';
import { type Procedure, procedureRunner } from './procedure.ts';
import { troubleChanges } from './troubles.ts';

/** The connection with the panel, and all that is known of it. */
export interface Session {
  start(): void;
  /** Synchronised, and answering. */
  online(): boolean;
  /** False: somebody programs the panel by ELKRP, and what it says of itself counts for nothing. */
  steady(): boolean;
  firmware(): Firmware | null;
  /** How many digits all codes have, 4 or 6; null: it has not told. */
  codeLength(): number | null;
  state(partition: NumberedPartition): ArmState;
  /** `gate` is asked before each step that carries a code. */
  run<T>(procedure: Procedure<T>, gate: () => Closed | null): Promise<T>;
  close(): Promise<void>;
}

export type AnyReport = PanelReport | HolderReport | PanelEvent;

/** The state is pushed too, where the panel's globals say so: the poll does not rely on it (sheet 2.2). */
const pollMs = 30_000;
/** When an area says disarmed that was not, it is asked again. */
const recheckMs = 1500;
/** The panel says XK every 30 s: no byte for so long is a dead connection (sheet 2.5). */
const silenceMs = 120_000;

/** `tell` hears of everything, until the session is closed. */
export function session(
  partitions: readonly NumberedPartition[],
  line: Line,
  clock: Clock,
  place: LogPlace,
  tell: (report: AnyReport) => void,
): Session {
  const scanner = frameScanner();
  const talk = conversation(clock, (request) => line.write(encodeFrame(encodeRequest(request))));
  const runner = procedureRunner(clock, talk);
  const areas = areaBoard(partitions, clock, tell);
  const log = panelLog(
    clock,
    talk,
    (area) => partitions.find(({ number }) => number === area)?.name ?? null,
    place,
    tell,
  );
  let told: 'online' | 'offline' | null = null;
  /** Why it is offline, as it was told last. */
  let because = '';
  let steady = true;
  let firmware: Firmware | null = null;
  let codeLength: number | null = null;
  let troubles = '';
  let poll: Cancel = () => {};
  let recheck: Cancel | null = null;
  let silence: Cancel = () => {};

  /** Everything that can have changed unheard, in the order of the sheet (2.5). */
  function synchronise(): void {
    talk.ask({ type: 'version', value: {} }, () => {});
    askState();
    talk.ask({ type: 'troubles', value: {} }, () => {});
    // Code 0 is valid nowhere; the answer tells how long codes are.
    talk.ask({ type: 'code_areas', value: { code: '000000' } }, () => {});
    talk.ask({ type: 'clock', value: {} }, ({ type }) => {
      if (type !== 'down') log.catchUp();
    });
  }

  function askState(): void {
    poll();
    poll = clock.after(pollMs, () => (told === 'online' ? askState() : synchronise()));
    talk.ask({ type: 'arming', value: {} }, ({ type }) => {
      if (type === 'report') online();
      else if (type === 'silent') lost('the panel does not answer');
    });
  }

  function online(): void {
    if (told === 'online') return;
    told = 'online';
    tell({ type: 'online', firmware: firmware === null ? null : firmwareText(firmware) });
  }

  function lost(reason: string): void {
    stale();
    if (told === 'offline' && because === reason) return;
    told = 'offline';
    because = reason;
    tell({ type: 'offline', detail: reason });
  }

  function stale(): void {
    log.outage();
    areas.lost();
    recheck?.();
    recheck = null;
  }

  /** No state is taken from a panel that is being programmed. */
  function programmed(over: boolean): void {
    if (steady === over) return;
    steady = over;
    if (over) byHand();
    else stale();
  }

  function byHand(): void {
    tell({ type: 'changed_by_hand', slot: null });
    synchronise();
  }

  function hear(heard: Report): void {
    if (steady) areas.hear(heard, talk.asking() === 'arming');
    switch (heard.type) {
      case 'log':
        if (heard.value.index === 0) log.live(heard.value);
        break;
      case 'code_entered': {
        const event = enteredEvent(heard.value, clock.wall());
        tell(event ?? { type: 'used', slot: heard.value.user, at: clock.wall() });
        break;
      }
      case 'troubles':
        for (const change of troubleChanges(troubles, heard.value.states)) tell(change);
        troubles = heard.value.states;
        break;
      case 'version':
        firmware = heard.value;
        break;
      case 'clock':
      case 'keepalive':
        log.clock(heard.value);
        break;
      case 'code_areas':
        codeLength = heard.value.length;
        break;
      case 'remote':
        programmed(heard.value.state === 0);
        break;
      case 'left_programming':
        byHand();
        break;
      case 'arming':
      case 'timers':
      case 'code_changed':
      case 'name':
      case 'alarm_memory':
      case 'zone':
        break;
    }
    talk.heard(heard);
    if (!areas.doubtful() || recheck !== null) return;
    recheck = clock.after(recheckMs, () => {
      recheck = null;
      askState();
    });
  }

  function listen(): void {
    silence();
    silence = clock.after(silenceMs, () => {
      line.reset('the panel has said nothing for 120 s');
      listen();
    });
  }

  function stopTimers(): void {
    poll();
    silence();
    recheck?.();
  }

  return {
    start() {
      line.open({
        up() {
          scanner.clear();
          // A connection that is new knows nothing of who programs the panel: it tells.
          steady = true;
          talk.up();
          listen();
          synchronise();
        },
        data(bytes) {
          listen();
          for (const frame of scanner.push(bytes)) {
            const heard = decodeReport(frame);
            if (heard !== null) hear(heard);
          }
        },
        down(reason) {
          stopTimers();
          talk.down();
          lost(reason);
        },
      });
    },
    online: () => told === 'online',
    steady: () => steady,
    firmware: () => firmware,
    codeLength: () => codeLength,
    state: areas.state,
    run: runner.run,
    async close() {
      told = 'offline';
      stopTimers();
      talk.down();
      runner.close();
      await line.close();
    },
  };
}
