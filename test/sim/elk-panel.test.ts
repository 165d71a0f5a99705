import elk from 'elk-message';
import { expect, test } from 'vitest';
import { type ElkOptions, elkPanel } from '../../src/sim/elk-panel.ts';
import { virtualClock } from '../support/virtual-clock.ts';

/** The simulated panel, spoken to in the characters of the vendor's document. */
function panelOf(options: Partial<ElkOptions> = {}) {
  const clock = virtualClock();
  let said = '';
  const panel = elkPanel(
    clock,
    (bytes) => {
      said += Buffer.from(bytes).toString('latin1');
    },
    {
      exitSeconds: 0,
      ...options,
      users: [{ slot: 1, code: '3456', areas: 0x3f, master: true }, ...(options.users ?? [])],
    },
  );
  const heard = (): string[] => {
    const lines = said.split('\r\n').filter((line) => line !== '');
    said = '';
    return lines;
  };
  return {
    clock,
    panel,
    heard,
    ask(line: string): string[] {
      heard();
      panel.receive(Buffer.from(`${line}\r\n`, 'latin1'));
      return heard();
    },
  };
}

test('answers the vectors as the document does', () => {
  const { ask } = panelOf();
  expect(ask('06as0066')).toEqual(['1EAS000000001111111100000000000E']);
  expect(ask('23cu0050000030405060000090807062100BB')).toEqual(['09CU005000A']);
  expect(ask('23cu0050000030405060000080807062110BB')).toEqual(['09CU0051009']);
  expect(ask('23cu0050000030405060000080807062120BA')).toEqual(['09CU005000A']);
  expect(ask('0Cua0034560025')[0]).toMatch(/^19UA0034563F\d{8}42F00..$/);
  expect(ask('06ss0054')[0]).toMatch(/^28SS0{34}00/);
});

test('refuses a wrong authorisation and a code that another user has', () => {
  const { ask } = panelOf({ users: [{ slot: 7, code: '9876', areas: 1 }] });
  expect(ask('23cu0050000030405060000090807062100BB')).toEqual(['09CU2550003']);
  const other = panelOf();
  other.panel.users.delete(1);
  expect(other.ask('23cu0050000030405060000090807062100BB')).toEqual(['09CU000000F']);
});

test('to arm what is armed disarms it, and a user with the option "Access" does neither', () => {
  const { ask, panel, heard } = panelOf({ users: [{ slot: 4, code: '9854', areas: 1, access: true }] });
  expect(ask('0Da41009854002C').map((line) => line.slice(2, 8))).toEqual(['IC0000', 'LD1313']);
  expect(panel.armed(1)).toBe(false);
  panel.users.set(2, { code: '001234', areas: 1, master: false, restricted: false, access: false });
  expect(ask('0Da11001234003F').map((line) => line.slice(2, 4))).toEqual([
    'IC',
    'LD',
    'AS',
    'AM',
    'AS',
    'EE',
  ]);
  expect(panel.armed(1)).toBe(true);
  ask('0Da11001234003F');
  expect(panel.armed(1)).toBe(false);
  heard();
});

test('with a zone open it is ready if forced, and an order to arm arms it by force', () => {
  const { ask, panel, heard } = panelOf();
  panel.zone(1, true);
  expect(heard()).toHaveLength(1);
  const status = () =>
    new elk.ArmingStatusReport(`${ask('06as0066')[0]}\r\n`).areas.map((area) => area.armUpState);
  expect(status()[0]).toBe(elk.ArmUpState.ReadyToArmForced);
  ask('0Da110034560037');
  panel.zone(1, false);
  expect(status().slice(0, 2)).toEqual([elk.ArmUpState.ForceArmed, elk.ArmUpState.ReadyToArm]);
});

test('names that are empty are passed over, and 000 is the end', () => {
  const { ask } = panelOf({ names: { 17: 'Ada' } });
  const name = (from: number) =>
    new elk.TextDescriptionRequest(elk.TextDescriptionType.UserName, from).raw.trimEnd();
  expect(ask(name(1))[0]).toMatch(/^1BSD02017Ada/);
  expect(ask(name(199))[0]).toMatch(/^1BSD02000/);
});

test('says XK every 30 seconds; a fault ends when it is switched off', () => {
  const { clock, heard, panel, ask } = panelOf();
  clock.advance(90_000);
  expect(heard().map((line) => line.slice(2, 4))).toEqual(['XK', 'XK', 'XK']);
  panel.fault('silent', true);
  expect(ask('06as0066')).toEqual([]);
  panel.fault('silent', false);
  expect(ask('06as0066')).toHaveLength(1);
  panel.close();
  clock.advance(90_000);
  expect(heard()).toEqual([]);
});

test('passes over what is no message, of the wrong length or damaged', () => {
  const { ask } = panelOf();
  expect(ask('07as0065')).toEqual([]);
  expect(ask('06as0067')).toEqual([]);
  expect(ask('\xff06as0066')).toHaveLength(1);
});
