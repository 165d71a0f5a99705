import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { obey } from '../../src/sim/control.ts';
import { readerMemory } from '../../src/sim/reader-memory.ts';
import type { SimulatedEvent } from '../../src/sim/simulated-event.ts';
import { simulatedSite } from '../../src/sim/site.ts';
import { twoDoors } from '../support/door-site.ts';
import { virtualClock } from '../support/virtual-clock.ts';

/** What simulated readers keep without power, and how a person takes it from them. */
let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'postern-flash-'));
});
afterEach(() => rmSync(directory, { recursive: true }));
const key = Uint8Array.from({ length: 16 }, (_, at) => at * 3);

test('keys outlive their readers, for nobody else to read', () => {
  const path = join(directory, 'readers.json');
  const memory = readerMemory(path);
  expect(memory.keys.size).toBe(0);
  memory.keep('front', key);
  memory.keep('back', key);
  memory.keep('back', null);
  expect([...readerMemory(path).keys]).toEqual([['front', key]]);
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test('a reader that is reset has no key any more, and who watches is told; the key itself is told to nobody', () => {
  const told: SimulatedEvent[] = [];
  const site = simulatedSite(
    twoDoors,
    virtualClock(),
    () => {},
    (event) => told.push(event),
  );
  site.reader('front').setKey(key);
  site.receive('readers', Uint8Array.of(0xff));
  const wires = { plug() {}, state: () => ({}) };
  expect(obey(site, wires, { do: 'reset', reader: 'front' }, () => 1)).toEqual({ ok: true, at_us: 1 });
  expect(told).toEqual([
    { event: 'key_changed', reader: 'front', paired: true },
    { event: 'key_changed', reader: 'front', paired: false },
  ]);
  expect(site.reader('front').key()).toBeNull();
});

test('faults of the secure channel are switched as those of the wire are; a wrong one is answered with those there are', () => {
  const site = simulatedSite(
    twoDoors,
    virtualClock(),
    () => {},
    () => {},
  );
  const wires = { plug() {}, state: () => ({}) };
  const fault = (name: string) =>
    obey(site, wires, { do: 'fault', reader: 'front', fault: name, on: true }, () => 1);
  expect(fault('wrong_mac')).toMatchObject({ ok: true });
  expect(fault('drop_reply')).toMatchObject({ ok: true });
  expect(fault('wrong_mc')).toMatchObject({ ok: false, error: expect.stringMatching(/wrong_mac/) });
});
