import { dayNumber } from './calendar.ts'
import type { LeafSeries } from './scopes.ts'

/** A row of the report `forecast_series`: the cost of one leaf on one day. */
export interface SeriesRow {
  readonly charge_date: string
  readonly provider: string | null
  readonly account: string | null
  readonly service: string | null
  readonly team: string | null
  readonly product: string | null
  /** Exact decimal text; a statistic from here on. */
  readonly effective_cost: string
}

/** Dense daily cost of one currency, leaves by team, and the same cost with leaves by product. */
export interface LakeSeries {
  /** Day number of index 0. */
  readonly first: number
  readonly byTeam: readonly LeafSeries[]
  /** The product stands in the place of the team; null when no charge has one. */
  readonly byProduct: readonly LeafSeries[] | null
}

/**
 * Gathers rows into dense series.
 *
 * @param last day number of the last complete day, inclusive; later rows are ignored
 * @returns `add` for each row, in order of date, and `done`, which gives null when there was none
 */
export function seriesBuilder(last: number): { add(row: SeriesRow): void; done(): LakeSeries | null } {
  const byTeam = new Map<string, LeafSeries>()
  const byProduct = new Map<string, LeafSeries>()
  let first: number | null = null
  let hasProducts = false
  const put = (leaves: Map<string, LeafSeries>, row: SeriesRow, owner: string | null, at: Day) => {
    const names = [row.provider, row.account, row.service, owner].map((name) => name ?? '')
    const key = JSON.stringify(names)
    let leaf = leaves.get(key)
    if (!leaf) {
      const [provider = '', account = '', service = '', team = ''] = names
      leaf = { provider, account, service, team, cost: new Float64Array(at.length) }
      leaves.set(key, leaf)
    }
    leaf.cost[at.day] = (leaf.cost[at.day] as number) + Number(row.effective_cost)
  }
  return {
    add(row) {
      const day = dayNumber(row.charge_date)
      if (day === null || day > last) return
      first ??= day
      const at = { day: day - first, length: last - first + 1 }
      hasProducts ||= row.product !== null
      put(byTeam, row, row.team, at)
      put(byProduct, row, row.product, at)
    },
    done: () =>
      first === null ? null : { first, byTeam: inOrder(byTeam), byProduct: hasProducts ? inOrder(byProduct) : null },
  }
}

interface Day {
  readonly day: number
  readonly length: number
}

function inOrder(leaves: ReadonlyMap<string, LeafSeries>): LeafSeries[] {
  return [...leaves].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, leaf]) => leaf)
}
