import type { Scope } from './silences.ts'

const sums: Readonly<Record<string, (scope: Scope) => string>> = {
  total: () => 'All usage',
  provider: ({ provider }) => `All usage of ${provider}`,
  account: ({ account }) => `All usage of account ${account}`,
  service: ({ service, provider }) => `${service} in all accounts of ${provider}`,
  team: ({ team }) => (team === '' ? 'All usage without a team' : `All usage of team ${team}`),
  resource_family: ({ value, provider }) => `${value} of ${provider}`,
  utilisation: ({ value, provider }) => `Commitment utilisation of ${value ?? provider}`,
  coverage: ({ provider }) => `Commitment coverage of ${provider}`,
  tag_coverage: ({ team, account, provider }) => `Tag coverage of ${team ?? account ?? provider}`,
  unit_cost: ({ value }) => `Cost per unit of ${value}`,
  data_freshness: ({ value }) => `Data of ${value}`,
}

/** Levels whose value is but the currency, where a lake has several. */
const plain = new Set<string | undefined>(['total', 'provider', 'account', 'service', 'team'])

/** What a series is called. `'Amazon EC2 in 111122223333'`, `'All usage of team payments'`, `'Tag coverage of AWS'`. */
export function seriesName(scope: Scope): string {
  const { provider, account, service, team, level, value } = scope
  const known = level === undefined ? undefined : sums[level]
  if (known) return known(scope) + (plain.has(level) && value !== undefined ? ` in ${value}` : '')
  if (level !== undefined) return `All usage with ${level.replace(/^tag:/, 'tag ')} ${value ?? ''}`.trimEnd()
  const where = service !== undefined && account !== undefined ? ` in ${account}` : ''
  return `${service ?? account ?? provider ?? team ?? 'Total cost'}${where}`
}
