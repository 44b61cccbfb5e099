import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Content, TDocumentDefinitions } from 'pdfmake/interfaces.js'
import { palette } from '../web/palette.ts'
import { chartSvg } from './chart.ts'
import type { Chart, Part, ReportDocument, Section } from './document.ts'
import { captionContent, notesContent, tileContent } from './pdf-parts.ts'
import { tableContent } from './pdf-table.ts'
import { fitText } from './text-width.ts'
import { hasFigures, periodOf, provenanceOf, tableOf, titleOf } from './words.ts'

const margin = { left: 30, top: 26, right: 30, bottom: 44 }
const page = { width: 595.28, height: 841.89 }
const gap = 12
/** A heading further down goes to the next page, with what it is of. */
const lowestHeading = 0.84

/** How tall charts are set and how closely the rest; a report of a fixed number of pages takes the first that fits. */
interface Density {
  readonly chart: number
  readonly text: number
}

const densities: readonly Density[] = [
  { chart: 150, text: 1 },
  { chart: 134, text: 1 },
  { chart: 116, text: 1 },
  { chart: 100, text: 0.95 },
  { chart: 84, text: 0.9 },
  { chart: 72, text: 0.84 },
]

/** The report as PDF, A4, with its type embedded. Throws Error when a report of fixed length does not fit: a defect of its layout. */
export async function renderPdf(document: ReportDocument): Promise<Buffer> {
  const pdfmake = await loadPdfmake()
  for (const density of densities) {
    let pages = 0
    const definition = await definitionOf(document, density, (count) => {
      pages = count
    })
    const bytes = await pdfmake.createPdf(definition).getBuffer()
    if (document.pages === null || pages <= document.pages) return bytes
  }
  throw new Error(`the report ${document.kind} does not fit on ${document.pages} page`)
}

async function loadPdfmake() {
  const { default: pdfmake } = await import('pdfmake')
  const folder = join(dirname(fileURLToPath(import.meta.resolve('pdfmake'))), '..', 'fonts', 'Roboto')
  const font = (style: string) => join(folder, `Roboto-${style}.ttf`)
  const Roboto = {
    normal: font('Regular'),
    bold: font('Medium'),
    italics: font('Italic'),
    bolditalics: font('MediumItalic'),
  }
  pdfmake.setFonts({ Roboto })
  pdfmake.setUrlAccessPolicy(() => false)
  pdfmake.setLocalAccessPolicy((path) => Object.values(Roboto).includes(path))
  return pdfmake
}

async function definitionOf(
  document: ReportDocument,
  density: Density,
  onPages: (count: number) => void,
): Promise<TDocumentDefinitions> {
  const width = page.width - margin.left - margin.right
  const sections = await Promise.all(
    document.sections.map((section) => sectionContent(section, document, { width, density })),
  )
  return {
    pageSize: 'A4',
    pageMargins: [margin.left, margin.top, margin.right, margin.bottom],
    info: {
      title: `${titleOf(document)}, ${periodOf(document)}`,
      creator: 'costwright',
      producer: 'costwright',
      creationDate: new Date(document.made_at),
    },
    defaultStyle: { font: 'Roboto', fontSize: 8 * density.text, color: palette.ink, lineHeight: 1.08 },
    pageBreakBefore: ({ headlineLevel, startPosition }) =>
      headlineLevel === 1 && startPosition.verticalRatio > lowestHeading,
    footer: (current, count) => {
      onPages(count)
      return footerContent(document, `${current} / ${count}`)
    },
    content: [
      {
        columns: [
          { text: titleOf(document), fontSize: 17, bold: true, width: '*' },
          {
            text: periodOf(document),
            fontSize: 11,
            color: palette.soft,
            alignment: 'right',
            width: 'auto',
            margin: [8, 5, 0, 0],
          },
        ],
      },
      ...sections.flat(),
    ],
  }
}

function footerContent(document: ReportDocument, place: string): Content {
  return {
    margin: [margin.left, 8, margin.right, 0],
    columns: [
      { text: provenanceOf(document), fontSize: 6.5, color: palette.soft, width: '*' },
      { text: place, fontSize: 7, color: palette.soft, alignment: 'right', width: 40 },
    ],
  }
}

interface Room {
  readonly width: number
  readonly density: Density
}

async function sectionContent(
  { title, lead, rows }: Section,
  document: ReportDocument,
  room: Room,
): Promise<Content[]> {
  const parts = await Promise.all(rows.map((row) => rowContent(row, document, room)))
  const heading: Content[] =
    title === '' ? [] : [{ text: title, fontSize: 12, bold: true, margin: [0, 12, 0, 2], headlineLevel: 1 }]
  const size = 8.6 * room.density.text
  const text = lead === null || document.pages === null ? lead : fitText(lead, room.width * 1.85, size)
  const sentence: Content[] = text === null ? [] : [{ text, fontSize: size, margin: [0, 3, 0, 5] }]
  return [...heading, ...sentence, ...parts]
}

async function rowContent(row: readonly Part[], document: ReportDocument, room: Room): Promise<Content> {
  const isTiles = row.every(({ type }) => type === 'tile')
  const between = isTiles ? 6 : gap
  const width = (room.width - between * (row.length - 1)) / row.length
  const cells = await Promise.all(row.map((part) => partContent(part, document, { ...room, width })))
  const [only] = cells
  if (cells.length === 1 && only) return { stack: [only], margin: [0, 6, 0, 0] }
  return {
    columns: cells.map((cell) => ({ stack: [cell], width })),
    columnGap: between,
    margin: [0, isTiles ? 3 : 6, 0, isTiles ? 2 : 0],
    unbreakable: row.some(({ type }) => type === 'chart' || type === 'tile'),
  }
}

async function partContent(part: Part, document: ReportDocument, room: Room): Promise<Content> {
  const { width, density } = room
  const place = { width, size: 7.4 * density.text, currency: document.currency, isTight: document.pages !== null }
  if (part.type === 'tile') return tileContent(part, place)
  if (part.type === 'notes') return notesContent(part, place)
  if (part.type === 'table') return tableContent(part, place)
  return hasFigures(part) ? chartContent(part, document, room) : tableContent(tableOf(part), place)
}

async function chartContent(
  chart: Chart,
  { currency, pages }: ReportDocument,
  { width, density }: Room,
): Promise<Content> {
  const least = chart.kind === 'bridge' && pages === null ? chart.categories.length * 15 + 8 : 0
  const height = Math.max(density.chart, least)
  const svg = await chartSvg(chart, { width, height, font: 'Roboto', fontSize: 7, currency })
  return {
    stack: [
      captionContent(chart.title, chart.basis, { width, size: 7.4 * density.text }),
      { svg, width, height },
      ...(chart.note
        ? [
            {
              text: chart.note,
              fontSize: 6.5,
              color: palette.soft,
              margin: [0, 4, 0, 0] as [number, number, number, number],
            },
          ]
        : []),
    ],
    unbreakable: true,
  }
}
