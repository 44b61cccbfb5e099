import { type Commitment, coveredSeries, inApplicationOrder, type Series } from './instrument.ts'

/** What one commitment did; units as of its instrument, money in currency units over all hours. */
export interface Use {
  readonly id: string
  readonly cost: number
  readonly covered_ode: number
  readonly paid_units: number
  readonly used_units: number
  /** Null where nothing was paid. */
  readonly utilisation: number | null
  /** Units left over, by hour. */
  readonly unused: Float64Array
  /** Units that one more on-demand currency unit would need, by hour; 0 where nothing is left uncovered. */
  readonly next_per_ode: Float64Array
}

/** Hours after all commitments. */
export interface Replay {
  readonly uses: readonly Use[]
  /** On-demand cost left, by series and hour. */
  readonly residual: readonly Float64Array[]
  readonly on_demand_cost: number
  readonly commitment_cost: number
  /** On-demand cost without commitments. */
  readonly demand: number
}

/**
 * Replays hours of usage with the provider's order of application: kinds in order, within a commitment the owner's account first, then
 * the highest discount (or smallest size); nothing is carried over to the next hour (specs/commitments.md section 5). A commitment that
 * is alive for part of an hour has that part of its amount.
 */
export function replay(series: readonly Series[], commitments: readonly Commitment[]): Replay {
  const hours = series[0]?.ode.length ?? 0
  const residual = series.map(({ ode }) => ode.slice())
  const uses = inApplicationOrder(commitments).map((commitment) => apply(commitment, series, residual, hours))
  return {
    uses,
    residual,
    on_demand_cost: residual.reduce((sum, left) => sum + total(left), 0),
    commitment_cost: uses.reduce((sum, use) => sum + use.cost, 0),
    demand: series.reduce((sum, { ode }) => sum + total(ode), 0),
  }
}

/** Cost of a replay: commitments and what is left on demand. */
export function replayCost(done: Replay): number {
  return done.commitment_cost + done.on_demand_cost
}

/** Applies one commitment to what is left, which it lowers. */
export function apply(
  commitment: Commitment,
  series: readonly Series[],
  residual: readonly Float64Array[],
  hours: number,
): Use {
  const left = Float64Array.from(
    { length: hours },
    (_, hour) => commitment.amount * Math.max(0, Math.min(commitment.end, hour + 1) - Math.max(commitment.start, hour)),
  )
  const paid = total(left)
  const next = new Float64Array(hours)
  let covered = 0
  for (const [index, { per_ode }] of coveredSeries(commitment, series)) {
    const demand = residual[index] as Float64Array
    for (let hour = 0; hour < hours; hour++) {
      const ode = demand[hour] as number
      if (ode <= 0) continue
      const available = left[hour] as number
      const needed = ode * per_ode
      if (needed <= available) {
        left[hour] = available - needed
        demand[hour] = 0
        covered += ode
      } else {
        if ((next[hour] as number) === 0) next[hour] = per_ode
        const taken = available / per_ode
        left[hour] = 0
        demand[hour] = ode - taken
        covered += taken
      }
    }
  }
  const used = paid - total(left)
  return {
    id: commitment.id,
    cost: paid * commitment.unit_cost,
    covered_ode: covered,
    paid_units: paid,
    used_units: used,
    utilisation: paid === 0 ? null : used / paid,
    unused: left,
    next_per_ode: next,
  }
}

function total(values: Float64Array): number {
  let sum = 0
  for (const value of values) sum += value
  return sum
}
