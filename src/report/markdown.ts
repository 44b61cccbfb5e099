import type { Part, ReportDocument, Table, Tile } from './document.ts'
import { periodOf, provenanceOf, tableOf, titleOf } from './words.ts'
import { isNumber, statusWords, writeCell, writeFigure } from './write-value.ts'

/** The report as Markdown; charts are tables of their figures. Names out of bills are escaped, so that none becomes a link or a tag. */
export function renderMarkdown(document: ReportDocument): string {
  const blocks = document.sections.flatMap(({ title, lead, rows }) => [
    ...(title === '' ? [] : [`## ${escapeMarkdown(title)}`]),
    ...(lead === null ? [] : [escapeMarkdown(lead)]),
    ...rows.flatMap((row) => rowText(row, document)),
  ])
  const head = [`# ${escapeMarkdown(titleOf(document))}`, escapeMarkdown(periodOf(document))]
  return `${[...head, ...blocks, escapeMarkdown(provenanceOf(document))].join('\n\n')}\n`
}

function rowText(row: readonly Part[], document: ReportDocument): string[] {
  const tiles = row.filter((part) => part.type === 'tile')
  const others = row.filter((part) => part.type !== 'tile')
  return [
    ...(tiles.length > 0 ? [tilesText(tiles, document)] : []),
    ...others.map((part) => {
      if (part.type === 'notes')
        return [
          `### ${escapeMarkdown(part.title)}`,
          part.lines.map((line) => `- ${escapeMarkdown(line)}`).join('\n'),
        ].join('\n\n')
      return tableText(part.type === 'chart' ? tableOf(part) : part, document)
    }),
  ]
}

function tilesText(tiles: readonly Tile[], { currency }: ReportDocument): string {
  const lines = tiles.map(({ label, value, shown, unit, status, target, detail, reason, basis }) =>
    [
      label,
      value === null ? '–' : (shown ?? writeFigure(value, unit, currency)),
      statusWords[status],
      target ?? 'none',
      reason === null ? detail : `${detail}; ${reason}`,
      basis,
    ].map(escapeMarkdown),
  )
  return gridText(
    ['Figure', 'Value', 'Status', 'Target', 'Detail', 'Basis'],
    ['---', '---:', '---', '---', '---', '---'],
    lines,
  )
}

function tableText({ title, basis, columns, rows, empty, note }: Table, { currency }: ReportDocument): string {
  const lines = rows.map(({ cells, kind }) =>
    columns.map(({ unit }, index) => {
      const text = escapeMarkdown(writeCell(cells[index] ?? null, unit, currency))
      return kind === 'total' ? `**${text}**` : text
    }),
  )
  const grid =
    rows.length === 0
      ? escapeMarkdown(empty)
      : gridText(
          columns.map(({ head }) => escapeMarkdown(head)),
          columns.map(({ unit }) => (isNumber(unit) ? '---:' : '---')),
          lines,
        )
  return [
    `### ${escapeMarkdown(title)}`,
    `_${escapeMarkdown(basis)}_`,
    grid,
    ...(note ? [escapeMarkdown(note)] : []),
  ].join('\n\n')
}

function gridText(head: readonly string[], rule: readonly string[], lines: readonly (readonly string[])[]): string {
  return [head, rule, ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

function escapeMarkdown(text: string): string {
  return text.replaceAll(/[\\`*_[\]<>#|!~]/g, '\\$&').replaceAll(/\s*\n\s*/g, ' ')
}
