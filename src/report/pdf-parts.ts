import type { Content } from 'pdfmake/interfaces.js'
import { palette } from '../web/palette.ts'
import type { Notes, Tile } from './document.ts'
import { fitText, textWidth } from './text-width.ts'
import { statusText, toneOf, writeFigure } from './write-value.ts'

/** Where a part goes: its width in points, the size of its type, and whether it must keep to its room. */
export interface PartPlace {
  readonly width: number
  readonly size: number
  readonly currency: string
  readonly isTight: boolean
}

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
  const target = tile.target === null ? '' : `target ${tile.target}`
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
