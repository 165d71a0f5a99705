import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Secret } from '../../src/core/secret.ts';
import type { NtpWord } from '../../src/core/trusted-time.ts';
import { plainly, type SiteOptions, type SiteUnderTest, siteUnderTest } from './site-under-test.ts';

/** A wall clock that is wrong, from the API to the lock. Each sentence of "A clock that is wrong" in docs/time.md, and what proves it. */
const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;
const year = 365 * day;
const card = { facility: 12, number: 3456 };
const guestsCard = { facility: 12, number: 99 };

interface House extends SiteUnderTest {
  /** Presents a card at the front door and says what the lock did. */
  opens(shown?: { facility: number; number: number }): Promise<boolean>;
  /** What the front door would answer to the guest's card, now or at an instant. */
  reason(at?: number): Promise<string>;
  /** A guest with a card, from and until these instants. */
  guest(valid_from: string, valid_until: string): Promise<void>;
  told(...types: string[]): Promise<Record<string, unknown>[]>;
  ntp: NtpWord;
}

async function house(options: SiteOptions = {}, ntp: NtpWord = { says: 'unknown' }): Promise<House> {
  const word = { ntp };
  const at = await siteUnderTest({ ...options, ntp: () => word.ntp });
  const front = at.site.readers.find(({ name }) => name === 'front')?.id ?? '';
  const own: Pick<House, 'opens' | 'reason' | 'guest' | 'told'> = {
    async opens(shown = guestsCard) {
      const before = at.locks.length;
      at.devices.reader('front').present(shown);
      await at.run(1_500);
      return at.locks.slice(before).some((deed) => deed.event === 'lock_moved' && deed.state === 'released');
    },
    async reason(instant) {
      const value = new Secret('h10301:12:99');
      const request = { reader_id: front, kind: 'token' as const, value, at: instant ?? null, open: false };
      return (await at.done(at.admin.doors.try(request, plainly.caller))).reason;
    },
    async guest(valid_from, valid_until) {
      const none = { external_id: null, email: null, mobile: null, department: null, language: null };
      const fields = {
        ...none,
        kind: 'guest' as const,
        first_name: '',
        last_name: 'Guest',
        valid_from,
        valid_until,
      };
      const { object } = await at.done(at.admin.users.create(fields, plainly));
      const unbounded = { external_id: null, valid_from: null, valid_until: null };
      for (const { id: door_id } of at.site.doors) {
        const access = { ...unbounded, user_id: object.id, target: { door_id }, schedule_id: null };
        await at.done(at.admin.access.create(access, plainly));
      }
      const held = { kind: 'card' as const, value: new Secret('12:99'), state: 'programmed' as const };
      const credential = { ...unbounded, ...held, user_id: object.id, duress: false, uses_left: null };
      await at.done(at.admin.credentials.create(credential, plainly));
      await at.until('the doors know the guest', () => at.admin.system().doors_in_sync);
    },
    async told(...types) {
      return (await at.feed())
        .filter(({ type }) => types.includes(type))
        .map(({ type, data }) => ({ type, ...data }));
    },
  };
  return Object.defineProperties(at, {
    ...Object.getOwnPropertyDescriptors(own),
    ntp: {
      set(now: NtpWord) {
        word.ntp = now;
      },
    },
  }) as House;
}
const instant = (wallMs: number): string => new Date(wallMs).toISOString();
const wanting = (text: string) =>
  text.replace('[doors.front]\n', '[doors.front]\nneeds_trusted_clock = true\n');
const trusting = (how: string) => (text: string) => `${text}\n[clock]\ntrust = "${how}"\n`;
/** It is Monday, 10:00, at the start. */
const byTimetable = (text: string) =>
  text.replace('[doors.front]\n', '[doors.front]\ntimetable = "shop"\n') +
  [
    'mode = "unlocked"\nmon = ["11:00-12:00"]',
    'mode = "disabled"\nmon = ["12:00-13:00"]',
    'mode = "unlocked"\nmon = ["14:00-15:00"]\nfirst_person = "14:00-15:00"',
  ]
    .map((one) => `\n[[timetables.shop.rules]]\n${one}\n`)
    .join('');
const front = (at: SiteUnderTest) =>
  at.composed.door.doors.status().doors.find(({ id }) => id === at.site.doors[0]?.id);
const status = (at: SiteUnderTest) => at.composed.door.doors.status().clock;

