import { QueryError } from '../errors.ts'
import type { Param, Params, Result, Warehouse } from '../warehouse/warehouse.ts'
import type { LookBack } from './prepare.ts'
import type { Rule } from './rules.ts'

/**
 * The findings of one rule as its file gives them, before the common filters; the tables of `prepareTables` must exist.
 *
 * @param given thresholds by parameter name; absent ones take the header's default
 * @throws QueryError naming the rule
 */
export async function runRule(warehouse: Warehouse, rule: Rule, look: LookBack, given: Params = {}): Promise<Result> {
  return warehouse.query(rule.sql, ruleParams(rule, look, given)).catch((cause: unknown) => {
    throw new QueryError(rule.id, cause)
  })
}

/** Every parameter of the rule with its value: the rule's own look-back ends with that of the run. */
export function ruleParams(rule: Rule, look: LookBack, given: Params = {}): Params {
  const start = new Date(new Date(`${look.end}T00:00:00Z`).getTime() - rule.look_back_days * 86_400_000)
  const dates: Readonly<Record<string, Param>> = {
    start_date: start.toISOString().slice(0, 10),
    end_date: look.end,
  }
  return Object.fromEntries(
    rule.params.map(({ name, fallback }) => [name, given[name] ?? dates[name] ?? fallback ?? null]),
  )
}
