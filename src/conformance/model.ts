import { UserError } from '../errors.ts'

/** A node of a requirement or condition: a leaf check, AND / OR over `Items`, or a reference to another rule. */
export interface Check {
  readonly CheckFunction?: string
  readonly ColumnName?: string
  readonly ColumnAName?: string
  readonly ColumnBName?: string
  readonly ResultColumnName?: string
  readonly Value?: string | number | null
  readonly ExpectedCount?: number
  readonly ModelRuleId?: string
  readonly Items?: readonly Check[]
}

/** One rule of the FOCUS rule model; field names are those of the published JSON (specs/focus.md section 8.1). */
export interface Rule {
  readonly id: string
  readonly function: string
  readonly type: 'Static' | 'Dynamic'
  /** MUST, MUST NOT, SHOULD, SHOULD NOT, RECOMMENDED, MAY */
  readonly keyword: string
  /** Names of the capabilities that a provider must have for the rule to count. */
  readonly criteria: readonly string[]
  readonly dependencies: readonly string[]
  readonly requirement: Check
  /** The rows that the rule speaks of; an empty object means all. */
  readonly condition: Check
}

export interface RuleModel {
  readonly focusVersion: string
  readonly rules: ReadonlyMap<string, Rule>
}

interface PublishedRule {
  readonly Function: string
  readonly Type: 'Static' | 'Dynamic'
  readonly ApplicabilityCriteria: readonly string[]
  readonly ValidationCriteria: {
    readonly Keyword: string
    readonly Requirement: Check
    readonly Condition: Check
    readonly Dependencies: readonly string[]
  }
}

/** Reads the published rule model (`model-1.2.json`, parsed). Throws UserError when it is no rule model. */
export function readModel(json: unknown): RuleModel {
  const source = json as { Details?: { FOCUSVersion?: string }; ModelRules?: Record<string, PublishedRule> } | null
  if (!source?.ModelRules || !source.Details?.FOCUSVersion) {
    throw new UserError('not a FOCUS rule model: Details.FOCUSVersion or ModelRules is missing', {
      hint: 'Give the model file of the FOCUS validator, e.g. model-1.2.json.',
    })
  }
  const rules = Object.entries(source.ModelRules).map(([id, rule]): [string, Rule] => [
    id,
    {
      id,
      function: rule.Function,
      type: rule.Type,
      keyword: rule.ValidationCriteria.Keyword,
      criteria: rule.ApplicabilityCriteria,
      dependencies: rule.ValidationCriteria.Dependencies,
      requirement: rule.ValidationCriteria.Requirement,
      condition: rule.ValidationCriteria.Condition,
    },
  ])
  return { focusVersion: source.Details.FOCUSVersion, rules: new Map(rules) }
}

/** All leaves of a tree, references to other rules included. */
export function leaves(check: Check): readonly Check[] {
  return check.Items ? check.Items.flatMap(leaves) : check.CheckFunction ? [check] : []
}

/** The columns that a tree reads. */
export function columnsOf(check: Check): readonly string[] {
  return leaves(check).flatMap(({ ColumnName, ColumnAName, ColumnBName, ResultColumnName }) =>
    [ColumnName, ColumnAName, ColumnBName, ResultColumnName].filter((name) => name !== undefined),
  )
}