const sentences: Record<string, () => Promise<void>> = {
  async 'No lock is released because the clock moved, and no strike gets longer.'() {
    const at = await house();
    await at.guest(instant(at.clock.wall() - 9 * year), instant(at.clock.wall() + 9 * year));
    for (const step of [minute, -minute, hour, -hour, year, -2 * year, 3 * year]) {
      at.clock.stepWall(step);
      await at.run(1_500);
    }
    expect(at.locks).toEqual([]);
    at.devices.reader('back').present(guestsCard);
    const moves = () => at.locks.filter(({ event }) => event === 'lock_moved');
    await at.until('the lock is released', () => moves().length === 1);
    at.clock.stepWall(-day);
    await at.run(1_500);
    expect(moves().map(({ state }) => state)).toEqual(['released', 'secured']);
    expect((moves()[1]?.at ?? 0) - (moves()[0]?.at ?? 0)).toBeLessThan(900);
  },
  async 'Ends are judged by the later of the clock and the highest time known to be past: what has expired stays expired when the clock is put back, after a restart and a power cut too.'() {
    const at = await house();
    await at.guest(instant(at.clock.wall() - day), instant(at.clock.wall() + 10 * second));
    expect(await at.opens()).toBe(true);
    await at.run(10 * second);
    expect(await at.opens()).toBe(false);
    await at.run(minute);
    for (const step of [-minute, -hour, -year]) {
      at.clock.stepWall(step);
      expect(await at.opens()).toBe(false);
    }
    for (const how of ['in order', 'power cut'] as const) {
      await at.restart(how);
      expect(await at.opens()).toBe(false);
    }
    const refused = await at.told('access.refused');
    expect(new Set(refused.map(({ reason }) => reason))).toEqual(new Set(['expired']));
  },
  async 'Beginnings and schedules are judged by what the clock reads.'() {
    const at = await house();
    await at.guest(instant(at.clock.wall() + hour), instant(at.clock.wall() + day));
    expect(await at.reason()).toBe('not_yet_valid');
    at.clock.stepWall(hour);
    expect(await at.reason()).toBe('granted');
    at.clock.stepWall(-hour);
    expect(await at.reason()).toBe('not_yet_valid');
  },
  async 'A guest gets in until the last second before the end, and not at the end, in every zone and on either side of a clock change.'() {
    const rows = [
      ['Europe/Berlin', '2026-03-29T03:00:00+02:00'],
      ['Europe/Berlin', '2026-10-25T02:30:00+01:00'],
      ['America/New_York', '2026-11-01T01:30:00-04:00'],
      ['Australia/Lord_Howe', '2026-04-05T01:45:00+10:30'],
      ['Asia/Kathmandu', '2026-06-30T23:59:59+05:45'],
    ] as const;
    for (const [zone, end] of rows) {
      const until = Date.parse(end);
      const startsAt = until - minute;
      const adapt = (text: string) => text.replace('Europe/Berlin', zone);
      const at = await house({ startsAt, adapt });
      await at.guest(instant(until - hour), end);
      await at.run(until - second - at.clock.wall());
      expect(await at.reason(), end).toBe('granted');
      await at.run(until - at.clock.wall());
      expect(await at.reason(), end).toBe('expired');
      expect([await at.reason(until - 1), await at.reason(until)], end).toEqual(['granted', 'expired']);
    }
  },
  async 'A clock that reads a time before 2026, or one that is known to be past, was never set, and is not believed.'() {
    const unset = await house({ startsAt: 0 });
    expect(status(unset).doubt).toBe('not_set');
    const at = await house();
    await at.run(2 * minute);
    await at.restart('in order');
    expect(status(at).doubt).toBeNull();
    at.clock.stepWall(-hour);
    await at.restart('power cut');
    expect(status(at).doubt).toBe('not_set');
  },
  async 'One that is put on or back by two seconds or more is not believed until a time server was heard after that, until it is put back to what it should read, or until somebody says `postern clock reset`.'() {
    const at = await house();
    const believed = async () => {
      await at.run(1_500);
      return status(at).doubt === null;
    };
    for (const step of [hour, -hour]) {
      at.clock.stepWall(step);
      expect(await believed()).toBe(false);
      at.ntp = { says: 'synchronized', mark: step };
      expect(await believed()).toBe(true);
      at.clock.stepWall(step);
      expect(await believed()).toBe(false);
      at.clock.stepWall(-step);
      expect(await believed()).toBe(true);
      at.clock.stepWall(step);
      expect(await believed()).toBe(false);
      expect((await at.done(at.admin.doors.resetClock(plainly.caller))).doubt).toBeNull();
      expect(await believed()).toBe(true);
    }
    const operators = (await at.told('clock.reset')).map(({ operator }) => operator);
    expect(operators).toEqual(['local', 'local']);
  },
  async 'Where the system tells of time servers, the clock is believed once one was heard, with `trust = "ntp"` only then, and with `trust = "system"` before.'() {
    const believed = async (ntp: NtpWord, trust?: string) =>
      status(await house(trust === undefined ? {} : { adapt: trusting(trust) }, ntp)).doubt === null;
    const [none, silent, heard] = [
      { says: 'unknown' },
      { says: 'unsynchronized' },
      { says: 'synchronized', mark: 1 },
    ] as const;
    expect([await believed(none), await believed(silent), await believed(heard)]).toEqual([
      true,
      false,
      true,
    ]);
    expect([await believed(none, 'ntp'), await believed(heard, 'ntp')]).toEqual([false, true]);
    expect(await believed(silent, 'system')).toBe(true);
  },
  async 'A time that was not believed is never taken for known: when the clock is right again, nobody has expired by it.'() {
    const at = await house();
    await at.guest(instant(at.clock.wall() - day), instant(at.clock.wall() + 10 * day));
    at.clock.stepWall(10 * year);
    expect(await at.opens()).toBe(false);
    await at.run(2 * minute);
    await at.restart('power cut');
    at.clock.stepWall(-10 * year);
    expect(await at.opens()).toBe(true);
  },
  async 'A time to come that was believed, as from a time server that is wrong, expires people until somebody says `postern clock reset`.'() {
    const at = await house({}, { says: 'synchronized', mark: 1 });
    await at.guest(instant(at.clock.wall() - day), instant(at.clock.wall() + 10 * day));
    at.clock.stepWall(year);
    at.ntp = { says: 'synchronized', mark: 2 };
    await at.run(1_500);
    at.clock.stepWall(-year);
    at.ntp = { says: 'synchronized', mark: 3 };
    await at.run(1_500);
    expect(await at.opens()).toBe(false);
    await at.done(at.admin.doors.resetClock(plainly.caller));
    expect(await at.opens()).toBe(true);
  },
  async 'After a step a door becomes stricter by its timetable within a second, whatever the clock; more open it becomes only by a clock that is believed.'() {
    const at = await house({ adapt: byTimetable });
    const stands = async (what: { step?: number; heard?: number }) => {
      if (what.step !== undefined) at.clock.stepWall(what.step);
      if (what.heard !== undefined) at.ntp = { says: 'synchronized', mark: what.heard };
      await at.run(second + 100);
      return [front(at)?.mode.now, at.devices.state().doors['front']?.lock];
    };
    expect(await stands({ step: hour + 5 * minute })).toEqual(['normal', 'secured']);
    expect(await stands({ heard: 1 })).toEqual(['unlocked', 'released']);
    expect(await stands({ step: hour })).toEqual(['disabled', 'secured']);
    expect(await stands({ step: -2 * hour })).toEqual(['disabled', 'secured']);
    expect(await stands({ step: hour })).toEqual(['unlocked', 'released']);
  },
  async 'What a timetable would have done in a time that was passed over is not done.'() {
    const at = await house({ adapt: byTimetable });
    at.clock.stepWall(3 * hour + 5 * minute);
    at.ntp = { says: 'synchronized', mark: 1 };
    await at.run(5 * second);
    expect([front(at)?.mode.now, at.locks, await at.told('door.mode_changed')]).toEqual(['normal', [], []]);
  },
  async 'Whoever is granted while the clock is not believed is no first person.'() {
    const at = await house({ adapt: byTimetable });
    await at.person('Lovelace', [{ kind: 'card', value: '12:3456' }]);
    at.clock.stepWall(4 * hour + minute);
    expect(await at.opens(card)).toBe(true);
    at.ntp = { says: 'synchronized', mark: 1 };
    await at.run(1_500);
    expect(front(at)?.mode).toMatchObject({ now: 'normal', waits_for: 'first_person' });
    expect(await at.opens(card)).toBe(true);
    expect(front(at)?.mode.now).toBe('unlocked');
  },
  async 'A door with `needs_trusted_clock` refuses access that has dates or a schedule while the clock is not believed, and says `clock_not_trusted`; access without them goes on.'() {
    const at = await house({ adapt: wanting });
    await at.person('Lovelace', [{ kind: 'card', value: '12:3456' }]);
    await at.guest(instant(at.clock.wall() - year), instant(at.clock.wall() + year));
    expect([await at.opens(), await at.opens(card)]).toEqual([true, true]);
    at.clock.stepWall(hour);
    expect([await at.opens(), await at.opens(card)]).toEqual([false, true]);
    expect((await at.told('access.refused')).map(({ reason }) => reason)).toEqual(['clock_not_trusted']);
    at.clock.stepWall(-hour);
    expect(await at.opens()).toBe(true);
  },
  async 'What happened to the clock is in the feed within a second or two: `clock.stepped`, `clock.untrusted` with the reason, `clock.trusted`.'() {
    const at = await house();
    at.clock.stepWall(-hour);
    await at.run(1_500);
    at.clock.stepWall(hour);
    await at.run(1_500);
    const types = ['clock.stepped', 'clock.untrusted', 'clock.trusted'];
    expect(await at.told(...types)).toMatchObject([
      { type: 'clock.stepped', by_ms: -hour },
      { type: 'clock.untrusted', reason: 'stepped' },
      { type: 'clock.stepped', by_ms: hour },
      { type: 'clock.trusted' },
    ]);
  },
  async 'A keypad that takes no more PINs takes none for as long as it should, whatever the clock does.'() {
    const at = await house();
    await at.person('Lovelace', [{ kind: 'pin', value: '0493' }]);
    const types = async (pin: string) => {
      const before = at.locks.length;
      at.devices.reader('front').type(`${pin}#`);
      await at.run(1_500);
      return at.locks.length > before;
    };
    for (let i = 0; i < 5; i++) await types('1111');
    at.clock.stepWall(year);
    expect(await types('0493')).toBe(false);
    at.clock.stepWall(-2 * year);
    expect(await types('0493')).toBe(false);
    await at.run(90 * second);
    expect(await types('0493')).toBe(true);
  },
};

