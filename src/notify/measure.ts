import type { Measure } from '../state/incidents.ts'
import { formatDecimal, formatMoney, formatShare, formatUnitCost } from '../web/format.ts'

const effects: Readonly<Record<string, string>> = {
  utilisation: 'a day unused',
  coverage: 'a day of discount missed',
  tag_coverage: 'a day without the required tags',
  unit_cost: 'a day more',
  data_freshness: 'a day that is not delivered',
}

/** `'fell from 97.0 % to 71.0 %: USD 212.00 a day unused'`; amounts in the finding's currency. */
export function measureText({ name, unit, actual, expected, daily }: Measure, currency: string | null): string {
  const shown = (value: string) => {
    if (unit === 'share') return formatShare(Number(value))
    return unit === 'money' ? formatUnitCost(Number(value), currency ?? '') : `${formatDecimal(value)} h`
  }
  const cost = `${formatMoney(daily, currency ?? '')} ${effects[name] ?? 'a day'}`
  if (unit === 'hours') return `is ${shown(actual)} old, usually at most ${shown(expected)}: ${cost}`
  const moved = Number(actual) < Number(expected) ? 'fell' : 'rose'
  return `${moved} from ${shown(expected)} to ${shown(actual)}: ${cost}`
}
