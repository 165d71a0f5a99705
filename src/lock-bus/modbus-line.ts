import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/error.ts';
import type { Line } from '../core/line.ts';
import { modbusQueue } from './queue.ts';
import { busStation, type Station, type StationRules, type StationWatcher } from './station.ts';

/** One Modbus line and all units on it. Relay locks, panel contacts and code locks share it, and so its one queue. */
export interface ModbusLine {
  readonly name: string;
  /** Takes a unit for one driver. Throws `config_invalid` when another one has it. */
  station(rules: StationRules, watcher: StationWatcher): Station;
  /** Who is told of frames that nobody can explain. */
  unexplained(tell: (unit: number, detail: string, raw: string) => void): void;
  /** Opens the line, at the first call. */
  open(): void;
  /** Ends all polls, finishes the exchange in flight, closes the line. */
  close(): Promise<void>;
}

export function modbusLine(line: Line, clock: Clock): ModbusLine {
  const stations = new Map<number, Station>();
  let tell: (unit: number, detail: string, raw: string) => void = () => {};
  let opened = false;
  let isUp = false;

  const queue = modbusQueue(line, clock, {
    up() {
      isUp = true;
      for (const station of stations.values()) station.up();
    },
    down(reason) {
      isUp = false;
      for (const station of stations.values()) station.down(reason);
    },
    unexpected(unit, detail, raw) {
      const configured = stations.has(unit) ? '' : `; unit ${unit} is not configured on ${line.name}`;
      tell(unit, `${detail}${configured}`, raw);
    },
  });

  return {
    name: line.name,
    station(rules, watcher) {
      const { unit } = rules;
      if (stations.has(unit)) {
        throw new AppError('config_invalid', `unit ${unit} on ${line.name} is two things at once`);
      }
      const station = busStation(rules, clock, queue.submit, watcher);
      stations.set(unit, station);
      if (isUp) station.up();
      return station;
    },
    unexplained(told) {
      tell = told;
    },
    open() {
      if (opened) return;
      opened = true;
      queue.open();
    },
    async close() {
      for (const station of stations.values()) station.stop();
      await queue.close();
    },
  };
}
