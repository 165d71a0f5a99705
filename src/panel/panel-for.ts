import type { Clock } from '../core/clock.ts';
import type { Line } from '../core/line.ts';
import type { CodePanel, LogPlace, PanelLogin } from '../core/panel.ts';
import type { Secret } from '../core/secret.ts';
import type { SiteCodePanel } from '../core/site.ts';
import { elkPanel } from './elk-m1/elk-panel.ts';
import { nxPanel } from './nx-584/nx-panel.ts';

export interface PanelSurroundings {
  timeZone: string;
  logPlace: LogPlace;
  /** What the panel's secure port may ask for; left out: nothing to answer it with. */
  login?: PanelLogin | null;
  random(size: number): Uint8Array;
}

/**
 * The driver of a panel that keeps codes. `timeZone`: IANA zone of its own log, of which `logPlace` says how far it is told. `random` gives
 * so many random bytes.
 */
export function panelFor(
  panel: SiteCodePanel,
  masterCode: Secret | null,
  line: Line,
  clock: Clock,
  { timeZone, logPlace, login = null, random }: PanelSurroundings,
): CodePanel {
  // What another kind of panel has left is no place in this one's log.
  const mark = `${panel.kind} `;
  const { kept } = logPlace;
  const place: LogPlace = {
    kept: kept?.startsWith(mark) ? kept.slice(mark.length) : null,
    keep: (at) => logPlace.keep(mark + at),
  };
  switch (panel.kind) {
    case 'nx_584':
      return nxPanel(panel, masterCode, line, clock, timeZone, place);
    case 'elk_m1':
      return elkPanel(panel, masterCode, line, clock, random, place, login);
  }
}
