/** Usage of one hour that a spend commitment can cover. Rates are currency units per unit of quantity. */
export interface PlanItem {
  readonly id: string
  readonly quantity: number
  readonly on_demand_rate: number
  readonly plan_rate: number
}

/** What an hour's commitment did for one item; `covered` is a fraction, costs are currency units. */
export interface PlanLine {
  readonly id: string
  readonly covered: number
  readonly plan_cost: number
  readonly on_demand_cost: number
}

/**
 * Applies a spend commitment to the usage of one hour as AWS does: highest savings percentage first, ties by lowest plan rate, then by
 * id; the rest on demand; nothing carried over (specs/commitments.md section 5).
 *
 * @param commitment discounted currency units of the hour
 *
 * Of AWS's own example an hour of 20 covers three lines fully and 4.878 % of the fourth (vector C03).
 */
export function applyPlan(items: readonly PlanItem[], commitment: number) {
  const ratio = (item: PlanItem) => (item.on_demand_rate === 0 ? 1 : item.plan_rate / item.on_demand_rate)
  const order = items.toSorted(
    (a, b) => ratio(a) - ratio(b) || a.plan_rate - b.plan_rate || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0),
  )
  let left = commitment
  let onDemand = 0
  let coveredOde = 0
  const lines = order.map((item): PlanLine => {
    const cost = item.quantity * item.plan_rate
    const taken = Math.min(left, cost)
    const covered = cost === 0 ? 1 : taken / cost
    const ode = item.quantity * item.on_demand_rate
    left -= taken
    onDemand += ode * (1 - covered)
    coveredOde += ode * covered
    return { id: item.id, covered, plan_cost: taken, on_demand_cost: ode * (1 - covered) }
  })
  return {
    lines,
    used: commitment - left,
    unused: left,
    on_demand_cost: onDemand,
    covered_ode: coveredOde,
    hour_total: commitment + onDemand,
  }
}

/** Running hours of one size of a flexible family in one hour, with its size factor. */
export interface FlexUse {
  readonly id: string
  readonly hours: number
  readonly factor: number
  readonly on_demand_rate: number
}

/**
 * Applies the units of a size-flexible reservation to one hour, from the smallest to the largest size (specs/commitments.md section 4;
 * the order is to be confirmed on live data).
 *
 * Coverage has three bases that are never averaged: units (publish for flexible families), hours, on-demand equivalent; each is null
 * without usage.
 *
 * @param units size factor × count of the reservations, per hour
 */
export function applyFlexibleReservation(uses: readonly FlexUse[], units: number) {
  let left = units
  const lines = uses
    .toSorted((a, b) => a.factor - b.factor || (a.id < b.id ? -1 : 1))
    .map((use) => {
      const needed = use.hours * use.factor
      const taken = Math.min(left, needed)
      const covered = needed === 0 ? 1 : taken / needed
      left -= taken
      return { ...use, covered, covered_units: taken, on_demand_cost: use.hours * use.on_demand_rate * (1 - covered) }
    })
  const coverage = (weight: (line: (typeof lines)[number]) => number) => {
    const all = lines.reduce((sum, line) => sum + weight(line), 0)
    return all === 0 ? null : lines.reduce((sum, line) => sum + weight(line) * line.covered, 0) / all
  }
  return {
    lines,
    unused_units: left,
    utilisation: units === 0 ? null : (units - left) / units,
    coverage_by_units: coverage((line) => line.hours * line.factor),
    coverage_by_hours: coverage((line) => line.hours),
    coverage_by_on_demand: coverage((line) => line.hours * line.on_demand_rate),
  }
}
