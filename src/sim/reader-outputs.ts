import type { Cancel, Clock } from '../core/clock.ts';
import type { Command } from '../reader/osdp/layout.ts';

type OutRecord = Extract<Command, { type: 'out' }>['value'][number];

/** The outputs of a simulated reader (SIA OSDP 2.2, sheet 4, OUT): each as it is for good and, while its timer runs, for a time. */
export interface SimulatedOutputs {
  /** False for what a reader refuses (NAK 9): an output it has not, a code there is not; then nothing is switched. */
  obey(records: readonly OutRecord[]): boolean;
  /** One byte for each, as OSTATR tells them. */
  states(): Uint8Array;
  /** As after a power cut: all are off, and no timer runs. */
  clear(): void;
}

interface Output {
  lasting: boolean;
  passing: boolean | null;
  timer: Cancel;
}

/** @param moved is told when an output has gone on or off, by an order or its timer */
export function readerOutputs(
  count: number,
  clock: Clock,
  moved: (output: number, on: boolean) => void,
): SimulatedOutputs {
  const outputs: Output[] = Array.from({ length: count }, () => ({
    lasting: false,
    passing: null,
    timer: () => {},
  }));
  const isOn = ({ lasting, passing }: Output): boolean => passing ?? lasting;

  function change(place: number, how: (output: Output) => void): void {
    const output = outputs[place];
    if (output === undefined) return;
    const before = isOn(output);
    how(output);
    if (isOn(output) !== before) moved(place, !before);
  }

  const settle = (place: number): void =>
    change(place, (output) => {
      output.timer();
      output.passing = null;
    });

  function perform({ output: place, control, timer }: OutRecord): void {
    change(place, (output) => {
      // 1 and 2 end what passes, 3 and 4 let it come to its end.
      if (control <= 2 && control > 0) {
        output.timer();
        output.passing = null;
      }
      if (control === 1 || control === 3) output.lasting = false;
      if (control === 2 || control === 4) output.lasting = true;
      if (control < 5) return;
      output.timer();
      output.passing = control === 5;
      output.timer = clock.after(timer * 100, () => settle(place));
    });
  }

  return {
    obey(records) {
      const known = records.every(({ output, control }) => output < count && control <= 6);
      if (known) records.forEach(perform);
      return known;
    },
    states: () => Uint8Array.from(outputs, (output) => (isOn(output) ? 1 : 0)),
    clear() {
      outputs.forEach((_, place) => {
        change(place, (output) => {
          output.timer();
          output.passing = null;
          output.lasting = false;
        });
      });
    },
  };
}
