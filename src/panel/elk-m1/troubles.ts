import type { PanelReport } from '../../core/panel.ts';

type Trouble = Extract<PanelReport, { type: 'trouble' }>;

/** The troubles of SS by their place in it (sheet 2.5). `zone`: the character tells a zone, 0x30 + its number. */
const names: ReadonlyMap<number, { name: string; what?: 'tamper'; zone?: true }> = new Map([
  [0, { name: 'no mains power' }],
  [1, { name: 'box tamper', what: 'tamper', zone: true }],
  [2, { name: 'failed to communicate' }],
  [3, { name: 'EEPROM memory error' }],
  [4, { name: 'low battery of the control' }],
  [5, { name: 'low battery of a transmitter', zone: true }],
  [6, { name: 'over-current' }],
  [7, { name: 'telephone line fault' }],
  [9, { name: 'output 2 fault' }],
  [10, { name: 'a keypad is missing' }],
  [11, { name: 'a zone expander is missing' }],
  [12, { name: 'an output expander is missing' }],
  [14, { name: 'ELKRP remote access' }],
  [16, { name: 'common area not armed' }],
  [17, { name: 'flash memory error' }],
  [18, { name: 'security alert', zone: true }],
  [19, { name: 'a serial expander is missing' }],
  [20, { name: 'a transmitter is lost', zone: true }],
  [21, { name: 'smoke detector to be cleaned' }],
  [22, { name: 'Ethernet trouble' }],
  [33, { name: 'fire trouble', zone: true }],
] as const);

/** What has come or gone between two reports of the troubles, 34 characters each. */
export function troubleChanges(before: string, after: string): Trouble[] {
  return [...after].flatMap((now, place): Trouble[] => {
    const was = before[place] ?? '0';
    if (was === now) return [];
    const ended: Trouble[] = was === '0' ? [] : [trouble(place, was, false)];
    return now === '0' ? ended : [...ended, trouble(place, now, true)];
  });
}

function trouble(place: number, state: string, active: boolean): Trouble {
  const known = names.get(place);
  const zone = known?.zone ? `, zone ${state.charCodeAt(0) - 0x30}` : '';
  return {
    type: 'trouble',
    what: known?.what ?? 'trouble',
    active,
    detail: `${known?.name ?? `trouble ${place}`}${zone}`,
  };
}
