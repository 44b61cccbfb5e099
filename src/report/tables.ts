import { total } from './cells.ts'
import type { Column, Table, TableRow, Value } from './document.ts'

export interface Listed {
  readonly id: string
  readonly title: string
  readonly basis: string
  readonly columns: readonly Column[]
  /** Best first; each row has a cell for every column. */
  readonly rows: readonly (readonly Value[])[]
  readonly limit: number
  readonly empty: string
  /** Columns whose amounts add up; the others of the lines `others` and `total` stay empty unless `derive` fills them. */
  readonly sums: readonly string[]
  readonly derive?: (cells: readonly Value[]) => readonly Value[]
  readonly withTotal?: boolean
  readonly note?: string | null
}

/** A table of the first rows, a line for the others and one for all: what is left out is summed, never lost. */
export function listed({ rows, limit, columns, sums, derive, withTotal, ...table }: Listed): Table {
  const cut = rows.length > limit ? limit - 1 : rows.length
  const [shown, left] = [rows.slice(0, cut), rows.slice(cut)]
  const summed = (name: string, over: readonly (readonly Value[])[]) => {
    const cells = columns.map(({ id }, index) =>
      index === 0 ? name : sums.includes(id) ? total(over.map((row) => row[index] ?? null)) : null,
    )
    return derive ? derive(cells) : cells
  }
  const closing: TableRow[] = [
    ...(left.length > 0 ? [{ cells: summed(`${left.length} others`, left), kind: 'others' as const }] : []),
    ...(withTotal && rows.length > 1 ? [{ cells: summed('Total', rows), kind: 'total' as const }] : []),
  ]
  return { type: 'table', ...table, columns, rows: [...shown.map((cells) => ({ cells })), ...closing] }
}
