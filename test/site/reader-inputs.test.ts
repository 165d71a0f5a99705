import { beforeEach, describe, expect, test } from 'vitest';
import { type SiteUnderTest, siteUnderTest } from './site-under-test.ts';

/** The back door, its contact and exit button wired to its reader. */
let at: SiteUnderTest;
beforeEach(async () => {
  at = await siteUnderTest({
    adapt: (text) =>
      text
        .replace('contact = { input = 2 }\nexit_button = { input = 3 }\n', '')
        .replace(
          'lock = "back"\nreaders',
          'lock = "back"\nheld_open = "2s"\ncontact = { reader = "back", input = 0 }\nexit_button = { reader = "back", input = 1 }\nreaders',
        ),
  });
  await at.run(1_000);
});
const back = () => at.site.doors.find(({ name }) => name === 'back');
const contact = () => at.composed.door.doors.status().doors.find(({ id }) => id === back()?.id)?.contact;
const released = () => at.locks.filter((deed) => deed.lock === 'back' && deed.state === 'released');
const told = async () =>
  (await at.feed())
    .filter(({ resource, type }) => resource === `door/${back()?.id}` && type !== 'door.mode_changed')
    .map(({ type }) => type);
const readerBack = (online: boolean) =>
  at.until('the reader has come or gone', () =>
    at.composed.door.doors
      .status()
      .readers.every((one, place) => one.online === (online || at.site.readers[place]?.name !== 'back')),
  );

describe('the contact of a door at its reader', () => {
  test('tells when the door opens, is forced, held open and closed', async () => {
    expect(contact()).toBe('closed');
    at.devices.door('back').open(true);
    await at.run(500);
    expect(contact()).toBe('open');
    await at.run(2_500);
    at.devices.door('back').close();
    await at.run(500);
    expect(await told()).toEqual(['door.opened', 'door.forced_open', 'door.held_open', 'door.closed']);
    expect(contact()).toBe('closed');
  });

  test('is unknown while the reader is away, and nothing is told of a door that nobody sees', async () => {
    at.devices.door('back').open(true);
    await at.run(500);
    at.devices.reader('back').fault('unplugged', true);
    await readerBack(false);
    expect(contact()).toBe('unknown');
    const before = await told();
    await at.run(10_000);
    expect(await told()).toEqual(before);
    at.devices.reader('back').fault('unplugged', false);
    await readerBack(true);
    await at.run(1_000);
    expect(contact()).toBe('open');
    await at.run(3_000);
    expect((await told()).filter((type) => type === 'door.opened')).toHaveLength(1);
  });

  test('goes on being watched when the board of the lock was away', async () => {
    at.devices.door('back').open(true);
    at.devices.board('back').faults.silent = true;
    await at.run(10_000);
    at.devices.board('back').faults.silent = false;
    await at.until(
      'the lock is back',
      () => at.composed.door.doors.status().locks.every((one) => one.online),
      60_000,
    );
    await at.run(3_000);
    expect(await told()).toContain('door.held_open');
    expect(contact()).toBe('open');
  });

  test('that is cut makes the door unknown, and is told', async () => {
    // From then on it is believed to tell by itself.
    at.devices.door('back').open(true);
    at.devices.door('back').close();
    await at.run(1_000);
    at.devices.reader('back').say({ type: 'istatr', value: { states: Uint8Array.of(3, 0) } });
    await at.run(200);
    expect(contact()).toBe('unknown');
    await at.run(20_000);
    expect(contact()).toBe('closed');
    const faults = (await at.feed()).filter(({ type }) => type === 'reader.input_fault');
    expect(faults.map(({ data }) => data)).toEqual([
      { input: 0, active: true },
      { input: 0, active: false },
    ]);
  });
});

describe('the exit button of a door at its reader', () => {
  test('releases the lock, once for each press', async () => {
    at.devices.door('back').pressExit();
    await at.run(3_000);
    expect(await told()).toContain('door.exit_requested');
    expect(new Set(released().map(({ event }) => event))).toContain('lock_moved');
    const moves = released().filter(({ event }) => event === 'lock_moved');
    expect(moves).toHaveLength(1);
  });

  test('that is held down while the reader returns, or was pressed while it was away, releases nothing', async () => {
    at.devices.reader('back').fault('unplugged', true);
    await readerBack(false);
    const { setInput } = at.devices.reader('back');
    setInput(1, true);
    setInput(1, false);
    setInput(1, true);
    at.devices.reader('back').fault('unplugged', false);
    await readerBack(true);
    await at.run(5_000);
    expect(released()).toEqual([]);
    setInput(1, false);
    await at.run(500);
    setInput(1, true);
    await at.run(500);
    expect(released().length).toBeGreaterThan(0);
  });
});
