import type { DecimalText } from '../web/format.ts'

/** What a figure counts in; decides how it is written. `ratio` is a fraction, `percent` counts percent already, `index` has 100 at its start. */
export type Unit =
  | 'money'
  | 'unit_cost'
  | 'ratio'
  | 'percent'
  | 'points'
  | 'index'
  | 'count'
  | 'decimal'
  | 'days'
  | 'text'
  | 'id'
  | 'status'

/** Text of a value: exact decimals for money, the shortest decimal for ratios; null is unknown. */
export type Value = DecimalText | null

export type Status =
  | 'met'
  | 'near'
  | 'missed'
  | 'on_track'
  | 'warning'
  | 'breach'
  | 'underspend'
  | 'no_budget'
  | 'no_target'
  | 'not_computable'

/** One headline figure with what it is held to. */
export interface Tile {
  readonly type: 'tile'
  /** Identity of the KPI, e.g. `rate.utilisation`. */
  readonly metric: string
  readonly label: string
  readonly value: Value
  readonly unit: Unit
  /** Written instead of the value where a value alone says too little, e.g. `2 of 5`. */
  readonly shown?: string | undefined
  readonly detail: string
  /** In words, e.g. `over 90 %`; null without one. */
  readonly target: string | null
  readonly status: Status
  /** What is missing or to be known about the figure. */
  readonly reason: string | null
  readonly basis: string
}

export interface Column {
  readonly id: string
  readonly head: string
  readonly unit: Unit
  /** Share of the table's width that a text column takes, beside the numbers; default 1. */
  readonly width?: number
}

export interface TableRow {
  /** In the order of the columns. */
  readonly cells: readonly Value[]
  /** `total` closes the table; `others` sums the rows that were left out. */
  readonly kind?: 'total' | 'others'
}

/** The first columns without a number name the row. */
export interface Table {
  readonly type: 'table'
  readonly id: string
  readonly title: string
  readonly basis: string
  readonly columns: readonly Column[]
  readonly rows: readonly TableRow[]
  /** Said in place of the rows when there is none. */
  readonly empty: string
  /** Below the table. */
  readonly note?: string | null
}

export interface Series {
  readonly name: string
  readonly values: readonly Value[]
  /** `plan` is drawn as a mark, `low` and `high` bound a band, `estimate` is drawn paler. */
  readonly role: 'actual' | 'plan' | 'estimate' | 'low' | 'high'
}

export interface Chart {
  readonly type: 'chart'
  readonly id: string
  readonly title: string
  readonly basis: string
  /** `bridge`: one series of steps, the first and last category are levels, those between are changes. */
  readonly kind: 'columns' | 'stacked' | 'lines' | 'bridge'
  readonly unit: Unit
  /** As drawn; `keys` are the same in full, e.g. `2026-01`, for tables. */
  readonly categories: readonly string[]
  readonly keys?: readonly string[]
  readonly series: readonly Series[]
  /** A line to compare with, in `unit`. */
  readonly target?: { readonly value: string; readonly label: string } | undefined
  readonly empty: string
  readonly note?: string | null
}

/** Sentences; plain text. */
export interface Notes {
  readonly type: 'notes'
  readonly id: string
  readonly title: string
  readonly lines: readonly string[]
}

export type Part = Tile | Table | Chart | Notes

export interface Section {
  readonly id: string
  /** Empty: no heading. */
  readonly title: string
  readonly lead: string | null
  /** Parts of one row stand side by side where there is room. */
  readonly rows: readonly (readonly Part[])[]
}

/** A report before it is given a form. Every part names its basis; through when the data are complete holds for all. */
export interface ReportDocument {
  readonly schema: 'costwright-report/1'
  readonly kind: string
  readonly title: string
  /** What the report is of beside the month, e.g. a team; null for everything. */
  readonly subject: string | null
  /** `YYYY-MM` with its half-open days. */
  readonly period: {
    readonly month: string
    readonly start: string
    readonly end: string
    readonly is_complete: boolean
  }
  readonly currency: string
  /** Other currencies that are charged in; each has a report of its own. */
  readonly other_currencies: readonly string[]
  readonly basis: string
  /** ISO instant through which every source is complete; null when unknown. */
  readonly complete_through: string | null
  readonly as_of: string | null
  /** State of the data; equal states hold equal data. */
  readonly data_version: string
  readonly made_at: string
  /** Pages of a PDF; null for as many as it takes. */
  readonly pages: number | null
  readonly sections: readonly Section[]
}

/** All parts in reading order, with their section. */
export function partsOf(document: ReportDocument): readonly { readonly section: Section; readonly part: Part }[] {
  return document.sections.flatMap((section) => section.rows.flatMap((row) => row.map((part) => ({ section, part }))))
}
