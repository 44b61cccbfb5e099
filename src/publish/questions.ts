import type { LakeState } from '../api/context.ts'
import type { CatalogEntry } from '../catalog/catalog.ts'
import { checkParams } from '../catalog/params.ts'
import { answerKey } from '../edge/published.ts'
import type { Params } from '../warehouse/warehouse.ts'
import { nextMonth } from '../web/overview-data.ts'
import rules from './questions.json' with { type: 'json' }

/** Parameters that are given; the others take their default. */
type Given = Readonly<Record<string, string>>

export interface Question {
  readonly entry: CatalogEntry
  readonly params: Params
}

/** What the data offer for parameters that a query requires. */
export interface Values {
  readonly metrics: readonly string[]
  readonly currencies: readonly string[]
  /** YYYY-MM, oldest first. */
  readonly months: readonly string[]
  readonly years: readonly string[]
}

/** @param months of the data, YYYY-MM, oldest first; those shown are the newest complete ones and the one in flight */
export function valuesOf(lake: LakeState, months: readonly { charge_month: string; is_complete: boolean }[]): Values {
  const shown = months.slice(-rules.months - (months.at(-1)?.is_complete === false ? 1 : 0))
  const names = shown.map(({ charge_month }) => charge_month)
  return {
    metrics: lake.metrics.map(({ metric }) => metric),
    currencies: [...new Set(lake.sources.map(({ currency }) => currency))].sort(),
    months: names,
    years: [...new Set(names.map((month) => month.slice(0, 4)))],
  }
}

/**
 * The questions about one query that are published, each once: its defaults for every value that the data offer for what it requires
 * (`values`); every combination of its choices; every month shown, and all of them to the end; and each choice in each of these periods.
 * A step that would lead beyond `most_questions` is left out as a whole. None for a query that requires anything else.
 */
export function questionsOf(entry: CatalogEntry, values: Values): Question[] {
  if (!rules.kinds.includes(entry.kind)) return []
  const offered = entry.params
    .filter(({ fallback, choices }) => fallback === undefined && choices === undefined)
    .map(({ name }) => ({ name, values: offeredFor(name, values) }))
  const base = product(offered)
  const chosen = entry.params.flatMap(({ name, choices }) => (choices ? [{ name, values: choices }] : []))
  const periods = periodsOf(entry, values.months)
  const single = chosen.flatMap(({ name, values: all }) => all.map((value) => ({ [name]: value })))
  const steps: (readonly Given[])[] = [[{}], product(chosen), periods, cross(periods, single)]
  const found = new Map<string, Question>()
  for (const step of steps) {
    const more = new Map(found)
    for (const given of cross(base, step)) {
      if (entry.params.some(({ name, fallback }) => fallback === undefined && given[name] === undefined)) continue
      const params = checkParams(entry, given)
      more.set(answerKey(entry, params), { entry, params })
    }
    if (more.size > rules.most_questions) break
    for (const [key, question] of more) found.set(key, question)
  }
  return [...found.values()]
}

function offeredFor(name: string, values: Values): readonly string[] {
  const list = Object.entries(rules.values).find(([param]) => param === name)?.[1]
  return list === undefined ? [] : values[list as keyof Values]
}

/** Each month shown, half open, and all of them to the end of the data. */
function periodsOf({ params }: CatalogEntry, months: readonly string[]): Given[] {
  const names = new Set(params.map(({ name }) => name))
  const period = rules.periods.find(({ start, end }) => names.has(start) && names.has(end))
  const [first] = months
  if (!period || first === undefined) return []
  const { start, end, day } = period
  const each = months.map((month) => ({ [start]: `${month}${day}`, [end]: `${nextMonth(month)}${day}` }))
  return [{ [start]: `${first}${day}` }, ...each]
}

function cross(some: readonly Given[], others: readonly Given[]): Given[] {
  return some.flatMap((one) => others.map((other) => ({ ...one, ...other })))
}

/** Every combination of a value of each name. */
function product(lists: readonly { readonly name: string; readonly values: readonly string[] }[]): Given[] {
  return lists.reduce<Given[]>(
    (made, { name, values }) =>
      cross(
        made,
        values.map((value) => ({ [name]: value })),
      ),
    [{}],
  )
}

/** What tells sets of questions apart. */
export const questionRules = JSON.stringify(rules)
