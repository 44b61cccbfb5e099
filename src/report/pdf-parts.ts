import type { Content, TableCell } from 'pdfmake/interfaces.js'
import { palette } from '../web/palette.ts'
import type { Column, Notes, Table, TableRow, Tile, Value } from './document.ts'
import { fitText, textWidth } from './text-width.ts'
import { isNumber, shorten, statusWords, toneOf, writeCell, writeFigure } from './write-value.ts'

/** Where a part goes: its width in points, the size of its type, and whether it must keep to its room. */
export interface PartPlace {
  readonly width: number
  readonly size: number
  readonly currency: string
  readonly isTight: boolean
}

const statusText = (status: string) => statusWords[status as keyof typeof statusWords] ?? status.replaceAll('_', ' ')

/** Title of a chart or table with its basis beside it, on one line. */
export function captionContent(
  title: string,
  basis: string,
  { width, size }: Pick<PartPlace, 'width' | 'size'>,
): Content {
  const name = fitText(title, width, size + 0.8)
  const left = width - textWidth(name, size + 1.2) - 6
  return {
    text: [
      { text: name, bold: true, fontSize: size + 0.8 },
      { text: `  ${left > 30 ? fitText(basis, left, size - 1) : ''}`, color: palette.soft, fontSize: size - 1 },
    ],
    margin: [0, 0, 0, 3],
    noWrap: true,
  }
}

export function tileContent(tile: Tile, { width, size, currency }: PartPlace): Content {
  const figure = tile.value === null ? '–' : (tile.shown ?? writeFigure(tile.value, tile.unit, currency))
  const inner = width - 14
  const big = figure.length > 11 ? size + 5 : size + 7
  const note = tile.reason === null ? tile.basis : `${tile.reason}; ${tile.basis}`
  const small = { fontSize: size - 0.9, color: palette.soft, lineHeight: 1.05 }
  const status = statusText(tile.status)
  const target = tile.target === null ? 'no target' : `target ${tile.target}`
  return {
    table: {
      widths: [width - 14],
      heights: [size * 8.9],
      body: [
        [
          {
            stack: [
              { text: fitText(tile.label, inner, size), color: palette.soft, bold: true, fontSize: size, noWrap: true },
              { text: fitText(figure, inner, big), fontSize: big, bold: true, margin: [0, 1, 0, 1], noWrap: true },
              {
                text: [
                  { text: `● ${status}  `, color: palette[toneOf(tile.status)].text, bold: true, fontSize: size - 0.4 },
                  { text: fitText(target, inner - textWidth(`● ${status}   `, size), size - 0.9), ...small },
                ],
                noWrap: true,
              },
              { text: twoLines(tile.detail, inner, size - 0.9), ...small, margin: [0, 1.5, 0, 0] },
              { text: twoLines(note, inner, size - 0.9), ...small },
            ],
          },
        ],
      ],
    },
    layout: boxed,
  }
}

/** At most what two lines hold; line breaks cost some room, hence the tenth. */
const twoLines = (text: string, width: number, size: number) => fitText(text, width * 1.8, size)

const boxed = {
  hLineWidth: () => 0.6,
  vLineWidth: () => 0.6,
  hLineColor: () => palette.rule,
  vLineColor: () => palette.rule,
  paddingLeft: () => 6,
  paddingRight: () => 6,
  paddingTop: () => 4,
  paddingBottom: () => 3,
}

export function notesContent({ title, lines }: Notes, { width, size, isTight }: PartPlace): Content {
  return {
    stack: [
      { text: title, bold: true, fontSize: size + 0.8, margin: [0, 0, 0, 2] },
      ...lines.map((line) => ({
        text: isTight ? fitText(line, width * 1.85, size) : line,
        fontSize: size,
        margin: [0, 0, 0, 1.5] as [number, number, number, number],
      })),
    ],
  }
}

const padding = 7

