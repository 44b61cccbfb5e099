import type { Params } from '../warehouse/warehouse.ts'

/** What a list of recommendations can be narrowed by; each is an exact value of queries/recommenders/base/listed.sql. */
export const filterNames = [
  'provider',
  'account',
  'team',
  'rule',
  'class',
  'effort',
  'risk',
  'role',
  'state',
  'currency',
] as const

export type Filters = Readonly<Partial<Record<(typeof filterNames)[number], string>>>

/** Values of a filter that has few. */
export const filterChoices: Readonly<Partial<Record<(typeof filterNames)[number], readonly string[]>>> = {
  class: ['A', 'B', 'C', 'D', 'E'],
  effort: ['S', 'M', 'L'],
  risk: ['l', 'm', 'h'],
  role: ['counted', 'alternative', 'advisory', 'unpriced'],
}

/** Parameters of base/listed.sql; a filter that is not given lets everything pass. */
export function filterParams(filters: Filters): Params {
  return Object.fromEntries(filterNames.map((name) => [name, filters[name] ?? null]))
}

export const noFilters = filterParams({})

/** A stretch of a list: `limit` rows after `offset`. */
export interface Stretch {
  readonly offset: number
  readonly limit: number
}

/** Every row of a list. */
export const wholeStretch: Stretch = { offset: 0, limit: Number.MAX_SAFE_INTEGER - 1 }
