/**
 * Waste of a reservation's upfront part in a month that is not over, and its utilisation to date (specs/commitments.md section 11): the
 * bill shows the part that has not elapsed as unused.
 *
 * @param month amortised upfront of the whole billing period and hours, effective cost used to date; currency units
 * @returns waste in currency units and a fraction of at most 1, null before the first hour
 *
 * 36 over 720 hours, 12 used after 240: no waste, fully used, where the bill says 24 unused (vector C15).
 */
export function wasteToDate(month: {
  readonly amortised: number
  readonly hours: number
  readonly elapsed_hours: number
  readonly used: number
}): { readonly elapsed: number; readonly waste: number; readonly utilisation: number | null } {
  const elapsed = (month.amortised * month.elapsed_hours) / month.hours
  return {
    elapsed,
    waste: Math.max(0, elapsed - month.used),
    utilisation: elapsed === 0 ? null : Math.min(1, month.used / elapsed),
  }
}

/**
 * What can be done about an unused commitment (specs/commitments.md section 13): its cost is sunk until it ends, so it is advice and never
 * a counted saving (vector C26).
 *
 * @param unused_cost currency units of the month, decimal text
 */
export function unusedAdvice(unused_cost: string) {
  return {
    counted_as_saving: '0',
    advisory_waste: unused_cost,
    actions: [
      'move eligible usage',
      'change scope/sharing',
      'exchange or sell if the instrument allows',
      'do not renew',
    ],
  }
}
