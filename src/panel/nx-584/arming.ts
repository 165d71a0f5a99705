import type { ArmOutcome } from '../../core/panel.ts';
import { armedHow, isReady, type PartitionStatus, partitionReport } from './areas.ts';
import type { Ask } from './conversation.ts';
import { type Features, whereToEnable } from './features.ts';
import { keypadFunctions, type Request } from './layout.ts';

export interface ArmDesk {
  ask: Ask;
  features: Features;
  /** The master code as six nibbles; null where none is given. */
  master: string | null;
  /** The user that 3Dh names, where no code is needed. */
  user: number;
  pause(ms: number): Promise<void>;
}

export type Wanted = keyof typeof keypadFunctions;

/** How long the state may take to follow a command that was acknowledged. */
const followMs = 10_000;
const lookMs = 500;

/**
 * Arms or disarms one partition (counted from 1). The state is read first and afterwards: an acknowledgement alone proves nothing, and
 * a partition that is as wanted is not touched.
 */
export async function setArmed(desk: ArmDesk, partition: number, wanted: Wanted): Promise<ArmOutcome> {
  const before = await look(desk, partition);
  if (before === null) return offline;
  if (isAs(before, wanted)) return { ok: true, already: true };
  if (wanted !== 'disarm') {
    const armed = armedHow(before);
    if (armed !== null) return refused(`it is armed already (${armed}): disarm it first`);
    if (!isReady(before)) return { ok: false, why: 'not_ready', detail: 'a zone of the partition is open' };
  }
  const command = commandFor(desk, partition, wanted);
  if (typeof command === 'string') return { ok: false, why: 'no_code', detail: command };
  const answer = await desk.ask(command);
  switch (answer.type) {
    case 'line_down':
      if (!answer.sent) return offline;
      break;
    case 'refused':
      return refused(
        answer.how === 'rejected'
          ? whereToEnable([command.type === 'keypad' ? 0x3d : 0x3c])
          : 'the panel refused: check the authority of the master code and the zones',
      );
    case 'message':
    case 'silent':
    case 'withheld':
      break;
  }
  for (let waited = 0; waited < followMs; waited += lookMs) {
    const after = await look(desk, partition);
    if (after === null) break;
    if (isAs(after, wanted)) return { ok: true, already: false };
    await desk.pause(lookMs);
  }
  const detail = `the command was sent, and the partition was not seen to follow within ${followMs / 1000} s`;
  return { ok: false, why: 'unknown_result', detail };
}

const offline: ArmOutcome = { ok: false, why: 'offline', detail: 'the panel does not answer' };

function refused(detail: string): ArmOutcome {
  return { ok: false, why: 'refused', detail };
}

async function look(desk: ArmDesk, partition: number): Promise<PartitionStatus | null> {
  const answer = await desk.ask({ type: 'partition_status_request', value: { partition: partition - 1 } });
  return answer.type === 'message' && answer.message.type === 'partition_status'
    ? answer.message.value
    : null;
}

function isAs(status: PartitionStatus, wanted: Wanted): boolean {
  return wanted === 'disarm' ? partitionReport(status) === 'disarmed' : armedHow(status) === wanted;
}

/** 3Ch or 3Dh, with the MASK of the partition (sheet 3.5), or what must be set to have one of them. */
function commandFor(desk: ArmDesk, partition: number, wanted: Wanted): Request | string {
  const { master, user } = desk;
  const value = { function: keypadFunctions[wanted], partitions: 1 << (partition - 1) };
  if (master !== null && desk.features.takes(0x3c))
    return { type: 'keypad_with_code', value: { master, ...value } };
  if (desk.features.takes(0x3d)) return { type: 'keypad', value: { ...value, user } };
  if (master !== null) return whereToEnable([0x3c]);
  return `give the master code (code_file of the panel in the site file), or ${whereToEnable([0x3d])}`;
}
