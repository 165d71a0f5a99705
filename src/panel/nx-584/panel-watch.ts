import type { Cancel, Clock } from '../../core/clock.ts';
import type { HolderReport } from '../../core/holder.ts';
import type { ArmState, LogPlace, PanelEvent, PanelReport } from '../../core/panel.ts';
import type { NumberedPartition } from '../../core/site.ts';
import { wallOfStamp } from '../panel-time.ts';
import { type Area, isAlarm, partitionReport, snapshotReport, stepArea, unknownArea } from './areas.ts';
import type { Conversation } from './conversation.ts';
import { type Features, featuresOf, neededForStates, whereToEnable } from './features.ts';
import type { PanelMessage, Request } from './layout.ts';
import type { Said } from './link.ts';
import { consequenceOf, type LogEntry, panelEvent } from './log-event.ts';
import { logbook } from './logbook.ts';
import { type SystemStatus, troubleReports } from './system-status.ts';

export type AnyReport = PanelReport | HolderReport | PanelEvent;

/** What a panel has told; null: it refuses to. */
export interface Told {
  features: Features | null;
  status: SystemStatus | null;
  /** Of the partitions of the site file, those the panel does not have. */
  absent: readonly NumberedPartition[];
  /** No partition is armed, as far as it is known. */
  disarmed: boolean;
}

/** What is known of a panel that has been read in full. */
export interface Known extends Told {
  features: Features;
  status: SystemStatus;
}

/** Follows one panel: reads it in full after every connection, polls it, and reports what changes. */
export interface PanelWatch {
  open(report: (report: AnyReport) => void): void;
  /** `reading`: connected, and being read in full once more. */
  known(): Known | 'reading' | 'offline';
  close(): void;
}

/** 27h every 5 to 10 s, 28h every 30 to 60 s (sheet 3.6), and 21h with it. */
const pollMs = 7_000;
const statusEvery = 6;
const retryMs = 5_000;
/** Nothing at all heard for so long: the connection itself is suspected. */
const silenceMs = 30_000;

