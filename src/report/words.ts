import { formatInstant, formatMonth } from '../web/format.ts'
import type { Chart, Column, ReportDocument, Table } from './document.ts'
import { isNumber } from './write-value.ts'

/** `'Cloud cost report: payments'` */
export function titleOf({ title, subject }: ReportDocument): string {
  return subject === null ? title : `${title}: ${subject}`
}

/** Month and currency, as the report's second line says them. */
export function periodOf({ period, currency }: ReportDocument): string {
  return `${formatMonth(period.month)}${period.is_complete ? '' : ' (in flight)'}, ${currency}`
}

/** What holds for every figure: basis, through when the data are complete, and which state of them it is. */
export function provenanceOf(document: ReportDocument): string {
  const { basis, complete_through, as_of, data_version, made_at, other_currencies, currency, period } = document
  const others =
    other_currencies.length === 0
      ? ''
      : ` Also charged in ${other_currencies.join(', ')}: a report of its own, never added.`
  return [
    `Basis: ${basis}, ${currency}.`,
    `Data complete through ${formatInstant(complete_through)}.${isPartial(document) ? ` Not every source is complete for ${formatMonth(period.month)}.` : ''}`,
    as_of === null ? '' : `As of ${formatInstant(as_of)}.`,
    `Made ${formatInstant(made_at)} from data version ${data_version}.${others}`,
  ]
    .filter((sentence) => sentence !== '')
    .join(' ')
}

/** A month counts as complete when one source says so; another may be behind. */
function isPartial({ period, complete_through }: ReportDocument): boolean {
  return complete_through !== null && period.is_complete && complete_through.slice(0, 10) < period.end
}

/** Whether a chart has anything to draw. */
export function hasFigures({ categories, series }: Chart): boolean {
  return categories.length > 0 && series.some(({ values }) => values.some((value) => value !== null))
}

/** The figures of a chart as a table: for readers that see no picture. */
export function tableOf(chart: Chart): Table {
  const isBridge = chart.kind === 'bridge'
  const columns: Column[] = [
    { id: 'category', head: isBridge ? 'Step' : 'Month', unit: 'text' },
    ...chart.series.map(({ name }) => ({ id: name, head: name, unit: chart.unit })),
  ]
  return {
    type: 'table',
    id: chart.id,
    title: chart.title,
    basis: chart.basis,
    columns,
    rows: (hasFigures(chart) ? keysOf(chart) : []).map((key, index) => ({
      cells: [formatMonth(key), ...chart.series.map(({ values }) => values[index] ?? null)],
    })),
    empty: chart.empty,
    note: chart.note ?? null,
  }
}

/** What each place of a chart is of, in full. */
export function keysOf({ categories, keys }: Chart): readonly string[] {
  return keys ?? categories
}

/** Columns that name a row: those before the first number. */
export function nameColumns({ columns }: Pick<Table, 'columns'>): number {
  const first = columns.findIndex(({ unit }) => isNumber(unit))
  return Math.max(1, first === -1 ? columns.length : first)
}
