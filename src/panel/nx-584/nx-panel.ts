import type { Clock } from '../../core/clock.ts';
import type { SlotOutcome, SlotReading } from '../../core/holder.ts';
import type { Line } from '../../core/line.ts';
import type { ArmOutcome, CodePanel, LogPlace } from '../../core/panel.ts';
import type { Secret } from '../../core/secret.ts';
import type { SiteCodePanel } from '../../core/site.ts';
import { setArmed, type Wanted } from './arming.ts';
import { conversation } from './conversation.ts';
import { neededForStates, userCommands, whereToEnable } from './features.ts';
import { type AnyReport, type Known, panelWatch, type Told } from './panel-watch.ts';
import { setUp } from './set-up.ts';
import { busyWith, codeLength } from './system-status.ts';
import { nibblesOf } from './user-code.ts';
import type { UserDesk } from './user-desk.ts';
import { clearUser, readUser, writeUser } from './user-slots.ts';

const offline = { ok: false, why: 'offline', detail: 'the panel is not connected' } as const;
const reading = { ok: false, why: 'busy', detail: 'the panel has restarted and is being read' } as const;

/**
 * A CaddX, GE or Interlogix panel through its NX-584 or NX-8E (protocol document of 3 April 2000). `masterCode`: null where the panel takes
 * its commands without one. `timeZone`: the site's IANA zone, in which the panel's log is kept; `place`: how far it is told.
 */
export function nxPanel(
  panel: SiteCodePanel,
  masterCode: Secret | null,
  line: Line,
  clock: Clock,
  timeZone: string,
  place: LogPlace,
): CodePanel {
  const { traits } = panel.model;
  const talk = conversation(line, panel.wire, clock);
  const unfinished = new Set<number>();
  let report: (report: AnyReport) => void = () => {};
  const settings = setUp(clock, (one) => report(one));
  const watch = panelWatch(panel.partitions, talk, clock, timeZone, place, inspect);
  const mask = panel.partitions.reduce((sum, { number }) => sum | (1 << (number - 1)), 0);

  /** The master code as the panel's code length makes it; null: there is none of that length. */
  const masterFor = ({ status }: Known): string | null =>
    masterCode === null ? null : nibblesOf(masterCode.reveal(), codeLength(status));

  /** What is needed to work on users, or what must be set to have it. */
  function deskFor(known: Known): UserDesk | string {
    const length = codeLength(known.status);
    const master = masterFor(known);
    if (masterCode !== null && master === null) {
      return `the panel is set to codes of ${length} digits: put a master code of ${length} digits into its code_file`;
    }
    const commands = userCommands(known.features, master);
    if (typeof commands === 'string') return commands;
    const slots = { first: traits.first_slot, count: traits.capacity, reserved: traits.reserved_slots };
    return { ask: talk.ask, commands, length, slots, unfinished, reach: settings.reach() };
  }

  async function inspect(told: Told): Promise<void> {
    const { features, status, absent } = told;
    const off = neededForStates.filter((number) => !(features?.takes(number) ?? false));
    if (features === null || status === null || off.length > 0) {
      await settings.inspect(null, `the panel does not tell its state: ${whereToEnable(off)}`, mask);
      return;
    }
    const desk = deskFor({ ...told, features, status });
    const names = absent.map(({ name, number }) => `${name} (number ${number})`).join(', ');
    const missing =
      names === ''
        ? null
        : `the panel has no partition ${names}: correct its number in the site file, or enable it in the panel`;
    // A refusal while armed would say nothing about the code.
    const usable = typeof desk !== 'string' && told.disarmed ? desk : null;
    await settings.inspect(usable, missing ?? (typeof desk === 'string' ? desk : null), mask);
  }

  /** Why nothing can be done to this slot now, or the desk to do it at. */
  function deskForOrder(slot: number): UserDesk | Extract<SlotOutcome, { ok: false }> {
    const known = watch.known();
    if (known === 'offline') return offline;
    if (known === 'reading') return reading;
    const last = traits.first_slot + traits.capacity - 1;
    if (slot < traits.first_slot || slot > last || traits.reserved_slots.includes(slot)) {
      const detail = `slot ${slot} is not ours: ${traits.first_slot} to ${last} are, less the reserved ones`;
      return { ok: false, why: 'rejected', detail, raw: '' };
    }
    const desk = deskFor(known);
    return typeof desk === 'string' ? { ok: false, why: 'disabled_in_panel', detail: desk, raw: '' } : desk;
  }

  async function change(
    slot: number,
    order: (desk: UserDesk) => SlotOutcome | Promise<SlotOutcome>,
  ): Promise<SlotOutcome> {
    const desk = deskForOrder(slot);
    const known = watch.known();
    const busy = typeof known === 'string' ? null : busyWith(known.status);
    let outcome: SlotOutcome;
    if ('ok' in desk) outcome = desk;
    else if (busy !== null) outcome = { ok: false, why: 'busy', detail: busy };
    else outcome = await order(desk);
    settings.judge(outcome);
    return outcome;
  }

  async function setPartition(name: string, wanted: Wanted): Promise<ArmOutcome> {
    const known = watch.known();
    const partition = panel.partitions.find((each) => each.name === name);
    if (typeof known === 'string') return offline;
    if (partition === undefined)
      return { ok: false, why: 'refused', detail: `there is no partition ${name}` };
    return setArmed(
      {
        ask: talk.ask,
        features: known.features,
        master: masterFor(known),
        user: traits.reserved_slots[0] ?? traits.first_slot,
        pause: (ms) => new Promise((resolve) => clock.after(ms, resolve)),
      },
      partition.number,
      wanted,
    );
  }

  return {
    traits,
    start(owner) {
      report = owner;
      watch.open(owner);
    },
    write(slot, code, partitions, mayWrite) {
      return change(slot, (desk) => {
        const nibbles = nibblesOf(code.reveal(), desk.length);
        if (nibbles === null) {
          const detail = `this panel is set to codes of ${desk.length} digits, all of them`;
          return { ok: false, why: 'unsupported_length', detail, raw: '' };
        }
        const found = panel.partitions.filter(({ name }) => partitions.includes(name));
        if (found.length === 0 || found.length !== new Set(partitions).size) {
          const names = panel.partitions.map(({ name }) => name).join(', ');
          const detail = `a code needs one partition or more of: ${names}`;
          return { ok: false, why: 'rejected', detail, raw: '' };
        }
        const wanted = found.reduce((sum, { number }) => sum | (1 << (number - 1)), 0);
        return writeUser(desk, slot, nibbles, wanted, mayWrite);
      });
    },
    clear: (slot, _code, mayWrite) => change(slot, (desk) => clearUser(desk, slot, mayWrite)),
    async read(slot): Promise<SlotReading> {
      const desk = deskForOrder(slot);
      if (!('ok' in desk)) return readUser(desk, slot);
      if (desk.why === 'offline' || desk.why === 'busy')
        return { ok: false, why: desk.why, detail: desk.detail };
      return { ok: true, content: 'unreadable', detail: desk.detail };
    },
    arm: (partition, how) => setPartition(partition, how),
    disarm: (partition) => setPartition(partition, 'disarm'),
    async close() {
      report = () => {};
      watch.close();
      await talk.close();
    },
  };
}
