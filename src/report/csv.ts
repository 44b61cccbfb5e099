import { csvEncoder } from '../api/csv.ts'
import type { Chart, ReportDocument, Section, Table, Tile, Unit, Value } from './document.ts'
import { partsOf } from './document.ts'
import { keysOf, nameColumns } from './words.ts'

const columns = [
  'section',
  'metric',
  'dimension',
  'value',
  'unit',
  'status',
  'basis',
  'currency',
  'period',
  'complete_through',
] as const
/** Numbers are written bare; a text that a spreadsheet would take for a formula gets a leading apostrophe. */
const types = columns.map((name) => (name === 'value' ? 'DECIMAL' : 'VARCHAR'))

interface Line {
  readonly section: string
  readonly metric: string
  readonly dimension: string
  readonly value: Value
  readonly unit: Unit
  readonly status: string | null
  readonly basis: string
}

/** Every figure of the report as one tidy table: a line a figure, unrounded, with its basis and through when the data are complete. */
export function renderCsv(document: ReportDocument): string {
  const { currency, period, complete_through } = document
  const lines = partsOf(document).flatMap(({ section, part }): Line[] => {
    if (part.type === 'tile') return [tileLine(section, part)]
    if (part.type === 'table') return tableLines(section, part)
    return part.type === 'chart' ? chartLines(section, part) : []
  })
  const encode = csvEncoder(types)
  const head = csvEncoder([])(columns)
  return `${head}${lines
    .map(({ section, metric, dimension, value, unit, status, basis }) =>
      encode([
        section,
        metric,
        dimension,
        value,
        unitName(unit),
        status,
        basis,
        currency,
        period.month,
        complete_through,
      ]),
    )
    .join('')}`
}

const unitName = (unit: Unit) => (unit === 'points' ? 'percent' : unit)

function tileLine(section: Section, { metric, value, unit, status, basis }: Tile): Line {
  return { section: section.id, metric, dimension: '', value, unit, status, basis }
}

/** A line for each number; the texts before it name its row, a status beside it belongs to all of them. */
function tableLines(section: Section, table: Table): Line[] {
  const names = nameColumns(table)
  const at = table.columns.findIndex(({ unit }) => unit === 'status')
  return table.rows.flatMap(({ cells }) => {
    const dimension = cells
      .slice(0, names)
      .filter((cell) => cell !== null)
      .join(' / ')
    const status = at === -1 ? null : (cells[at] ?? null)
    return table.columns.flatMap(({ id, unit }, index) =>
      index < names || unit === 'status' || unit === 'text' || unit === 'id'
        ? []
        : [
            {
              section: section.id,
              metric: `${table.id}.${id}`,
              dimension,
              value: cells[index] ?? null,
              unit,
              status,
              basis: table.basis,
            },
          ],
    )
  })
}

function chartLines(section: Section, chart: Chart): Line[] {
  return chart.series.flatMap(({ name, values }) =>
    values.map((value, index) => ({
      section: section.id,
      metric: chart.series.length > 1 ? `${chart.id}.${name}` : chart.id,
      dimension: keysOf(chart)[index] ?? '',
      value,
      unit: chart.unit,
      status: null,
      basis: chart.basis,
    })),
  )
}
