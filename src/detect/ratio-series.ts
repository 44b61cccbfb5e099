import { readQuery } from '../catalog/files.ts'
import { median } from '../stats/median.ts'
import type { Warehouse } from '../warehouse/warehouse.ts'
import { dayIndex } from './input.ts'
import type { CompleteDays } from './lake-series.ts'
import { type RatioSeries, ratioOf } from './ratio-judge.ts'

export type MeasureName = 'utilisation' | 'coverage' | 'tag_coverage' | 'unit_cost'

/** A ratio of the lake, its money in units of 10^-`ratioScale`. */
export interface Ratio extends RatioSeries {
  readonly measure: MeasureName
  readonly provider: string | null
  readonly account: string | null
  readonly value: string | null
  readonly first_date: string
}

/** Decimals of the amounts of queries/detectors/ratio_days.sql. */
export const ratioScale = 4

/** A share within a point, a unit cost within three percent, is never a deviation. */
const floors: Readonly<Record<MeasureName, number>> = {
  utilisation: 0.01,
  coverage: 0.01,
  tag_coverage: 0.01,
  unit_cost: 0.03,
}

/** Targets whose near end is still within it (specs/kpis.md section 2). */
const kpis: Readonly<Partial<Record<MeasureName, string>>> = {
  utilisation: 'rate.utilisation',
  tag_coverage: 'tag.coverage_taggable',
}

interface Known {
  readonly complete: CompleteDays
  readonly targets: ReadonlyMap<string, number | null>
}

interface Row {
  readonly measure: MeasureName
  readonly provider: string | null
  readonly account: string | null
  readonly value: string | null
  readonly date: string
  readonly numerator: string | null
  readonly denominator: string | null
  readonly saved: string | null
}

/** The daily ratios of the lake in one currency, from queries/detectors/ratio_days.sql. */
export async function readRatios(warehouse: Warehouse, currency: string, complete: CompleteDays): Promise<Ratio[]> {
  const { rows } = await warehouse.query(readQuery('detectors/ratio_days.sql'), { currency })
  const groups = Map.groupBy(rows as unknown as readonly Row[], ({ measure, provider, account, value }) =>
    JSON.stringify([measure, provider, account, value]),
  )
  const { rows: near } = await warehouse.query(
    'select kpi, any_value(near)::double as near from kpi_targets group by kpi',
  )
  const targets = new Map(near.map((row) => [String(row['kpi']), row['near'] === null ? null : Number(row['near'])]))
  return [...groups.values()].map((of) => ratioFrom(of as [Row, ...Row[]], { complete, targets }))
}

function ratioFrom(rows: readonly [Row, ...Row[]], { complete, targets }: Known): Ratio {
  const [{ measure, provider, account, value, date: first_date }] = rows
  const days = dayIndex(first_date, rows.at(-1)?.date ?? first_date) + 1
  const column = (name: 'numerator' | 'denominator' | 'saved') => {
    const out: (number | null)[] = Array.from({ length: days }, () => null)
    for (const row of rows) if (row[name] !== null) out[dayIndex(first_date, row.date)] = Number(row[name])
    return out
  }
  const smooth = measure === 'unit_cost' ? ofWeek : (values: readonly (number | null)[]) => values
  const [numerator, denominator] = [smooth(column('numerator')), smooth(column('denominator'))]
  const saved = column('saved')
  const enough = targets.get(kpis[measure] ?? '') ?? null
  const before = completeBefore(complete, provider, account)
  return {
    ...{ measure, provider, account, value, first_date, numerator, denominator, enough },
    direction: measure === 'unit_cost' ? 'up' : 'down',
    floor: floors[measure],
    worth: measure === 'coverage' ? discounts(saved, numerator) : numerator.map(() => 1),
    monday: (new Date(`${first_date}T00:00:00Z`).getUTCDay() + 6) % 7,
    before: before === null ? days : dayIndex(first_date, before),
  }
}

/** Mean of the seven days through each: volumes differ by weekday, and on some are too few to tell. Null with an unknown day. */
function ofWeek(values: readonly (number | null)[]): (number | null)[] {
  return values.map((_, day) => {
    const week = values.slice(Math.max(0, day - 6), day + 1)
    const sum = week.reduce((all: number | null, value) => (all === null || value === null ? null : all + value), 0)
    return week.length < 7 || sum === null ? null : sum / 7
  })
}

/** Days of a source that is behind by more than this no longer hold the others back. */
const waitDays = 10

/** First day that is not complete for every account of a scope that still delivers; null when nothing is known. */
function completeBefore(complete: CompleteDays, provider: string | null, account: string | null): string | null {
  const dates = [...complete]
    .filter(([key]) => {
      const [itsProvider, itsAccount] = key.split('\u0000')
      return (provider === null || itsProvider === provider) && (account === null || itsAccount === account)
    })
    .map(([, date]) => date)
    .sort()
  const newest = dates.at(-1)
  return newest === undefined ? null : (dates.find((date) => dayIndex(date, newest) < waitDays) ?? newest)
}

const history = 28

/** What a unit of covered on-demand cost usually saves: median share of the four weeks before each day. */
function discounts(saved: readonly (number | null)[], covered: readonly (number | null)[]): number[] {
  const shares = saved.map((amount, day) => ratioOf(amount, covered[day] ?? null))
  return shares.map((_, day) => {
    const known = shares.slice(Math.max(0, day - history), day).filter((share) => share !== null)
    return known.length === 0 ? 0 : Math.max(0, median(known))
  })
}
