/** Lines of columns, as wide as they need to be. Control characters in cells are shown as `?`: names come from outside. */
export function textTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, ...rows].map((cells) => cells.map(printable));
  const widths = head.map((_, column) => Math.max(...lines.map((cells) => cells[column]?.length ?? 0)));
  return lines
    .map((cells) => `${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd())
    .map((line) => `${line}\n`)
    .join('');
}

/** Text that cannot move the cursor or colour the terminal. */
export function printable(text: string): string {
  return text.replace(/\p{C}/gu, '?');
}

/** So many of a thing: `1 user`, `2 users`. */
export const counted = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;