export function tableContent(table: Table, place: PartPlace): Content {
  const { size, width } = place
  const caption = captionContent(table.title, table.basis, { width, size })
  const note: Content[] = table.note
    ? [{ text: table.note, fontSize: size - 0.9, color: palette.soft, margin: [0, 2, 0, 0] }]
    : []
  if (table.rows.length === 0)
    return { stack: [caption, { text: table.empty, color: palette.soft, fontSize: size }, ...note] }
  const widths = widthsOf(table, place)
  const head = table.columns.map(
    ({ head: text, unit }, index): TableCell => ({
      text: fitText(text, (widths[index] ?? 0) + 2, size - 0.6),
      color: palette.soft,
      bold: true,
      fontSize: size - 0.6,
      alignment: isNumber(unit) ? 'right' : 'left',
      noWrap: true,
    }),
  )
  return {
    stack: [
      caption,
      {
        table: {
          headerRows: 1,
          dontBreakRows: true,
          widths: [...widths],
          body: [head, ...table.rows.map((row) => rowCells(row, table, place, widths))],
        },
        layout: ruled(table),
      },
      ...note,
    ],
  }
}

function ruled({ rows }: Table) {
  const totalAt = rows.findIndex(({ kind }) => kind === 'total') + 1
  return {
    hLineWidth: (line: number) => (line === 0 ? 0 : line === 1 || (totalAt > 0 && line === totalAt) ? 0.8 : 0.4),
    vLineWidth: () => 0,
    hLineColor: (line: number) => (line === 1 || line === totalAt ? palette.rule : palette.line),
    paddingLeft: (column: number) => (column === 0 ? 0 : padding),
    paddingRight: () => 0,
    paddingTop: () => 1.6,
    paddingBottom: () => 1.2,
  }
}

/** Numbers get the room they need, texts share what is left by their weights. */
function widthsOf(table: Table, { width, size, currency }: PartPlace): readonly number[] {
  const { columns, rows } = table
  const needed = columns.map(({ head, unit }, index) => {
    if (unit === 'text' || unit === 'id') return null
    const texts = rows.map(({ cells }) => written(cells[index] ?? null, unit, currency))
    return Math.ceil(Math.max(textWidth(head, size - 0.3), ...texts.map((text) => textWidth(text, size + 0.2))))
  })
  const left = width - padding * (columns.length - 1) - needed.reduce((sum: number, one) => sum + (one ?? 0), 0)
  const weights = columns.reduce((sum, { width: weight = 1 }, index) => sum + (needed[index] === null ? weight : 0), 0)
  return columns.map(({ width: weight = 1 }, index) => needed[index] ?? Math.max(30, (left * weight) / weights))
}

const written = (value: Value, unit: Column['unit'], currency: string) =>
  unit === 'status' && value !== null ? `● ${statusText(value)}` : writeCell(value, unit, currency)

function rowCells(
  { cells, kind }: TableRow,
  { columns }: Table,
  { size, currency, isTight }: PartPlace,
  widths: readonly number[],
): TableCell[] {
  return columns.map(({ unit }, index): TableCell => {
    const value = cells[index] ?? null
    const text = value === null && kind !== undefined ? '' : written(value, unit, currency)
    const room = widths[index] ?? 0
    const shown =
      isNumber(unit) || unit === 'status'
        ? text
        : isTight
          ? fitText(text, room, size, unit === 'id')
          : shorten(text, 160, unit)
    return {
      text: isTight || unit !== 'id' ? shown : breakable(shown, room, size),
      fontSize: size,
      bold: kind === 'total',
      alignment: isNumber(unit) ? 'right' : 'left',
      color:
        unit === 'status' && value !== null
          ? palette[toneOf(value)].text
          : kind === 'others'
            ? palette.soft
            : palette.ink,
      noWrap: isTight || isNumber(unit) || unit === 'status',
    }
  })
}

/** A long id has no blanks to break at: it is cut into lines that fit. */
function breakable(text: string, width: number, size: number): string {
  const perLine = Math.max(8, Math.floor(width / (size * 0.58)))
  const lines: string[] = []
  for (let rest = text; rest !== ''; rest = rest.slice(perLine)) lines.push(rest.slice(0, perLine))
  return lines.join('\n')
}
