import { formatMonth } from '../web/format.ts'
import { palette } from '../web/palette.ts'
import { chartSvg } from './chart.ts'
import type { Chart, Notes, Part, ReportDocument, Section, Table, TableRow, Tile, Unit, Value } from './document.ts'
import { hasFigures, keysOf, periodOf, provenanceOf, tableOf, titleOf } from './words.ts'
import { isNumber, shorten, statusText, toneOf, writeCell, writeFigure } from './write-value.ts'

const font = "system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif"
const pageWidth = 1040
const gap = 16
const narrow = 760

export interface HtmlOptions {
  /** For e-mail, where pictures inside the text are not shown: charts become tables. */
  readonly forMail?: boolean
}

/**
 * The report as one HTML file: styles are attributes, charts are SVG in the text, nothing is loaded and nothing runs.
 * Two columns become one where there is no room for them.
 */
export async function renderHtml(document: ReportDocument, { forMail = false }: HtmlOptions = {}): Promise<string> {
  const sections = await Promise.all(document.sections.map((section) => sectionHtml(section, document, forMail)))
  const title = escapeHtml(titleOf(document))
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title}, ${escapeHtml(periodOf(document))}</title></head>
<body style="margin:0;padding:0;background:${palette.shade};color:${palette.ink};font:14px/1.45 ${font}">
<div style="max-width:${pageWidth}px;margin:0 auto;padding:20px 14px 32px">
<h1 style="font-size:24px;line-height:1.25;margin:0;letter-spacing:-.01em">${title}</h1>
<p style="margin:2px 0 14px;color:${palette.soft}">${escapeHtml(periodOf(document))}</p>
${sections.join('\n')}
<p style="margin:16px 0 0;color:${palette.soft};font-size:12px">${escapeHtml(provenanceOf(document))}</p>
</div></body></html>
`
}

async function sectionHtml(
  { id, title, lead, rows }: Section,
  document: ReportDocument,
  forMail: boolean,
): Promise<string> {
  const heading = title === '' ? '' : `<h2 style="font-size:17px;margin:22px 0 4px">${escapeHtml(title)}</h2>`
  const text = lead === null ? '' : `<p style="margin:0 0 12px;font-size:15px">${escapeHtml(lead)}</p>`
  const parts = await Promise.all(rows.map((row) => rowHtml(row, document, forMail)))
  return `<div id="${escapeHtml(id)}">${heading}${text}${parts.join('')}</div>`
}

/** Parts side by side as blocks that wrap below `narrow`, without a media query: the width is far below or above its limits. */
async function rowHtml(row: readonly Part[], document: ReportDocument, forMail: boolean): Promise<string> {
  const isTiles = row[0]?.type === 'tile'
  const share = `${(100 / Math.max(1, row.length)).toFixed(2)}%`
  const width = `width:calc((${narrow}px - 100%) * ${narrow});min-width:${share};max-width:${isTiles ? '50%' : '100%'}`
  const cells = await Promise.all(row.map((part) => partHtml(part, document, { forMail, columns: row.length })))
  const boxes = cells.map(
    (cell) =>
      `<div style="display:inline-block;vertical-align:top;box-sizing:border-box;${width};padding:0 ${gap / 2}px ${gap}px;font-size:14px">${cell}</div>`,
  )
  return `<div style="margin:0 -${gap / 2}px;font-size:0">${boxes.join('')}</div>`
}

interface Place {
  readonly forMail: boolean
  readonly columns: number
}

async function partHtml(part: Part, document: ReportDocument, place: Place): Promise<string> {
  if (part.type === 'tile') return tileHtml(part, document)
  if (part.type === 'notes') return card(notesHtml(part))
  if (part.type === 'table') return card(tableHtml(part, document))
  if (place.forMail && hasFigures(part)) return card(tableHtml(mailTable(part), document))
  if (!hasFigures(part)) return card(tableHtml(tableOf(part), document))
  return card(await chartHtml(part, document, place))
}

const card = (inner: string, least = 0) =>
  `<div style="min-height:${least}px;background:${palette.paper};border:1px solid ${palette.line};border-radius:8px;padding:12px 14px">${inner}</div>`

function tileHtml(tile: Tile, { currency }: ReportDocument): string {
  const figure = tile.value === null ? '–' : (tile.shown ?? writeFigure(tile.value, tile.unit, currency))
  const size = figure.length > 12 ? 19 : 24
  const small = `font-size:12px;color:${palette.soft};margin:2px 0 0`
  return card(
    `<p style="margin:0;font-size:13px;font-weight:600;color:${palette.soft}">${escapeHtml(tile.label)}</p>
