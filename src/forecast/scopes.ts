/** A row of the hierarchy: one provider, account, service and team with its daily cost, currency units, index = day. */
export interface LeafSeries {
  readonly provider: string
  readonly account: string
  readonly service: string
  readonly team: string
  readonly cost: Float64Array
}

export type Level = 'total' | 'provider' | 'account' | 'service' | 'team' | 'leaf'
type Dimension = 'provider' | 'account' | 'service' | 'team'

const dimensions: Readonly<Record<Level, readonly Dimension[]>> = {
  total: [],
  provider: ['provider'],
  account: ['provider', 'account'],
  service: ['provider', 'service'],
  team: ['team'],
  leaf: ['provider', 'account', 'service', 'team'],
}

export const levels = Object.keys(dimensions) as readonly Level[]

/** A scope of a forecast: its level, its names, and the indices of the leaves it adds up. */
export interface Scope {
  readonly level: Level
  readonly scope: Readonly<Partial<Record<Dimension, string>>>
  readonly members: readonly number[]
}

/** Every scope of all six levels, by level, then by name; the total comes first. */
export function scopesOf(leaves: readonly Omit<LeafSeries, 'cost'>[]): Scope[] {
  return levels.flatMap((level) => {
    const names = dimensions[level]
    const groups = new Map<string, number[]>()
    for (const [index, leaf] of leaves.entries()) {
      const key = JSON.stringify(names.map((name) => leaf[name]))
      const members = groups.get(key)
      if (members) members.push(index)
      else groups.set(key, [index])
    }
    return [...groups]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, members]) => {
        const values = JSON.parse(key) as string[]
        return { level, scope: Object.fromEntries(names.map((name, i) => [name, values[i] as string])), members }
      })
  })
}
