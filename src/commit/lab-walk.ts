import { type Fraction, formatMinorUnits, roundHalfAway } from '../core/money.ts'
import { meanOf } from './back-test.ts'
import { type Demand, sliceOf } from './demand.ts'
import { compare, fraction, over, plus, sum, times, toNumber, whole, zero } from './fraction.ts'
import type { Commitment, Series } from './instrument.ts'
import type { LabData } from './lab-data.ts'
import { type PricedMember, pricedMembers, scopeDemand } from './lab-demand.ts'
import type { LabMonth, LabStrategy, LabTotal } from './lab-document.ts'
import type { Scope } from './lab-scopes.ts'
import { hoursTo, type Stand, standAt } from './lab-stand.ts'
import { longestOf, suggest, windowsOf } from './postures.ts'
import { apply, replay, replayCost } from './replay.ts'

const strategies: readonly LabStrategy[] = ['nothing', 'mean', 'balanced']

/** How a strategy buys: discounted currency units an hour in all, of which it may hold a part already; null for nothing. */
type Buy = (demand: Demand, entryHours: 1 | 24) => number | null

const buys: Readonly<Record<LabStrategy, Buy>> = {
  nothing: () => null,
  mean: (demand, entryHours) => {
    const longest = longestOf(windowsOf(demand, { entryHours }))
    return longest ? meanOf(sliceOf(demand, demand.hours - longest.lookback, demand.hours)) / entryHours : null
  },
  balanced: (demand, entryHours) => {
    const found = suggest(demand, { policy: {}, entryHours, recent: true }, ['balanced'])
    const shown = found?.shown[0]
    return shown ? toNumber(shown.per_hour) : null
  },
}

/**
 * What the last months would have cost, had each strategy bought at the start of every month with what was known before it: nothing, the
 * mean of the look-back, or the balanced size where its back-test allows it; none buys before a back-test is possible. Purchases stay for `term_months`, are applied in the
 * provider's order to what existing commitments left uncovered in the bill, and are topped up to the size of the month, never sold.
 *
 * @param months how many complete months before the end of the data, at most
 * @returns one row for each month, currency and strategy, oldest first
 */
export function walkForward(
  data: LabData,
  scopes: readonly Scope[],
  { months, term_months, horizon_days }: { months: number; term_months: number; horizon_days: number },
): LabMonth[] {
  const held = new Map<LabStrategy, Commitment[]>(strategies.map((strategy) => [strategy, []]))
  const rows: LabMonth[] = []
  for (const { month, start, end } of months === 0 ? [] : completeMonths(data).slice(-months)) {
    const origin = hoursTo(data, start)
    const stop = hoursTo(data, end)
    for (const strategy of strategies) {
      const own = held.get(strategy) as Commitment[]
      if (strategy !== 'nothing') {
        const stand = standAt(data, origin, horizon_days)
        own.push(...purchases(data, scopes, stand, { own, buy: buys[strategy], day: start, term_months }))
      }
    }
    rows.push(...scored(data, held, { month, origin, stop }))
  }
  return rows
}

/** Sums of months by currency and strategy. */
export function walkTotals(rows: readonly LabMonth[]): LabTotal[] {
  const groups = Map.groupBy(rows, ({ currency, strategy }) => `${currency} ${strategy}`)
  return [...groups.values()].map((own) => {
    const { currency, strategy } = own[0] as LabMonth
    const total = (pick: (row: LabMonth) => string) => sum(own.map((row) => fraction(pick(row))))
    const saved = total(({ saved_against_nothing }) => saved_against_nothing)
    const net = total(({ net_cost }) => net_cost)
    const paid = total(({ commitment_cost }) => commitment_cost)
    const rate = over(saved, plus(net, saved))
    const used = own.reduce(
      (all, { commitment_cost, utilisation }) =>
        utilisation === null ? all : all + Number(commitment_cost) * utilisation,
      0,
    )
    return {
      currency,
      strategy,
      months: own.length,
      commitment_cost: cents(paid),
      on_demand_cost: cents(total(({ on_demand_cost }) => on_demand_cost)),
      net_cost: cents(net),
      saved_against_nothing: cents(saved),
      saving_rate: rate && toNumber(rate),
      utilisation: compare(paid, zero) === 0 ? null : used / toNumber(paid),
    }
  })
}

interface Purchase {
  readonly own: readonly Commitment[]
  readonly buy: Buy
  readonly day: string
  readonly term_months: number
}

