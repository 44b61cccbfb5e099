import type { Notifications } from '../config-notify.ts'
import { isLarger, percentOfAmount } from '../state/decimal-order.ts'
import type { Incident } from '../state/incidents.ts'

const ratios = ['utilisation', 'coverage', 'tag_coverage', 'unit_cost', 'data_freshness']

/**
 * Whether an incident's excess is large enough to be told: in money and in percent of what was expected, by the first override that
 * fits its series, else in general. What was expected to be nothing has any percentage.
 */
export function isTold({ impact }: Notifications, { series, excess, expected }: Incident): boolean {
  const { level = 'leaf', team, provider, account } = series
  const holds = (wanted: readonly string[] | undefined, value: string | undefined) =>
    wanted === undefined || (value !== undefined && wanted.includes(value))
  const rule = impact.overrides.find(
    (one) =>
      holds(one.teams, team === '' ? 'unowned' : team) &&
      holds(one.providers, provider) &&
      holds(one.accounts, account) &&
      holds(one.levels, level),
  )
  const isSum = level !== 'leaf' && !ratios.includes(level)
  const percent = rule?.percent ?? (isSum ? impact.sums_percent : impact.percent)
  const least = scaled(expected, percent)
  return !isLarger(rule?.amount ?? impact.amount, excess) && !isLarger(least, excess)
}

/** `percent` percent of an amount, decimal text: `scaled('80.00', '2.5')` is 2.000000. */
function scaled(amount: string, percent: string): string {
  const [whole = '0', fraction = ''] = percent.split('.')
  const product = percentOfAmount(amount, Number(whole + fraction))
  if (fraction === '') return product
  const [units = '0', rest = ''] = product.split('.')
  const digits = `${units}${rest}`.padStart(rest.length + fraction.length + 1, '0')
  const point = digits.length - rest.length - fraction.length
  return `${digits.slice(0, point)}.${digits.slice(point)}`
}
