import type { Draft } from './draft.ts';
import { misplacedFindings, requiredFinding } from './kind-check.ts';
import type { Models } from './models.ts';
import type { Finding } from './problem.ts';
import { type Claim, danglingFinding, repeatFindings } from './reference.ts';

/** Keys that only a panel spoken to in its own protocol has. */
const spokenKeys = ['wire', 'code_file', 'login_file', 'armed_changes', 'changed_on_device', 'quarantine'];
const anyModel = 'dry_contact';

/** Whether the site has a panel that is spoken to in its own protocol. */
export function speaks(draft: Draft): boolean {
  return draft.panel?.model !== undefined && draft.panel.model !== anyModel;
}

/** The panel: at least one partition, and the keys that go with its model. */
export function checkPanel(draft: Draft, models: Models): Finding[] {
  if (draft.panel === null) return [];
  const findings: Finding[] = [];
  if (draft.partitions.size === 0) {
    findings.push({
      path: ['panel', 'partitions'],
      message: 'a panel has at least one [panel.partitions.NAME]',
    });
  }
  const { model: name } = draft.panel;
  if (name === undefined) return findings;
  const model = models.panels.get(name);
  if (model !== undefined) return [...findings, ...checkSpoken(draft, model)];
  if (name === anyModel) return [...findings, ...checkContacts(draft)];
  const known = new Map<string, unknown>([...models.panels, [anyModel, null]]);
  return [...findings, ...danglingFinding('panel model', name, known, ['panel', 'model'])];
}

function checkContacts(draft: Draft): Finding[] {
  const why =
    'only a panel that is spoken to in its own protocol has this; one on dry contacts keeps no codes';
  return [
    ...requiredFinding(
      draft,
      ['panel', 'unit'],
      'the Modbus unit of the board that reads its contacts, 1 to 247',
    ),
    ...misplacedFindings(draft, ['panel'], spokenKeys, why),
    ...[...draft.partitions.keys()].flatMap((name) => {
      const path = ['panel', 'partitions', name];
      const counted = 'the partitions of a panel on dry contacts have inputs, no numbers';
      return [
        ...requiredFinding(
          draft,
          [...path, 'disarmed_input'],
          'the input that is closed only while disarmed',
        ),
        ...misplacedFindings(draft, path, ['number'], counted),
      ];
    }),
  ];
}

function checkSpoken(draft: Draft, { name: model, kind }: { name: string; kind: string }): Finding[] {
  const numbers = [...draft.partitions].map(
    ([name, { number }]): Claim => ({
      key: number === undefined ? null : String(number),
      path: ['panel', 'partitions', name, 'number'],
      say: (first) => `${first} is number ${number} already`,
    }),
  );
  const why = `a "${model}" is spoken to in its own protocol; only model = "dry_contact" has this`;
  const wire = '"ascii" or "binary", as programmed in the panel (NX-584 location 0, NX-8E location 209)';
  return [
    ...(kind === 'nx_584'
      ? requiredFinding(draft, ['panel', 'wire'], wire)
      : misplacedFindings(draft, ['panel'], ['wire'], `a "${model}" has one framing only`)),
    ...misplacedFindings(draft, ['panel'], ['unit'], why),
    ...[...draft.partitions.keys()].flatMap((name) => {
      const path = ['panel', 'partitions', name];
      return [
        ...requiredFinding(draft, [...path, 'number'], 'the number of the partition in the panel, from 1'),
        ...misplacedFindings(draft, path, ['disarmed_input', 'armed_input'], why),
      ];
    }),
    ...repeatFindings(numbers),
  ];
}
