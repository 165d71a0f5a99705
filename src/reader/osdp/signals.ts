import type { ReaderSignal } from '../../core/reader.ts';
import type { Command } from './layout.ts';

/** What a reader is able to show; what its capabilities do not deny. */
export interface Feedback {
  led: boolean;
  buzzer: boolean;
}

/** The commands that show a signal: the light first, then the sound. Readers without the one or the other get less. */
export function signalCommands(signal: ReaderSignal, feedback: Feedback): Command[] {
  const { light, sound } = table[signal];
  const shown: Command[] = [];
  if (feedback.led) shown.push({ type: 'led', value: [{ reader: 0, led: 0, ...light }] });
  if (feedback.buzzer && sound !== null) {
    shown.push({ type: 'buz', value: { reader: 0, tone: defaultTone, ...sound } });
  }
  return shown;
}

type Light = Omit<Extract<Command, { type: 'led' }>['value'][number], 'reader' | 'led'>;
type Sound = Omit<Extract<Command, { type: 'buz' }>['value'], 'reader' | 'tone'>;

const color = { off: 0, red: 1, green: 2, amber: 3 } as const;
const defaultTone = 2;

// Ends a light that is still temporary, such as the green of the person before. The fields mean nothing then, but zeros in
// them confuse some readers (sheet 4.1).
const cancelTemporary = {
  temporary: 1,
  temporary_on: 1,
  temporary_off: 0,
  temporary_on_color: color.red,
  temporary_off_color: color.red,
  timer: 1,
};
const steadyRed = { permanent: 1, on: 1, off: 0, on_color: color.red, off_color: color.red };
const amberBlink = { permanent: 1, on: 5, off: 5, on_color: color.amber, off_color: color.off };
const greenFor3s = {
  temporary: 2,
  temporary_on: 1,
  temporary_off: 0,
  temporary_on_color: color.green,
  temporary_off_color: color.green,
  timer: 30,
};
const redBlinkFor2s = {
  temporary: 2,
  temporary_on: 2,
  temporary_off: 2,
  temporary_on_color: color.red,
  temporary_off_color: color.off,
  timer: 20,
};

/** Times in 100 ms. */
const table: Record<ReaderSignal, { light: Light; sound: Sound | null }> = {
  ready: { light: { ...cancelTemporary, ...steadyRed }, sound: null },
  granted: { light: { ...greenFor3s, ...steadyRed }, sound: { on: 3, off: 1, count: 1 } },
  refused: { light: { ...redBlinkFor2s, ...steadyRed }, sound: { on: 1, off: 1, count: 3 } },
  enter_pin: { light: { ...cancelTemporary, ...amberBlink }, sound: null },
};
