import type { ScheduleRow, TableRow } from '../core/table-row.ts';

/** A row as it lies in the sealed table, in JSON: numbers of a `Float64Array` as the base64 of their bytes (IEEE 754, little-endian). */
export type SealedRow = Exclude<TableRow, ScheduleRow> | SealedSchedule;

type SealedSchedule = Omit<ScheduleRow, 'edges' | 'holiday_edges'> & { edges: string; holiday_edges: string };

export function sealRow(row: TableRow): SealedRow {
  if (row.row !== 'schedule') return row;
  return { ...row, edges: packed(row.edges), holiday_edges: packed(row.holiday_edges) };
}

export function openRow(row: SealedRow): TableRow {
  if (row.row !== 'schedule') return row;
  return { ...row, edges: unpacked(row.edges), holiday_edges: unpacked(row.holiday_edges) };
}

function packed(numbers: Float64Array): string {
  const bytes = Buffer.alloc(numbers.length * 8);
  for (const [i, number] of numbers.entries()) bytes.writeDoubleLE(number, i * 8);
  return bytes.toString('base64');
}

function unpacked(text: string): Float64Array {
  const bytes = Buffer.from(text, 'base64');
  return Float64Array.from({ length: bytes.length / 8 }, (_, i) => bytes.readDoubleLE(i * 8));
}
