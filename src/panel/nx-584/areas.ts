import type { ArmState } from '../../core/panel.ts';
import type { PanelMessage } from './layout.ts';

export type PartitionStatus = Extract<PanelMessage, { type: 'partition_status' }>['value'];

/** What one message says of a partition. */
export type AreaReport = Exclude<ArmState, 'unknown'>;

/** The arm state of one partition, as a pure machine. */
export interface Area {
  state: ArmState;
  /** Reports in a row that said disarmed. */
  agreeing: number;
}

export const unknownArea: Area = { state: 'unknown', agreeing: 0 };

/**
 * Any sign of armed counts at once. Disarmed counts from an answer to our own question (`fresh`), or from two reports that agree; lost
 * is unknown (null).
 */
export function stepArea(area: Area, report: AreaReport | null, fresh: boolean): Area {
  switch (report) {
    case null:
      return unknownArea;
    case 'armed':
    case 'arming':
      return { state: report, agreeing: 0 };
    case 'disarmed': {
      const agreeing = area.agreeing + 1;
      return { state: fresh || agreeing >= 2 ? 'disarmed' : area.state, agreeing };
    }
  }
}

/** 06h (sheet 3.3). Armed, entry delay, stay or the keyswitch: armed. Only an exit delay makes it arming. */
export function partitionReport(value: PartitionStatus): AreaReport {
  const [first = 0, , third = 0] = value.flags;
  const armed = first & 0x40 || third & 0x14 || value.more & 0x40;
  return judge(third & 0xc0, armed);
}

/** One byte of 07h (sheet 3.3); null: the panel has no such partition. */
export function snapshotReport(flags: number): AreaReport | null {
  if (!(flags & 0x01)) return null;
  return judge(flags & 0x40, flags & 0x2c);
}

/** Whether 06h says the partition can be armed: ready, or ready to be forced. */
export function isReady(value: PartitionStatus): boolean {
  return (value.ready & 0x0c) !== 0;
}

/** Whether 06h tells of an alarm that sounds, or of fire. */
export function isAlarm(value: PartitionStatus): boolean {
  const [first = 0, second = 0] = value.flags;
  return (first & 0x04) !== 0 || (second & 0x02) !== 0;
}

/** How 06h says it is armed; null: it is not. */
export function armedHow(value: PartitionStatus): 'away' | 'stay' | null {
  if (partitionReport(value) === 'disarmed') return null;
  return (value.flags[2] ?? 0) & 0x04 ? 'stay' : 'away';
}

function judge(exit: number, armed: number): AreaReport {
  if (exit) return 'arming';
  return armed ? 'armed' : 'disarmed';
}
