import type { Clock } from '../core/clock.ts';
import type { Command } from '../reader/osdp/layout.ts';

export type LightColor = 'off' | 'red' | 'green' | 'amber' | 'blue' | 'magenta' | 'cyan' | 'white';

/** What somebody in front of a reader sees, and how many beeps were heard so far. */
export interface Display {
  color: LightColor;
  blinking: boolean;
  beeps: number;
}

type LedRecord = Extract<Command, { type: 'led' }>['value'][number];
type Text = Extract<Command, { type: 'text' }>['value'];
type Sound = Extract<Command, { type: 'buz' }>['value'];

const colors: readonly LightColor[] = ['off', 'red', 'green', 'amber', 'blue', 'magenta', 'cyan', 'white'];
const dark: Omit<Display, 'beeps'> = { color: 'off', blinking: false };

/** The light and buzzer of a simulated reader. `light` and `sound` are false for what a reader refuses (NAK 9). */
export function readerDisplay(clock: Clock) {
  let permanent = dark;
  let temporary: { look: Omit<Display, 'beeps'>; until: number } | null = null;
  let beeps = 0;
  let line = '';
  let passing: { line: string; until: number } | null = null;
  return {
    light(records: readonly LedRecord[]): boolean {
      for (const led of records) {
        const times = led.temporary_on + led.temporary_off;
        if ((led.temporary === 2 && times === 0) || (led.permanent === 1 && led.on + led.off === 0))
          return false;
        if (led.permanent === 1) permanent = lookOf(led.on, led.off, led.on_color, led.off_color);
        if (led.temporary === 1) temporary = null;
        if (led.temporary === 2) {
          const { temporary_on: on, temporary_off: off } = led;
          const look = lookOf(on, off, led.temporary_on_color, led.temporary_off_color);
          temporary = { look, until: clock.mono() + led.timer * 100 };
        }
      }
      return true;
    },
    sound({ tone, on, count }: Sound): boolean {
      if (on === 0 && tone !== 1) return false;
      if (tone === 2) beeps += count;
      return true;
    },
    /** Modes 1 and 2 stay, 3 and 4 pass (sheet 4, TEXT). */
    write({ mode, seconds, text }: Text): void {
      const written = new TextDecoder().decode(text).trimEnd();
      if (mode > 2) passing = { line: written, until: clock.mono() + seconds * 1000 };
      else line = written;
    },
    text: (): string => (passing !== null && clock.mono() < passing.until ? passing.line : line),
    clear(): void {
      line = '';
      passing = null;
      permanent = dark;
      temporary = null;
    },
    shows(): Display {
      const look = temporary !== null && clock.mono() < temporary.until ? temporary.look : permanent;
      return { ...look, beeps };
    },
  };
}

function lookOf(on: number, off: number, onColor: number, offColor: number): Omit<Display, 'beeps'> {
  const lit = on > 0 ? onColor : offColor;
  return { color: colors[lit] ?? 'white', blinking: on > 0 && off > 0 && onColor !== offColor };
}
