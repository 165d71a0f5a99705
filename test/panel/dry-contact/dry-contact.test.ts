import { expect, test } from 'vitest';
import type { PanelReport } from '../../../src/core/panel.ts';
import { dryContactPanel } from '../../../src/panel/dry-contact/dry-contact.ts';
import { virtualClock } from '../../support/virtual-clock.ts';

const partition = (name: string, disarmed_input: number, armed_input: number | null) => ({
  id: '00000000-0000-4000-8000-000000000000',
  name,
  disarmed_input,
  armed_input,
});

/** A panel on an input bank that the test plays. */
function wiredPanel(...partitions: ReturnType<typeof partition>[]) {
  const clock = virtualClock();
  const watched: number[][] = [];
  let seen: (bits: readonly boolean[] | null) => void = () => {};
  const inputs = {
    watch(...[unit, first, count, everyMs, taken]: [number, number, number, number, typeof seen]) {
      watched.push([unit, first, count, everyMs]);
      seen = taken;
    },
  };
  const panel = dryContactPanel({ kind: 'dry_contact', port: 'locks', unit: 2, partitions }, inputs, clock);
  const reports: PanelReport[] = [];
  panel.start((report) => reports.push(report));
  const read = (bits: string | null) => {
    seen(bits === null ? null : [...bits].map((bit) => bit === '1'));
    clock.advance(500);
  };
  return { clock, panel, reports, read, watched };
}

test('all partitions are read in one exchange, from the first wired input to the last', () => {
  const { watched } = wiredPanel(partition('house', 4, 5), partition('garage', 2, null));
  expect(watched).toEqual([[2, 2, 4, 500]]);
});

test('each partition is reported when its own contacts change, with the wall time of the change', () => {
  const { clock, reports, read } = wiredPanel(partition('house', 4, 5), partition('garage', 2, null));
  read('1010');
  const since = clock.wall();
  read('1010');
  expect(reports).toEqual([
    { type: 'partition', partition: 'house', state: 'disarmed', since },
    { type: 'partition', partition: 'garage', state: 'disarmed', since },
  ]);
  for (let n = 0; n < 4; n++) read('1010');
  read('1001');
  expect(reports.slice(2)).toMatchObject([{ partition: 'house', state: 'armed' }]);
});

test('a wiring fault is a trouble that names the inputs, and is reported again when mended', () => {
  const { reports, read } = wiredPanel(partition('house', 0, 1));
  for (const bits of ['10', '11', '11', '11', '10']) read(bits);
  const troubles = reports.filter(({ type }) => type === 'trouble');
  expect(troubles).toMatchObject([
    { what: 'wiring_fault', active: true, detail: expect.stringMatching(/house.*inputs 0 and 1 of unit 2/) },
    { what: 'wiring_fault', active: false },
  ]);
});

test('a board that is lost makes the partition unknown, and nothing is reported after close', async () => {
  const { panel, reports, read } = wiredPanel(partition('house', 0, 1));
  for (const bits of ['10', '10', null, null, null]) read(bits);
  expect(reports.at(-1)).toMatchObject({ partition: 'house', state: 'unknown' });
  await panel.close();
  read('01');
  expect(reports).toHaveLength(2);
});