/** `inspect` is called when the panel has been read, before it is told to be online, and with every later reading of its status. */
export function panelWatch(
  partitions: readonly NumberedPartition[],
  talk: Conversation,
  clock: Clock,
  timeZone: string,
  place: LogPlace,
  inspect: (told: Told) => Promise<void>,
): PanelWatch {
  const areas = new Map<NumberedPartition, Area>(partitions.map((each) => [each, unknownArea]));
  const alarms = new Set<NumberedPartition>();
  let report: (report: AnyReport) => void = () => {};
  let features: Features | null = null;
  let status: SystemStatus | null = null;
  let absent: readonly NumberedPartition[] = [];
  /** Read in full, and answering since. */
  let online = false;
  let told: 'online' | 'offline' | null = null;
  /** Tells one reading in full from the next: what an older one still awaits is void. */
  let round = 0;
  let polls = 0;
  let timer: Cancel = () => {};
  const log = logbook(talk.ask, logged, place);

  const partitionAt = (number: number) => partitions.find((each) => each.number === number);
  const disarmed = (): boolean =>
    [...areas.values()].every(({ state }) => state === 'disarmed' || state === 'unknown');

  function tell(next: typeof told, one: HolderReport): void {
    if (told === next) return;
    told = next;
    report(one);
  }

  function setArea(partition: NumberedPartition, next: Area): void {
    const before = areas.get(partition)?.state;
    areas.set(partition, next);
    if (next.state === before) return;
    const state: ArmState = next.state;
    report({ type: 'partition', partition: partition.name, state, since: clock.wall() });
  }

  const forgetAreas = (): void => {
    for (const partition of areas.keys()) setArea(partition, unknownArea);
  };

  /** A hint of disarmed is looked into at once. */
  function hear(partition: NumberedPartition, said: ReturnType<typeof snapshotReport>, fresh: boolean): void {
    const before = areas.get(partition) ?? unknownArea;
    const after = stepArea(before, said, fresh);
    setArea(partition, after);
    if (online && said === 'disarmed' && after.state !== 'disarmed') {
      void talk.ask({ type: 'partition_status_request', value: { partition: partition.number - 1 } });
    }
  }

  function heard(message: PanelMessage, said: Said): void {
    switch (message.type) {
      case 'interface_configuration': {
        features = featuresOf(message);
        // Unasked: it was programmed, or has restarted.
        if (said === 'push') begin();
        return;
      }
      case 'partition_status': {
        const partition = partitionAt(message.value.partition + 1);
        if (partition === undefined) return;
        hear(partition, partitionReport(message.value), said === 'answer');
        alarm(partition, isAlarm(message.value));
        return;
      }
      case 'partitions_snapshot':
        absent = partitions.filter(
          ({ number }) => snapshotReport(message.value.partitions[number - 1] ?? 0) === null,
        );
        // While the panel is read in full, each partition's own status decides.
        for (const partition of partitions) {
          hear(
            partition,
            snapshotReport(message.value.partitions[partition.number - 1] ?? 0),
            said === 'answer' && online,
          );
        }
        return;
      case 'system_status':
        for (const trouble of troubleReports(status, message.value)) report(trouble);
        status = message.value;
        return;
      case 'log_event':
        if (said === 'push') log.pushed(message.value);
        return;
      default:
        return;
    }
  }

  function alarm(partition: NumberedPartition, active: boolean): void {
    if (active === alarms.has(partition)) return;
    if (active) alarms.add(partition);
    else alarms.delete(partition);
    report({ type: 'trouble', what: 'alarm', active, detail: `partition ${partition.name}` });
  }

  function logged(entry: LogEntry, recovered: boolean): void {
    const now = clock.wall();
    const at = recovered ? (wallOfStamp(entry, timeZone, now) ?? now) : now;
    const event = panelEvent(entry, (number) => partitionAt(number)?.name ?? null, at, recovered);
    report(event);
    if (event.user !== null && event.what !== 'other') report({ type: 'used', slot: event.user, at });
    switch (consequenceOf(entry)) {
      case 'codes_may_have_changed':
        report({ type: 'changed_by_hand', slot: null });
        if (!recovered) begin();
        return;
      case 'restarted':
        if (!recovered) begin();
        return;
      case 'programming':
        if (!recovered) void talk.ask({ type: 'system_status_request', value: {} }, { background: true });
        return;
      case null:
        return;
    }
  }

  /** Reads the panel in full (sheet 3.6); until then nothing counts as disarmed. */
  function begin(): void {
    round += 1;
    online = false;
    features = null;
    timer();
    forgetAreas();
    void readAll(round);
  }

  async function readAll(mine: number): Promise<void> {
    let refused = false;
    /** Whether the reading goes on: a panel that refuses to tell something is read as far as it lets us. */
    const read = async (request: Request): Promise<boolean> => {
      const answer = await talk.ask(request);
      if (mine !== round) return false;
      refused ||= answer.type === 'refused';
      if (answer.type === 'message' || refused) return true;
      lose('the panel does not answer');
      return false;
    };
    if (!(await read({ type: 'interface_configuration_request', value: {} }))) return;
    if (!(await read({ type: 'system_status_request', value: {} }))) return;
    if (!(await read({ type: 'partitions_snapshot_request', value: {} }))) return;
    for (const { number } of partitions.filter((each) => !absent.includes(each))) {
      if (!(await read({ type: 'partition_status_request', value: { partition: number - 1 } }))) return;
    }
    await inspect({ features, status, absent, disarmed: disarmed() });
    if (mine !== round) return;
    if (refused || features === null || status === null) {
      lose(`the panel does not tell its state: ${whereToEnable(neededForStates)}`);
      return;
    }
    online = true;
    tell('online', { type: 'online', firmware: features.firmware });
    timer = clock.after(pollMs, poll);
    if (features.takes(0x2a)) void log.catchUp();
  }

  function poll(): void {
    timer = clock.after(pollMs, poll);
    polls += 1;
    if (clock.mono() - talk.heardAt() >= silenceMs) lose(`nothing heard for ${silenceMs / 1000} s`);
    else void pollOnce(round, polls % statusEvery === 0);
  }

  async function pollOnce(mine: number, withStatus: boolean): Promise<void> {
    const requests: Request[] = [{ type: 'partitions_snapshot_request', value: {} }];
    if (withStatus) {
      requests.push({ type: 'system_status_request', value: {} });
      requests.push({ type: 'interface_configuration_request', value: {} });
    }
    for (const request of requests) {
      const answer = await talk.ask(request, { background: true });
      if (mine !== round) return;
      if (answer.type !== 'message') {
        lose(answer.type === 'refused' ? 'the panel refuses to tell its state' : 'the panel does not answer');
        return;
      }
    }
    if (withStatus) await inspect({ features, status, absent, disarmed: disarmed() });
  }

  function forget(reason: string): void {
    round += 1;
    online = false;
    timer();
    forgetAreas();
    tell('offline', { type: 'offline', detail: reason });
  }

  function lose(reason: string): void {
    forget(reason);
    if (clock.mono() - talk.heardAt() >= silenceMs) talk.reset(reason);
    timer = clock.after(retryMs, begin);
  }

  return {
    open(owner) {
      report = owner;
      talk.open({ up: begin, down: forget, heard });
    },
    known() {
      if (told !== 'online') return 'offline';
      if (!online || features === null || status === null) return 'reading';
      return { features, status, absent, disarmed: disarmed() };
    },
    close() {
      report = () => {};
      round += 1;
      told = 'offline';
      timer();
    },
  };
}