test('whatever steps, restarts and power cuts come in whatever order, no strike follows, and who has expired stays out', async () => {
  const deed = fc.oneof(
    fc.record({
      step: fc.constantFrom(minute, hour, day, year, 30 * year).chain((ms) => fc.constantFrom(ms, -ms)),
    }),
    fc.record({ restart: fc.constantFrom('in order' as const, 'power cut' as const) }),
    fc.record({ run: fc.integer({ min: 1, max: 3_000 }) }),
    fc.record({ show: fc.boolean() }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(deed, { minLength: 4, maxLength: 12 }), async (deeds) => {
      const at = await house();
      await at.guest(instant(at.clock.wall() - day), instant(at.clock.wall() + second));
      await at.run(minute + 5 * second);
      for (const what of deeds) {
        if ('step' in what) at.clock.stepWall(what.step);
        else if ('restart' in what) await at.restart(what.restart);
        else if ('run' in what) await at.run(what.run);
        else at.devices.reader(what.show ? 'front' : 'back').present(guestsCard);
      }
      await at.run(1_500);
      // The back door stands unlocked while nobody controls it.
      expect(at.locks.filter(({ lock, state }) => lock === 'front' && state === 'released')).toEqual([]);
      const unlocked = (await at.told('door.unlocked')).filter(({ by }) => by !== 'shutdown');
      expect([...unlocked, ...(await at.told('access.granted', 'door.mode_changed'))]).toEqual([]);
    }),
    { numRuns: 12, seed: 20_260_302 },
  );
}, 60_000);

describe('docs/time.md', () => {
  for (const [sentence, prove] of Object.entries(sentences)) test(sentence, prove, 30_000);

  test('every sentence about a clock that is wrong is proved here, and nothing else is', () => {
    const text = readFileSync(new URL('../../docs/time.md', import.meta.url), 'utf8');
    const [, section = ''] = text.split('## A clock that is wrong');
    const said = [...(section.split('\n## ')[0] ?? '').matchAll(/^- (.*)$/gm)].map(
      ([, sentence]) => sentence,
    );
    expect(said).toEqual(Object.keys(sentences));
  });
});
