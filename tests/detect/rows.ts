import { dateAt } from '../../src/detect/input.ts'

export interface Row {
  readonly day: number
  readonly provider?: string
  readonly account?: string
  readonly service?: string
  readonly team?: string
  readonly region?: string
  readonly usage_type?: string
  readonly charge_category?: string
  readonly cost: number
  readonly seen?: number
}

export const start = '2024-01-01'
export const on = (day: number) => dateAt(start, day)

/** A long-form CSV; `seen` on the first row adds `available_on`. */
export function csvOf(rows: readonly Row[]): string {
  const late = rows[0]?.seen !== undefined
  const head = 'date,provider,account,service,team,region,usage_type,charge_category,cost'
  const lines = rows.map(
    ({ day, provider, account, service, team, region, usage_type, charge_category, cost, seen }) =>
      `${on(day)},${provider ?? 'p'},${account ?? 'a'},${service ?? 's'},${team ?? 't'},${region ?? 'r'},${usage_type ?? 'u'},${charge_category ?? 'Usage'},${cost.toFixed(2)}${late ? `,${on(seen ?? day + 1)}` : ''}`,
  )
  return `${head}${late ? ',available_on' : ''}\n${lines.join('\n')}\n`
}

/** A small repeatable wobble around 1, without any random source. */
export const wobble = (day: number, phase = 0) => 1 + 0.02 * Math.sin(day * 12.9898 + phase * 78.233)

/** Rows of one steady series over days [0, days). */
export function steady(days: number, cost: (day: number) => number, names: Partial<Row> = {}): Row[] {
  return Array.from({ length: days }, (_, day) => ({ day, cost: cost(day), ...names })).filter((row) => row.cost !== 0)
}
