import type { Draft } from './draft.ts';
import { misplacedFindings, requiredFinding } from './kind-check.ts';
import type { Finding } from './problem.ts';
import { danglingFinding, repeatFindings } from './reference.ts';

/** Readers that write text: what goes with their protocol, with the kind of their frame and with its content. */
export function checkAsciiReaders(draft: Draft): Finding[] {
  const findings = [...draft.readers].flatMap(([name, { protocol, frame }]): Finding[] => {
    const path = ['readers', name];
    if (protocol === 'osdp') {
      const why = 'an OSDP reader has no frame of its own; only serial_ascii has this';
      return [
        ...requiredFinding(draft, [...path, 'address'], 'its OSDP address, 0 to 126'),
        ...misplacedFindings(draft, path, ['frame', 'repeat_within', 'heard_within'], why),
      ];
    }
    if (protocol !== 'serial_ascii') return [];
    const why =
      'a reader that only writes text has no address, takes part in no encryption, shows and switches nothing';
    return [
      ...requiredFinding(
        draft,
        [...path, 'frame'],
        'what it sends, such as { kind = "line", content = "uid_hex" }',
      ),
      ...misplacedFindings(draft, path, ['address', 'secure', 'feedback', 'outputs'], why),
      ...frameFindings(draft, [...path, 'frame'], frame),
      ...(frame === undefined || draft.given(...path, 'frame', 'heartbeat')
        ? []
        : misplacedFindings(
            draft,
            path,
            ['heard_within'],
            'only a reader with a heartbeat in its frame has this',
          )),
    ];
  });
  return [...findings, ...sharedPorts(draft)];
}

type Frame = { kind?: string; content?: string | undefined; format?: string | undefined } | undefined;

function frameFindings(draft: Draft, path: string[], frame: Frame): Finding[] {
  if (frame === undefined) return [];
  if (frame.kind === 'keys') {
    const keys = ['content', 'prefix', 'suffix', 'keys', 'heartbeat', 'checksum', 'format', 'separator'];
    return misplacedFindings(draft, path, keys, 'a reader that sends single keys sends no cards');
  }
  const used = new Map((draft.cards.formats ?? []).map((name) => [name, name]));
  const ofKind =
    frame.kind === 'line'
      ? misplacedFindings(draft, path, ['checksum'], 'a line has no checksum; only stx_etx has this')
      : misplacedFindings(
          draft,
          path,
          ['prefix', 'suffix', 'keys', 'heartbeat'],
          'only kind = "line" has this',
        );
  const ofContent =
    frame.content === 'numbers'
      ? requiredFinding(draft, [...path, 'format'], 'the card format that the numbers belong to')
      : misplacedFindings(draft, path, ['format', 'separator'], 'only content = "numbers" has this');
  return [
    ...requiredFinding(draft, [...path, 'content'], 'what it sends for a card, such as "uid_hex"'),
    ...ofKind,
    ...ofContent,
    ...danglingFinding('card format of this site', frame.format, used, [...path, 'format']),
  ];
}

/** Nothing in the text says which reader it is from. */
function sharedPorts(draft: Draft): Finding[] {
  const readers = [...draft.readers];
  const alone = new Set(
    readers.flatMap(([, { protocol, port }]) => (protocol === 'serial_ascii' ? (port ?? []) : [])),
  );
  return repeatFindings(
    readers.map(([name, { port }]) => ({
      key: port !== undefined && alone.has(port) ? port : null,
      path: ['readers', name, 'port'],
      say: (first) =>
        `port "${port}" serves ${first}; a reader that writes text and any other cannot share one`,
    })),
  );
}