/** What a strategy buys at an origin: for each scope the wanted size less what it holds, narrow scopes first. */
function purchases(data: LabData, scopes: readonly Scope[], stand: Stand, purchase: Purchase): Commitment[] {
  const bought: Commitment[] = []
  for (const scope of scopes) {
    const members = pricedMembers(data, scope, purchase.term_months, purchase.day)
    if (members.length === 0) continue
    const { demand, entryHours } = scopeDemand(stand, scope, members)
    const wanted = purchase.buy(demand, entryHours)
    const holds = purchase.own
      .filter(({ id, end }) => id === scope.id && end > stand.to)
      .reduce((sum, { amount }) => sum + amount, 0)
    const target = Math.max(wanted ?? 0, holds)
    const start = stand.to
    const end = start + (purchase.term_months / 12) * 8760
    if (target > holds + 1e-9) bought.push(commitmentOf(scope, members, target - holds, [start, end]))
    if (target > 0) cover(data, stand, commitmentOf(scope, members, target, [0, stand.to - stand.from]))
  }
  return bought
}

/** Lowers the residual of a stand by a purchase, so that broader programmes are sized on what it leaves. */
export function cover(data: LabData, stand: Stand, commitment: Commitment): void {
  apply(commitment, seriesOf(data, 0, 0), stand.residual, stand.to - stand.from)
}

/** A purchase of a scope, in discounted currency units an hour of [start, end). */
export function commitmentOf(
  scope: Scope,
  members: readonly PricedMember[],
  amount: number,
  [start, end]: readonly [number, number],
): Commitment {
  const draws = new Map(
    members.map(({ index, discount }) => {
      const rate = 1 - discount.discount
      return [index, { per_ode: rate, rank: rate }] as const
    }),
  )
  const { provider, kind } = scope.program
  return {
    id: scope.id,
    provider,
    kind,
    account: null,
    shared: true,
    unit_cost: 1,
    step: 0.001,
    draws,
    amount,
    start,
    end,
  }
}

/** Costs of a month by currency and strategy: the purchases held, and what they and the existing commitments leave on demand. */
function scored(
  data: LabData,
  held: ReadonlyMap<LabStrategy, readonly Commitment[]>,
  { month, origin, stop }: { month: string; origin: number; stop: number },
): LabMonth[] {
  const series = seriesOf(data, origin, stop)
  return [...new Set(data.series.map(({ currency }) => currency))].sort().flatMap((currency) => {
    const indexes = data.series.flatMap((each, index) => (each.currency === currency ? [index] : []))
    const own = indexes.map((index) => series[index] as Series)
    const place = new Map(indexes.map((index, at) => [index, at]))
    const nothing = replayCost(replay(own, []))
    return strategies.map((strategy): LabMonth => {
      const commitments = (held.get(strategy) ?? []).flatMap((each) => {
        const draws = [...each.draws].flatMap(([index, draw]) => {
          const at = place.get(index)
          return at === undefined ? [] : [[at, draw] as const]
        })
        if (draws.length === 0) return []
        return [{ ...each, draws: new Map(draws), start: each.start - origin, end: each.end - origin }]
      })
      const done = replay(own, commitments)
      const used = done.uses.reduce((sum, use) => sum + use.used_units, 0)
      return {
        month,
        currency,
        strategy,
        commitment_cost: money(done.commitment_cost),
        on_demand_cost: money(done.on_demand_cost),
        net_cost: money(replayCost(done)),
        saved_against_nothing: money(nothing - replayCost(done)),
        utilisation: done.commitment_cost === 0 ? null : used / done.commitment_cost,
      }
    })
  })
}

function seriesOf(data: LabData, from: number, to: number): Series[] {
  return data.series.map((each) => ({
    id: String(each.series),
    provider: each.provider,
    account: each.billing_account_id,
    ode: each.open.subarray(from, to),
  }))
}

/** Months whose every day lies in the data and that have days before them. */
function completeMonths({ start, end }: LabData): { month: string; start: string; end: string }[] {
  const found: { month: string; start: string; end: string }[] = []
  const at = new Date(`${start.slice(0, 7)}-01T00:00:00Z`)
  for (;;) {
    const first = at.toISOString().slice(0, 10)
    at.setUTCMonth(at.getUTCMonth() + 1)
    const next = at.toISOString().slice(0, 10)
    if (next > end) return found
    if (first > start) found.push({ month: first.slice(0, 7), start: first, end: next })
  }
}

function money(value: number): string {
  return value.toFixed(2).replace(/^-(0\.00)$/, '$1')
}

const cents = (value: Fraction) => formatMinorUnits(roundHalfAway(times(value, whole(100))), 2)
