import { quoteIdentifier, type Warehouse } from '../warehouse/warehouse.ts'
import { type Compilation, conditionSql, knownChecks, type Mode, requirementSql, strictOnly } from './compile.ts'
import { applyExceptions, type RuleException } from './exceptions.ts'
import { type Check, columnsOf, leaves, type Rule, type RuleModel } from './model.ts'

export interface Verdict {
  readonly rule: string
  /** MUST, SHOULD, …: how much a failure weighs. */
  readonly keyword: string
  readonly verdict: 'pass' | 'fail' | 'skip'
  /** Why it was skipped or failed; empty on a pass. */
  readonly reason: string
  /** Rows (for distinct counts: keys) that break the rule; referenced rules that fail, for a composite. */
  readonly violations: number
}

export interface RunOptions {
  /** Table or view to check. */
  readonly table: string
  readonly mode?: Mode
  /** Known defects of the model; none by default. */
  readonly exceptions?: readonly RuleException[]
  /** Enabled applicability criteria; all by default. */
  readonly criteria?: readonly string[]
}

/**
 * Evaluates every rule of a FOCUS rule model over a table, in model order (specs/focus.md section 8).
 *
 * A composite passes or fails by the rules it references, and its condition holds for each of them. A rule is skipped when it is dynamic,
 * optional (MAY), excepted, not applicable by criteria, without its columns, or without an implementation in this mode.
 */
export async function runRules(
  warehouse: Warehouse,
  model: RuleModel,
  options: RunOptions,
): Promise<readonly Verdict[]> {
  const mode = options.mode ?? 'strict'
  const table = quoteIdentifier(options.table)
  const types = new Map((await warehouse.describe(`select * from ${table}`)).map(({ name, type }) => [name, type]))
  const { rules, skipped, tolerant } = applyExceptions(model, options.exceptions ?? [])
  const inherited = inheritedConditions(rules)
  const enabled = options.criteria ? new Set(options.criteria) : null
  const verdicts = new Map<string, Verdict>()
  const queries: { rule: Rule; sql: string }[] = []
  const say = (rule: Rule, verdict: Verdict['verdict'], reason = '', violations = 0) =>
    verdicts.set(rule.id, { rule: rule.id, keyword: rule.keyword, verdict, reason, violations })

  for (const rule of rules.values()) {
    if (isComposite(rule)) continue
    const conditions = inherited.get(rule.id) ?? []
    const reason = skipReason(rule, { mode, types, skipped, enabled, conditions })
    if (reason) say(rule, 'skip', reason)
    else if (isPresence(rule)) presence(rule, types, say)
    else
      queries.push({
        rule,
        sql: violationsSql(rule, conditions, table, { mode, types, tolerance: tolerant.has(rule.id) }),
      })
  }
  await count(warehouse, queries, table, say)
  for (const rule of rules.values()) composite(rule, rules, verdicts, say)
  return [...rules.keys()].flatMap((id) => verdicts.get(id) ?? [])
}

/** All row rules in one pass over the table. */
async function count(
  warehouse: Warehouse,
  queries: readonly { rule: Rule; sql: string }[],
  table: string,
  say: Say,
): Promise<void> {
  if (queries.length === 0) return
  const counts = queries.map(({ sql }, index) => `${sql} as r${index}`)
  const { rows } = await warehouse.query(`select ${counts.join(',\n')} from ${table}`)
  for (const [index, { rule }] of queries.entries()) {
    const violations = Number(rows[0]?.[`r${index}`])
    say(rule, violations > 0 ? 'fail' : 'pass', violations > 0 ? `${violations} rows` : '', violations)
  }
}

type Say = (rule: Rule, verdict: Verdict['verdict'], reason?: string, violations?: number) => void

interface Applicability {
  readonly mode: Mode
  readonly types: ReadonlyMap<string, string>
  readonly skipped: ReadonlyMap<string, string>
  readonly enabled: ReadonlySet<string> | null
  readonly conditions: readonly Check[]
}

