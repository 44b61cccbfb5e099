import { QueryError } from '../errors.ts'
import type { Param, Params, Result, Warehouse } from '../warehouse/warehouse.ts'
import { outputColumns } from './output.ts'
import type { LookBack } from './prepare.ts'
import type { Rule } from './rules.ts'

/** An empty temporary table `recommender_findings`: rule and the columns of `outputColumns`. */
export async function createFindings(warehouse: Warehouse): Promise<void> {
  const columns = outputColumns.map(({ name, type, fallback }) => `${name} ${type} default ${fallback ?? 'null'}`)
  await warehouse.exec(`create or replace temp table recommender_findings (rule varchar, ${columns.join(', ')})`)
}

/**
 * Adds the findings of one rule to `recommender_findings`, before the common filters; the tables of `prepareTables` must exist.
 *
 * @param given thresholds by parameter name; absent ones take the header's default
 * @throws QueryError naming the rule
 */
export async function addFindings(warehouse: Warehouse, rule: Rule, look: LookBack, given: Params = {}): Promise<void> {
  await warehouse
    .exec(`insert into recommender_findings by name select $rule_id::varchar as rule, * from (${rule.sql}\n)`, {
      ...ruleParams(rule, look, given),
      rule_id: rule.id,
    })
    .catch((cause: unknown) => {
      throw new QueryError(rule.id, cause)
    })
}

/** The findings of one rule alone; see `addFindings`. */
export async function runRule(warehouse: Warehouse, rule: Rule, look: LookBack, given: Params = {}): Promise<Result> {
  await createFindings(warehouse)
  await addFindings(warehouse, rule, look, given)
  return warehouse.query('select * exclude (rule) from recommender_findings order by rowid')
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
