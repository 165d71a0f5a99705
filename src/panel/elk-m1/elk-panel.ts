import type { Clock } from '../../core/clock.ts';
import type { SlotOutcome } from '../../core/holder.ts';
import type { Line } from '../../core/line.ts';
import type { ArmOutcome, CodePanel, LogPlace, PanelLogin } from '../../core/panel.ts';
import { Secret } from '../../core/secret.ts';
import type { SiteCodePanel } from '../../core/site.ts';
import { type ArmedArea, armArea, disarmArea } from './arming.ts';
import { type Authority, clearCode, writeCode } from './codes.ts';
import { firmwareFault } from './firmware.ts';
import { loginLine } from './login-line.ts';
import type { Procedure } from './procedure.ts';
import { type AnyReport, session } from './session.ts';

const offline = { ok: false, why: 'offline', detail: 'the panel is not connected' } as const;
const noCode = 'there is no master code: set code_file to a file that holds one of the panel';

/**
 * An Elk M1 on its serial port, a plain TCP connection or its secure port. `masterCode` authorises changes of codes, and arms and disarms.
 * `random` gives so many random bytes, for the codes that take the place of removed ones. `place`: how far the panel's log is told. `login`:
 * what its secure port may ask for; null: nothing to answer it with.
 */
export function elkPanel(
  panel: SiteCodePanel,
  masterCode: Secret | null,
  line: Line,
  clock: Clock,
  random: (size: number) => Uint8Array,
  place: LogPlace,
  login: PanelLogin | null = null,
): CodePanel {
  const { traits } = panel.model;
  const file = panel.login_file ?? null;
  const entered = loginLine(line, { login, file }, clock, (why) => setFault('login', why));
  const elk = session(panel.partitions, entered, clock, place, hear);
  let report: ((report: AnyReport) => void) | null = null;
  /** What is set up wrongly, and what of it was told. */
  const faults: { login: string | null; codes: string | null } = { login: null, codes: null };
  let told: string | null = null;
  let ordered = false;

  function hear(one: AnyReport): void {
    report?.(one);
    if (one.type !== 'online') return;
    const fault = setUpFault();
    if (fault !== null) judge(fault);
  }

  function judge(outcome: SlotOutcome): void {
    if (outcome.ok) setFault('codes', null);
    else if (['bad_master', 'no_authority', 'disabled_in_panel'].includes(outcome.why)) {
      // One alarm, however many orders find something out.
      setFault('codes', faults.codes ?? outcome.detail);
    }
  }

  function setFault(of: keyof typeof faults, why: string | null): void {
    faults[of] = why;
    const detail = faults.login ?? faults.codes;
    if (detail === told) return;
    told = detail;
    report?.(detail === null ? { type: 'configured' } : { type: 'misconfigured', detail });
  }

  /** Why no code can be written at all; null: one can. */
  function setUpFault(): SlotOutcome | null {
    if (masterCode === null) return { ok: false, why: 'bad_master', detail: noCode, raw: '' };
    const detail = firmwareFault(elk.firmware());
    return detail === null ? null : { ok: false, why: 'disabled_in_panel', detail, raw: '' };
  }

  /** Why nothing can be ordered of a slot now; null: it can. */
  function orderFault(slot: number): SlotOutcome | null {
    if (!elk.online()) return offline;
    if (!elk.steady()) return { ok: false, why: 'busy', detail: 'somebody is programming the panel' };
    if (ordered) return { ok: false, why: 'busy', detail: 'another order is being carried out' };
    const last = traits.first_slot + traits.capacity - 1;
    if (slot >= traits.first_slot && slot <= last && !traits.reserved_slots.includes(slot))
      return setUpFault();
    return rejected(`slot ${slot} is not ours: ${traits.first_slot} to ${last} are, less the reserved ones`);
  }

  async function order(
    mayWrite: () => boolean,
    procedure: (authority: Authority) => Procedure<SlotOutcome>,
  ): Promise<SlotOutcome> {
    const authority = { code: masterCode ?? new Secret(''), file: panel.code_file ?? 'code_file' };
    ordered = true;
    const outcome = await elk.run(procedure(authority), () => {
      if (!elk.steady()) return 'busy';
      return mayWrite() ? null : 'armed';
    });
    ordered = false;
    judge(outcome);
    return outcome;
  }

  function lengthFault(code: Secret): SlotOutcome | null {
    const { length } = code.reveal();
    const panels = elk.codeLength();
    const lengths = panels === null ? traits.code_lengths : [panels];
    if (lengths.includes(length) && traits.code_lengths.includes(length)) return null;
    const detail = `codes of this panel have ${lengths.join(' or ')} digits; this one has ${length}`;
    return { ok: false, why: 'unsupported_length', detail, raw: '' };
  }

  /** Bit 0 is area 1; null: a partition is not there, or none is asked for. */
  function maskOf(names: readonly string[]): number | null {
    let mask = 0;
    for (const name of names) {
      const partition = partitionOf(name);
      if (partition === undefined) return null;
      mask |= 1 << (partition.number - 1);
    }
    return mask === 0 ? null : mask;
  }

  const partitionOf = (name: string) => panel.partitions.find((each) => each.name === name);

  /** Of the panel's length; evenly spread but for one part in some millions. */
  function randomCode(): Secret {
    const length = elk.codeLength() ?? 6;
    const number = random(6).reduce((value, byte) => value * 256 + byte, 0) % 10 ** length;
    return new Secret(String(number).padStart(length, '0'));
  }

  async function armOrder(
    name: string,
    procedure: (area: ArmedArea, code: Secret) => Procedure<ArmOutcome>,
  ): Promise<ArmOutcome> {
    if (!elk.online()) return offline;
    const partition = partitionOf(name);
    const known = panel.partitions.map((each) => each.name).join(', ');
    if (partition === undefined) {
      return { ok: false, why: 'refused', detail: `no partition "${name}"; known: ${known}` };
    }
    if (masterCode === null) return { ok: false, why: 'no_code', detail: noCode };
    const area = { number: partition.number, state: () => elk.state(partition) };
    return elk.run(procedure(area, masterCode), () => null);
  }

  return {
    traits,
    start(reports) {
      report = reports;
      elk.start();
    },
    async write(slot, code, partitions, mayWrite) {
      const areas = maskOf(partitions);
      const fault = orderFault(slot) ?? lengthFault(code);
      if (fault !== null) return fault;
      if (areas === null)
        return rejected('a code needs at least one partition, and each must be of this panel');
      return order(mayWrite, (authority) => writeCode(slot, code, areas, authority));
    },
    async clear(slot, code, mayWrite) {
      return orderFault(slot) ?? order(mayWrite, (authority) => clearCode(slot, code, authority, randomCode));
    },
    async read() {
      if (!elk.online()) return offline;
      return { ok: true, content: 'unreadable', detail: 'an Elk M1 never shows the code of a slot' };
    },
    arm: (partition, how) => armOrder(partition, (area, code) => armArea(area, how, code)),
    disarm: (partition) => armOrder(partition, disarmArea),
    async close() {
      report = null;
      await elk.close();
    },
  };
}

const rejected = (detail: string): SlotOutcome => ({ ok: false, why: 'rejected', detail, raw: '' });
