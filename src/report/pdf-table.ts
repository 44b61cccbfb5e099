import type { Content, TableCell } from 'pdfmake/interfaces.js'
import { palette } from '../web/palette.ts'
import type { Column, Table, TableRow, Value } from './document.ts'
import { captionContent, type PartPlace } from './pdf-parts.ts'
import { fitText, textWidth } from './text-width.ts'
import { isNumber, statusText, toneOf, writeCell } from './write-value.ts'

const padding = 7
/** Title and heads, which stand on every page of the table. */
const titleRows = 2
const smallestType = 5.2
/** Least room of a column of names, in ems. */
const leastEms = 8
/** Lines that a long name may take in a report of as many pages as it needs. */
const mostLines = 3

export function tableContent(table: Table, place: PartPlace): Content {
  const caption = captionContent(table.title, table.basis, place)
  const small = { fontSize: place.size - 0.9, color: palette.soft }
  const note: Content[] = table.note ? [{ text: table.note, ...small, margin: [0, 2, 0, 0] }] : []
  if (table.rows.length === 0) return { stack: [caption, { text: table.empty, ...small }, ...note] }
  const { widths, size } = widthsOf(table, place)
  const head = table.columns.map(
    ({ head: text, unit }, index): TableCell => ({
      text: fitText(text, (widths[index] ?? 0) + 2, size - 0.6),
      ...{ color: palette.soft, bold: true, fontSize: size - 0.6, noWrap: true },
      alignment: isNumber(unit) ? 'right' : 'left',
    }),
  )
  const body = table.rows.map((row) => rowCells(row, table, { ...place, size }, widths))
  const title: TableCell[] = table.columns.map((_, index) =>
    index === 0 ? { stack: [caption], colSpan: table.columns.length } : {},
  )
  return {
    stack: [
      {
        table: {
          headerRows: 2,
          keepWithHeaderRows: 1,
          dontBreakRows: true,
          widths: [...widths],
          body: [title, head, ...body],
        },
        layout: ruled(table),
      },
      ...note,
    ],
  }
}

function ruled({ rows }: Table) {
  const totalAt = rows.findIndex(({ kind }) => kind === 'total') + titleRows
  return {
    hLineWidth: (line: number) => (line < titleRows ? 0 : line === titleRows || line === totalAt ? 0.8 : 0.4),
    vLineWidth: () => 0,
    hLineColor: (line: number) => (line === titleRows || line === totalAt ? palette.rule : palette.line),
    paddingLeft: (column: number) => (column === 0 ? 0 : padding),
    paddingRight: () => 0,
    paddingTop: () => 1.6,
    paddingBottom: () => 1.2,
  }
}

/** Numbers get the room they need, names share what is left by their weights; where too little is left, the type gets smaller. */
function widthsOf(table: Table, place: PartPlace): { readonly widths: readonly number[]; readonly size: number } {
  const { columns } = table
  for (let size = place.size; ; size -= 0.3) {
    const needed = columns.map((column, index) => neededBy(table, column, index, { ...place, size }))
    const names = columns.filter((_, index) => needed[index] === null)
    const weights = names.reduce((sum, { width = 1 }) => sum + width, 0)
    const left = place.width - padding * (columns.length - 1) - needed.reduce((sum: number, one) => sum + (one ?? 0), 0)
    if (left >= names.length * leastEms * size || size <= smallestType) {
      const widths = columns.map(({ width = 1 }, index) => needed[index] ?? Math.max(24, (left * width) / weights))
      return { widths, size }
    }
  }
}

/** Width that a column of numbers or states takes; null for names, which can be cut. */
function neededBy(
  { rows }: Table,
  { head, unit }: Column,
  index: number,
  { size, currency }: PartPlace,
): number | null {
  if (unit === 'text' || unit === 'id') return null
  const texts = rows.map(({ cells }) => written(cells[index] ?? null, unit, currency))
  return Math.ceil(Math.max(textWidth(head, size - 0.3), ...texts.map((text) => textWidth(text, size + 0.2))))
}

const written = (value: Value, unit: Column['unit'], currency: string) =>
  unit === 'status' && value !== null ? `● ${statusText(value)}` : writeCell(value, unit, currency)

function rowCells(
  { cells, kind }: TableRow,
  { columns }: Table,
  place: PartPlace,
  widths: readonly number[],
): TableCell[] {
  return columns.map(({ unit }, index): TableCell => {
    const value = cells[index] ?? null
    const text = value === null && kind !== undefined ? '' : written(value, unit, place.currency)
    const isName = unit === 'text' || unit === 'id'
    const look = { fontSize: place.size, bold: kind === 'total', color: colourOf(value, unit, kind), noWrap: true }
    if (!isName) return { text, alignment: isNumber(unit) ? 'right' : 'left', ...look }
    return { stack: linesOf(text, widths[index] ?? 0, place, unit === 'id').map((line) => ({ text: line, ...look })) }
  })
}

function colourOf(value: Value, unit: Column['unit'], kind: TableRow['kind']): string {
  if (unit === 'status' && value !== null) return palette[toneOf(value)].text
  return kind === 'others' ? palette.soft : palette.ink
}

/** One line where room is short, else up to three, broken at blanks or, in an id, anywhere. */
function linesOf(text: string, width: number, { size, isTight }: PartPlace, isId: boolean): string[] {
  if (isTight || textWidth(text, size) <= width) return [fitText(text, width, size, isId)]
  const lines: string[] = []
  let rest = text.trim()
  while (rest !== '' && lines.length < mostLines - 1 && textWidth(rest, size) > width) {
    const end = breakAt(rest, width, size)
    lines.push(rest.slice(0, end).trimEnd())
    rest = rest.slice(end).trimStart()
  }
  return rest === '' ? lines : [...lines, fitText(rest, width, size, isId)]
}

/** Where a line ends: after the last blank or slash that fits, else after the last letter that does; at least one. */
function breakAt(text: string, width: number, size: number): number {
  let [used, end, good] = [0, 0, 0]
  for (const letter of text) {
    used += textWidth(letter, size)
    if (used > width && end > 0) break
    end += letter.length
    if (letter === ' ' || letter === '/' || letter === '-') good = end
  }
  return good > end / 2 ? good : end
}
