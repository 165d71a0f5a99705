import type { Clock } from '../../core/clock.ts';
import type { InputBank } from '../../core/lock.ts';
import type { Panel, PanelReport } from '../../core/panel.ts';
import type { SiteContactPanel, SitePartition } from '../../core/site.ts';
import { type ArmEvent, type ArmMachine, newPartition, stepArm } from './arm-machine.ts';

/** Twice in this time an armed output would have to change to be missed (sheet: 0.5 to 1 s). */
const pollMs = 500;

/**
 * Any alarm panel, by its "armed" outputs wired to inputs of a board. All partitions are read in one exchange, so that
 * the two contacts of one are of the same moment.
 */
export function dryContactPanel(panel: SiteContactPanel, inputs: InputBank, clock: Clock): Panel {
  const wired = panel.partitions.flatMap(({ disarmed_input, armed_input }) =>
    armed_input === null ? [disarmed_input] : [disarmed_input, armed_input],
  );
  const first = Math.min(...wired);
  const count = Math.max(...wired) - first + 1;
  const machines = new Map<SitePartition, ArmMachine>(panel.partitions.map((each) => [each, newPartition]));
  let report: ((report: PanelReport) => void) | null = null;

  function step(partition: SitePartition, before: ArmMachine, event: ArmEvent): void {
    const after = stepArm(before, event, clock.mono());
    machines.set(partition, after);
    if (after.state !== before.state) {
      report?.({ type: 'partition', partition: partition.name, state: after.state, since: clock.wall() });
    }
    if (after.wiringFault !== before.wiringFault) {
      const contacts = `inputs ${partition.disarmed_input} and ${partition.armed_input} of unit ${panel.unit}`;
      report?.({
        type: 'trouble',
        what: 'wiring_fault',
        active: after.wiringFault,
        detail: after.wiringFault
          ? `partition ${partition.name}: ${contacts} must be opposite, and are not: check both wires`
          : `partition ${partition.name}: ${contacts} are opposite again`,
      });
    }
  }

  return {
    start(reports) {
      report = reports;
      if (wired.length === 0) return;
      inputs.watch(panel.unit, first, count, pollMs, (bits) => {
        if (report === null) return;
        for (const [partition, machine] of machines)
          step(partition, machine, eventOf(partition, bits, first));
      });
    },
    close() {
      report = null;
      return Promise.resolve();
    },
  };
}

function eventOf(partition: SitePartition, bits: readonly boolean[] | null, first: number): ArmEvent {
  const disarmed = bits?.[partition.disarmed_input - first];
  const armed = partition.armed_input === null ? null : bits?.[partition.armed_input - first];
  if (disarmed === undefined || armed === undefined) return { type: 'failed' };
  return { type: 'read', disarmed, armed };
}