function skipReason(rule: Rule, { mode, types, skipped, enabled, conditions }: Applicability): string | null {
  if (rule.type === 'Dynamic') return 'dynamic: no machine-readable requirement'
  const exception = skipped.get(rule.id)
  if (exception) return `exception: ${exception}`
  const criterion = enabled && rule.criteria.find((name) => !enabled.has(name))
  if (criterion) return `criterion ${criterion} is not enabled`
  if (rule.keyword === 'MAY') return 'optional: keyword MAY'
  if (isPresence(rule)) return null
  const absent = [rule.requirement, rule.condition, ...conditions].flatMap(columnsOf).find((name) => !types.has(name))
  if (absent) return `column ${absent} is absent`
  const unknown = leaves(rule.requirement).find(
    ({ CheckFunction: name = '' }) =>
      name !== 'CheckDistinctCount' && (!knownChecks.has(name) || (mode === 'official' && strictOnly.has(name))),
  )
  return unknown ? `check ${unknown.CheckFunction} is not implemented in ${mode} mode` : null
}

function presence(rule: Rule, types: ReadonlyMap<string, string>, say: Say): void {
  const absent = columnsOf(rule.requirement).filter((name) => !types.has(name))
  say(
    rule,
    absent.length > 0 ? 'fail' : 'pass',
    absent.length > 0 ? `column ${absent.join(', ')} is absent` : '',
    absent.length,
  )
}

function violationsSql(rule: Rule, conditions: readonly Check[], table: string, against: Compilation): string {
  const applies = [rule.condition, ...conditions]
    .filter((check) => Object.keys(check).length > 0)
    .map((check) => conditionSql(check, against))
    .join(' and ')
  const { CheckFunction, ColumnAName = '', ColumnBName = '', ExpectedCount } = rule.requirement
  if (CheckFunction === 'CheckDistinctCount') {
    return `(select count(*) from (select 1 from ${table} where ${applies || 'true'} and ${quoteIdentifier(ColumnAName)} is not null
      group by ${quoteIdentifier(ColumnAName)} having count(distinct ${quoteIdentifier(ColumnBName)}) <> ${Number(ExpectedCount)}))`
  }
  return `count(*) filter (where not ${requirementSql(rule.requirement, against)}${applies ? ` and ${applies}` : ''})`
}

/** The conditions of the composites above each rule. A rule below several composites keeps those of the first that has any. */
function inheritedConditions(rules: ReadonlyMap<string, Rule>): ReadonlyMap<string, readonly Check[]> {
  const inherited = new Map<string, readonly Check[]>()
  const descend = (rule: Rule, above: readonly Check[]) => {
    const conditions = Object.keys(rule.condition).length > 0 ? [...above, rule.condition] : above
    for (const child of references(rule)) {
      const target = rules.get(child)
      if (!target) continue
      if ((inherited.get(child)?.length ?? 0) === 0) inherited.set(child, conditions)
      descend(target, inherited.get(child) ?? [])
    }
  }
  for (const rule of rules.values()) descend(rule, inherited.get(rule.id) ?? [])
  return inherited
}

function composite(
  rule: Rule,
  rules: ReadonlyMap<string, Rule>,
  verdicts: Map<string, Verdict>,
  say: Say,
): Verdict | undefined {
  const known = verdicts.get(rule.id)
  if (known) return known
  const below = references(rule).flatMap((id) => {
    const target = rules.get(id)
    return (target && composite(target, rules, verdicts, say)) ?? []
  })
  const failed = below.filter(({ verdict }) => verdict === 'fail')
  const passed = below.some(({ verdict }) => verdict === 'pass')
  const fails = rule.requirement.CheckFunction === 'OR' ? failed.length > 0 && !passed : failed.length > 0
  say(
    rule,
    fails ? 'fail' : 'pass',
    fails ? `fails: ${failed.map((verdict) => verdict.rule).join(', ')}` : '',
    fails ? failed.length : 0,
  )
  return verdicts.get(rule.id)
}

function references(rule: Rule): readonly string[] {
  return leaves(rule.requirement).flatMap(({ ModelRuleId }) => ModelRuleId ?? [])
}

function isComposite(rule: Rule): boolean {
  return rule.function === 'Composite' && rule.type === 'Static'
}

function isPresence(rule: Rule): boolean {
  return leaves(rule.requirement).some(({ CheckFunction }) => CheckFunction === 'ColumnPresent')
}
