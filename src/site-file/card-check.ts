import { type CardFormat, hides, standardFormats } from '../core/card-format.ts';
import type { Draft } from './draft.ts';
import type { Finding } from './problem.ts';
import { danglingFinding, repeatFindings, unusedFindings } from './reference.ts';
import type { TomlPath } from './toml-position.ts';

/** Card formats: each whole in itself, each known, and none that could never be told from one tried before it. */
export function checkCards(draft: Draft): Finding[] {
  const used = draft.cards.formats ?? [];
  const standard = new Map<string, CardFormat>(Object.entries(standardFormats));
  const known = new Map<string, unknown>([...standard, ...draft.formats]);
  const own = [...draft.formats].flatMap(([name, format]) => [
    ...nameFinding(name, standard),
    ...checkBits(['formats', name], format),
  ]);
  const names = used.flatMap((name, i) =>
    danglingFinding('card format', name, known, ['cards', 'formats', i]),
  );
  const claims = used.map((name, i) => ({
    key: name,
    path: ['cards', 'formats', i],
    say: () => `"${name}" is in this list already`,
  }));
  const unused = 'no card is read by this format; name it in [cards] formats';
  return [
    ...own,
    ...names,
    ...repeatFindings(claims),
    ...hiddenFindings(draft, standard),
    ...unusedFindings('formats', draft.formats.keys(), used, unused),
  ];
}

function nameFinding(name: string, standard: ReadonlyMap<string, unknown>): Finding[] {
  const path = ['formats', name];
  if (standard.has(name))
    return [{ path, at: 'key', message: 'this format is built in; call your own something else' }];
  if (name !== 'uid' && !/^\d+$/.test(name)) return [];
  const message = 'cards are written NAME:FACILITY:NUMBER, and uid or digits alone mean something else there';
  return [{ path, at: 'key', message }];
}

/** Every bit that a format names is one it has, and a parity bit is not part of what it covers. */
function checkBits(
  path: TomlPath,
  format: { [K in keyof CardFormat]?: CardFormat[K] | undefined },
): Finding[] {
  const { length } = format;
  if (length === undefined) return [];
  const beyond = `expected bits 0 to ${length - 1}, as the format has ${length}`;
  const fields = (['facility', 'number'] as const).flatMap((key): Finding[] => {
    const field = format[key];
    if (field == null || field.first + field.length <= length) return [];
    return [{ path: [...path, key], message: `${beyond}, found ${field.first + field.length - 1}` }];
  });
  const parity = (format.parity ?? []).flatMap(({ bit, over }, i): Finding[] => {
    const at = [...path, 'parity', i];
    const last = Math.max(bit, ...over);
    if (last >= length) return [{ path: at, message: `${beyond}, found ${last}` }];
    if (!over.includes(bit)) return [];
    return [
      { path: at, message: `bit ${bit} is the parity bit itself; "over" names the other bits it covers` },
    ];
  });
  return [...fields, ...parity];
}

function hiddenFindings(draft: Draft, standard: ReadonlyMap<string, CardFormat>): Finding[] {
  const formats = (draft.cards.formats ?? []).flatMap((name, i): { format: CardFormat; i: number }[] => {
    const { length, number, parity, facility = null } = draft.formats.get(name) ?? {};
    const format =
      standard.get(name) ??
      (length === undefined || number === undefined || parity === undefined
        ? undefined
        : { name, length, number, parity, facility });
    return format === undefined ? [] : [{ format, i }];
  });
  return formats.flatMap(({ format, i }, at): Finding[] => {
    const first = formats.slice(0, at).find((earlier) => hides(earlier.format, format));
    if (first === undefined || first.format.name === format.name) return [];
    const message = `every card that fits "${format.name}" fits "${first.format.name}" before it; a format of the same length with more parity goes first, and of two with the same parity only one can stay`;
    return [{ path: ['cards', 'formats', i], message }];
  });
}
