import type { Clock } from '../core/clock.ts';
import type { Line } from '../core/line.ts';
import type { CodePanel } from '../core/panel.ts';
import type { Secret } from '../core/secret.ts';
import type { SiteCodePanel } from '../core/site.ts';
import { elkPanel } from './elk-m1/elk-panel.ts';
import { nxPanel } from './nx-584/nx-panel.ts';

/**
 * The driver of a panel that keeps codes. `timeZone`: IANA zone of its own log. `random` gives so many random bytes.
 */
export function panelFor(
  panel: SiteCodePanel,
  masterCode: Secret | null,
  line: Line,
  clock: Clock,
  { timeZone, random }: { timeZone: string; random(size: number): Uint8Array },
): CodePanel {
  switch (panel.kind) {
    case 'nx_584':
      return nxPanel(panel, masterCode, line, clock, timeZone);
    case 'elk_m1':
      return elkPanel(panel, masterCode, line, clock, random);
  }
}
