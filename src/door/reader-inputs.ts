import type { InputState, ReaderReport } from '../core/reader.ts';
import type { ReaderInput } from '../core/site.ts';
import type { DoorController } from './door-controller.ts';

/** Door contacts and exit buttons that are wired to readers. */
export interface ReaderInputs {
  heard(reader: string, report: ReaderReport): void;
  /** The board of a lock is back, without which the door was not watched. */
  lockFound(lock: string): void;
  /** Whether a door's contact is at a reader, and cannot be read now. */
  contactLost(doorId: string): boolean;
}

interface Sensor {
  door: DoorController;
  use: 'contact' | 'exit_button';
  wiring: ReaderInput;
  /** Door open, button pressed; null: not known. */
  active: boolean | null;
  fault: boolean;
}

/**
 * A reader that is lost leaves its doors unwatched. A press counts when it was seen to begin: the return of a reader releases nothing.
 * @param faulty tells that an input has got a fault, or lost it
 */
export function readerInputs(
  doors: Iterable<DoorController>,
  faulty: (reader: string, input: number, active: boolean) => void,
): ReaderInputs {
  const sensors: Sensor[] = [...doors].flatMap((door) =>
    (['contact', 'exit_button'] as const).flatMap((use) => {
      const wiring = door.door[use];
      return wiring === undefined ? [] : [{ door, use, wiring, active: null, fault: false }];
    }),
  );

  function read(sensor: Sensor, state: InputState, first: boolean): void {
    const { door, use, wiring, active: before } = sensor;
    const fault = state === 'fault';
    if (fault !== sensor.fault) faulty(wiring.reader, wiring.input, fault);
    sensor.fault = fault;
    if (fault) {
      lose(sensor);
      return;
    }
    const active = state === wiring.active_when;
    sensor.active = active;
    if (use === 'contact') {
      if (active !== before) door.heard({ type: 'contact', open: active });
    } else if (active && before === false && !first) door.heard({ type: 'exit_button', pressed: true });
  }

  function lose(sensor: Sensor): void {
    sensor.active = null;
    if (sensor.use === 'contact') sensor.door.contactLost();
  }

  return {
    heard(reader, report) {
      const here = sensors.filter(({ wiring }) => wiring.reader === reader);
      if (report.type === 'offline') here.forEach(lose);
      if (report.type !== 'inputs') return;
      // An input that the reader has not got is as good as cut.
      for (const sensor of here) read(sensor, report.states[sensor.wiring.input] ?? 'fault', report.first);
    },
    lockFound(lock) {
      for (const { door, use, active } of sensors) {
        if (door.door.lock === lock && use === 'contact' && active !== null)
          door.heard({ type: 'contact', open: active });
      }
    },
    contactLost: (doorId) =>
      sensors.some(
        ({ door, use, active }) => door.door.id === doorId && use === 'contact' && active === null,
      ),
  };
}
