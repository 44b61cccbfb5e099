import { readQuery } from '../catalog/files.ts'
import type { Result, Warehouse } from '../warehouse/warehouse.ts'
import { noFilters, wholeStretch } from './filters.ts'
import { createTable, insertRecords, type LookBack, lookBack, prepareTables, runBase } from './prepare.ts'
import type { Rule } from './rules.ts'
import { addFindings, createFindings } from './run-rule.ts'

/** What people decided on a finding: it stays out of the list through `hidden_until` (YYYY-MM-DD), or always shows with its state. */
export interface Decision {
  readonly finding_key: string
  readonly state: string
  readonly hidden_until: string | null
}

export interface RecommendOptions {
  /** Rules to run; see `chooseRules`. */
  readonly rules: readonly Rule[]
  readonly now: Date
  readonly decisions: readonly Decision[]
  /** Least monthly saving of a finding in its currency, decimal text; without it a rule's findings must come to 5 together. */
  readonly minSaving?: string | undefined
  readonly minAgeDays?: number
  /** For a warehouse of some teams: see `collectFindings`. */
  readonly owned?: boolean
}

export interface Recommendations {
  readonly look: LookBack | null
  /** One row per finding, largest counted saving first; columns of queries/recommenders/base/recommendations.sql. */
  readonly findings: Result
  /** One row per currency; columns of queries/recommenders/base/totals.sql. */
  readonly totals: Result
}

/** Caps of confidence by evidence class (specs/optimisation.md section 1); class E is indicative and has none. */
const confidenceCaps: Readonly<Record<string, number>> = { A: 0.95, B: 0.85, C: 0.8, D: 0.4 }
const steps = ['eliminate', 'schedule', 'rightsize', 'generation', 'tier', 'rate']
const lookBackDays = 30
const defaultMinSaving = '5'
const defaultMinAgeDays = 7
const nothing: Result = { columns: [], rows: [] }

/**
 * Runs the rules over the last 30 complete days, drops what the common filters drop, and lets the waterfall decide what counts,
 * so that the recommendations on a resource never come to more than its cost. Money is per month of 730 hours, as decimal text.
 *
 * Leaves the temporary tables `recommendations`, `candidates`, `waterfall` on the connection.
 *
 * @throws QueryError naming the rule whose query fails
 */
export async function recommend(warehouse: Warehouse, options: RecommendOptions): Promise<Recommendations> {
  const look = await collectFindings(warehouse, options)
  if (!look) return { look, findings: nothing, totals: nothing }
  await rankFindings(warehouse, look, options)
  await createTable(warehouse, 'listed', noFilters)
  return {
    look,
    findings: await runBase(warehouse, 'listed_page', { ...wholeStretch }),
    totals: await runBase(warehouse, 'totals'),
  }
}

/**
 * What the rules find, before anything is filtered or ranked: temporary tables `recommender_findings` and `recommender_rules`.
 *
 * A warehouse of some teams shows neither what others use of a commitment nor what a disk is attached to. `owned` therefore leaves out the
 * rules that look beyond one resource, and every finding that is not on a resource or account that these teams own alone.
 *
 * @returns the look-back; null when nothing was charged
 */
export async function collectFindings(
  warehouse: Warehouse,
  { rules, now, owned = false }: Pick<RecommendOptions, 'rules' | 'now' | 'owned'>,
): Promise<LookBack | null> {
  const look = await lookBack(warehouse, now, lookBackDays)
  if (!look) return null
  await prepareTables(warehouse, look)
  await runRules(warehouse, owned ? rules.filter(({ reach }) => reach === 'resource') : rules, look)
  if (owned) await warehouse.exec(readQuery('recommenders/base/keep_owned.sql'))
  return look
}

async function runRules(warehouse: Warehouse, rules: readonly Rule[], look: LookBack): Promise<void> {
  await createFindings(warehouse)
  for (const rule of rules) await addFindings(warehouse, rule, look)
  await insertRecords(
    warehouse,
    'recommender_rules',
    'rule varchar, version integer, title varchar, action varchar, evidence_class varchar, evidence varchar, effort varchar, risk varchar, step varchar, step_order integer, confidence_cap double, is_counted boolean',
    rules.map((rule) => ({
      rule: rule.id,
      version: rule.version,
      title: rule.title,
      action: rule.action,
      evidence_class: rule.evidence_class,
      evidence: rule.evidence,
      effort: rule.effort,
      risk: rule.risk,
      step: rule.step,
      step_order: steps.indexOf(rule.step),
      confidence_cap: confidenceCaps[rule.evidence_class] ?? null,
      is_counted: rule.counted,
    })),
  )
}

/** Filters, waterfall and ranking of what `collectFindings` found: temporary table `recommendations`. May be run again. */
export async function rankFindings(
  warehouse: Warehouse,
  look: LookBack,
  options: Pick<RecommendOptions, 'decisions' | 'minSaving' | 'minAgeDays'>,
): Promise<void> {
  await insertRecords(
    warehouse,
    'recommender_decisions',
    'finding_key varchar, state varchar, hidden_until date',
    options.decisions,
  )
  await createTable(warehouse, 'candidates', {
    end_date: look.end,
    min_saving: options.minSaving ?? '0',
    min_together: options.minSaving === undefined ? defaultMinSaving : '0',
    min_age_days: options.minAgeDays ?? defaultMinAgeDays,
  })
  await createTable(warehouse, 'waterfall', {})
  await createTable(warehouse, 'recommendations', { end_date: look.end })
}