<p style="margin:0;font-size:${size}px;line-height:32px;font-weight:650;letter-spacing:-.02em">${escapeHtml(figure)}</p>
<p style="margin:2px 0">${badge(tile.status)} <span style="white-space:nowrap;font-size:12px;color:${palette.soft}">${tile.target === null ? '' : `target ${escapeHtml(tile.target)}`}</span></p>
<p style="${small}">${escapeHtml(tile.detail)}</p>
<p style="${small}">${escapeHtml(tile.reason === null ? tile.basis : `${tile.reason}; ${tile.basis}`)}</p>`,
    160,
  )
}

function badge(status: string): string {
  const { text, back } = palette[toneOf(status)]
  return `<span style="display:inline-block;font-size:12px;font-weight:600;line-height:18px;padding:0 8px;border-radius:9px;white-space:nowrap;color:${text};background:${back}">${escapeHtml(statusText(status))}</span>`
}

const monthsInMail = 3

/** The last months of a chart, a row for each series: the whole of it is in the file that is attached. */
function mailTable(chart: Chart): Table {
  if (chart.kind === 'bridge') return tableOf(chart)
  const keys = keysOf(chart)
  const first = Math.max(0, keys.length - monthsInMail)
  return {
    ...tableOf(chart),
    columns: [
      { id: 'series', head: '', unit: 'text' },
      ...keys.slice(first).map((key) => ({ id: key, head: formatMonth(key), unit: chart.unit })),
    ],
    rows: chart.series.map(({ name, values }) => ({ cells: [name, ...values.slice(first)] })),
  }
}

function captionHtml(title: string, basis: string): string {
  return `<p style="margin:0 0 6px;font-weight:600">${escapeHtml(title)} <span style="font-weight:400;font-size:12px;color:${palette.soft}">${escapeHtml(basis)}</span></p>`
}

const noteHtml = (note: string | null | undefined) =>
  note ? `<p style="margin:6px 0 0;font-size:12px;color:${palette.soft}">${escapeHtml(note)}</p>` : ''

async function chartHtml(chart: Chart, { currency }: ReportDocument, { columns }: Place): Promise<string> {
  const width = columns === 1 ? pageWidth - 30 : 470
  const height = chart.kind === 'bridge' ? Math.max(190, chart.categories.length * 24 + 8) : 210
  const svg = await chartSvg(chart, { width, height, font, fontSize: 12, currency })
  return `${captionHtml(chart.title, chart.basis)}${svg.replace('<svg ', '<svg style="display:block;width:100%;height:auto" ')}${noteHtml(chart.note)}`
}

function tableHtml(table: Table, { currency }: ReportDocument): string {
  const caption = captionHtml(table.title, table.basis)
  if (table.rows.length === 0)
    return `${caption}<p style="margin:0;color:${palette.soft}">${escapeHtml(table.empty)}</p>${noteHtml(table.note)}`
  const head = table.columns.map(
    ({ head: text, unit }, index) =>
      `<th style="text-align:${isNumber(unit) ? 'right' : 'left'};padding:3px 0 3px ${index > 0 ? 10 : 0}px;font-size:12px;font-weight:600;color:${palette.soft};border-bottom:1px solid ${palette.rule};vertical-align:bottom">${escapeHtml(text)}</th>`,
  )
  const body = table.rows.map((row) => rowOf(row, table, currency))
  return `${caption}<div style="overflow-x:auto"><table role="table" cellspacing="0" cellpadding="0" style="border-collapse:collapse;width:100%;font-size:13px"><thead><tr>${head.join('')}</tr></thead><tbody>${body.join('')}</tbody></table></div>${noteHtml(table.note)}`
}

const longestText = 160
const longestId = 60

function rowOf({ cells, kind }: TableRow, { columns }: Table, currency: string): string {
  const weight =
    kind === 'total'
      ? `font-weight:600;border-top:1px solid ${palette.rule};`
      : kind === 'others'
        ? `color:${palette.soft};`
        : ''
  const written = columns.map(({ unit }, index) => {
    const align = isNumber(unit)
      ? 'text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums;'
      : 'text-align:left;overflow-wrap:break-word;'
    const style = `${weight}${align}padding:4px 0 4px ${index > 0 ? 10 : 0}px;border-bottom:1px solid ${palette.line}`
    return `<td style="${style}">${cellHtml(cells[index] ?? null, unit, { currency, isSum: kind !== undefined })}</td>`
  })
  return `<tr>${written.join('')}</tr>`
}

function cellHtml(value: Value, unit: Unit, { currency, isSum }: { currency: string; isSum: boolean }): string {
  if (value === null && isSum) return ''
  if (unit === 'status' && value !== null) return badge(value)
  return escapeHtml(shorten(writeCell(value, unit, currency), unit === 'id' ? longestId : longestText, unit))
}

function notesHtml({ title, lines }: Notes): string {
  const items = lines.map((line) => `<li style="margin:2px 0">${escapeHtml(line)}</li>`)
  return `<p style="margin:0 0 4px;font-weight:600">${escapeHtml(title)}</p><ul style="margin:0;padding-left:18px">${items.join('')}</ul>`
}

export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}
