import shipped from './exceptions.json' with { type: 'json' }
import type { Check, Rule, RuleModel } from './model.ts'

/**
 * A published rule that is wrong, and what the runner does instead: skip it, or evaluate it with another requirement or condition.
 * `and` adds to the published condition. `tolerance` compares products within rounding instead of exactly.
 */
export interface RuleException {
  readonly rule: string
  /** Version of the rule model that has the defect. */
  readonly model: string
  readonly skip?: boolean
  readonly requirement?: Check
  readonly condition?: Check
  readonly and?: Check
  readonly tolerance?: boolean
  readonly reason: string
}

/** The known defects of the published models with their handling (specs/focus.md section 8.4). */
export const knownDefects: readonly RuleException[] = shipped

/** The model with the exceptions of its version applied; skipped rules are returned apart with their reason. */
export function applyExceptions(
  model: RuleModel,
  exceptions: readonly RuleException[],
): { rules: ReadonlyMap<string, Rule>; skipped: ReadonlyMap<string, string>; tolerant: ReadonlySet<string> } {
  const rules = new Map(model.rules)
  const own = exceptions.filter((exception) => exception.model === model.focusVersion)
  for (const { rule: id, requirement, condition, and } of own) {
    const rule = rules.get(id)
    if (!rule) continue
    const base = condition ?? rule.condition
    const narrowed = and ? { CheckFunction: 'AND', Items: [base, and].filter((check) => check.CheckFunction) } : base
    rules.set(id, { ...rule, requirement: requirement ?? rule.requirement, condition: narrowed })
  }
  return {
    rules,
    skipped: new Map(own.filter(({ skip }) => skip).map(({ rule, reason }) => [rule, reason])),
    tolerant: new Set(own.filter(({ tolerance }) => tolerance).map(({ rule }) => rule)),
  }
}
