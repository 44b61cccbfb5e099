import { readQuery } from '../catalog/files.ts'
import type { Warehouse } from '../warehouse/warehouse.ts'
import { dayIndex, type LeafKey, type SeriesInput } from './input.ts'
import { accountKey, type CompleteDays } from './lake-series.ts'
import { levelTuning } from './level-tuning.ts'
import { readDense } from './read-dense.ts'

/** What of a leaf belongs to one value of a level: a leaf as a whole has level `leaf`. Amounts by day in units of 10^-scale. */
export interface Part extends LeafKey {
  readonly level: string
  readonly value: string
  /** Index of the leaf among `leaves`. */
  readonly leaf: number
  readonly account_index: number
  readonly x: Float64Array
  /** Log of the days that end today, by length of `levelTuning.lengths`, against the weekdays before; NaN for a part that mostly rests. */
  readonly logs: Float64Array
  /** What it weighs among others today: root of its cost. */
  weight: number
  /** Amounts, and days with one, before each day, from the first. */
  readonly sums: Float64Array
  readonly active: Uint32Array
}

export interface Parts {
  readonly first_date: string
  readonly days: number
  readonly scale: number
  readonly leaves: readonly LeafKey[]
  readonly all: readonly Part[]
  /** By account: days before it are complete. */
  readonly complete_before: Int32Array
}

/** The parts of the sums in one currency, from queries/detectors/level_series.sql. */
export async function readParts(warehouse: Warehouse, currency: string, complete: CompleteDays): Promise<Parts> {
  await warehouse.exec(
    `create or replace temp table typed as
    select provider, account, service, team, level as region, value as usage_type, 'Usage' as charge_category,
      date as day, date as seen, cost from (${readQuery('detectors/level_series.sql')})`,
    { currency },
  )
  return partsOf(await readDense(warehouse, false), complete)
}

/** Parts of dense rows whose cells have the level as region and its value as usage type. */
export function partsOf(dense: Omit<SeriesInput, 'long' | 'vintages'>, complete: CompleteDays): Parts {
  const { first_date, days, scale, leaves, cells, rows } = dense
  const names = [...new Set(leaves.map((leaf) => accountKey(leaf.provider, leaf.account)))]
  const all = cells.map(({ leaf, region, usage_type }): Part => {
    const key = leaves[leaf] as LeafKey
    return {
      ...key,
      ...{
        level: region,
        value: usage_type,
        leaf,
        x: new Float64Array(days),
        logs: new Float64Array(levelTuning.lengths.length),
      },
      ...{ weight: 0, sums: new Float64Array(days + 1), active: new Uint32Array(days + 1) },
      account_index: names.indexOf(accountKey(key.provider, key.account)),
    }
  })
  for (let i = 0; i < rows.length; i++) {
    const { x } = all[rows.cell[i] as number] as Part
    const day = rows.day[i] as number
    x[day] = (x[day] as number) + (rows.amount[i] as number)
  }
  const complete_before = Int32Array.from(names, (name) => {
    const date = complete.get(name)
    return date === undefined ? days : Math.min(days, dayIndex(first_date, date))
  })
  return { first_date, days, scale, leaves, all, complete_before }
}

/** Days by which a source may be behind before its days count as unknown and the sums go on without it. */
const waitDays = 10

/** First day that sums are not judged on: the complete days of the accounts that still deliver, all of them. */
export function judgeBefore({ complete_before }: Parts): number {
  const newest = Math.max(0, ...complete_before)
  return Math.min(newest, ...complete_before.filter((day) => day > newest - waitDays))
}
