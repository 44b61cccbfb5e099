import { readdirSync } from 'node:fs'
import { queriesUrl, readQuery } from '../catalog/files.ts'
import { parseHeader, type QueryParam } from '../catalog/header.ts'
import { UserError } from '../errors.ts'

/** One file of `queries/recommenders`: what it looks for, and how its findings are to be taken. */
export interface Rule {
  readonly id: string
  /** File name without `.sql`. */
  readonly name: string
  readonly version: number
  readonly title: string
  readonly notes: string
  readonly evidence_class: string
  readonly effort: string
  readonly risk: string
  /** Place in the waterfall: eliminate, schedule, rightsize, generation, tier or rate. */
  readonly step: string
  /** `estate` where charges of other resources can change what it says: a commitment is used, a disk attached, elsewhere; else `resource`. */
  readonly reach: string
  readonly look_back_days: number
  readonly enabled: boolean
  /** False: listed, and left out of totals. */
  readonly counted: boolean
  /** Which charges of its meters a finding rests on: all, on_demand, plan (that and what a savings plan covers) or unused. */
  readonly evidence: string
  readonly action: string
  readonly source: string
  readonly params: readonly QueryParam[]
  readonly sql: string
}

const allowed: Readonly<Record<string, readonly string[]>> = {
  class: ['A', 'B', 'C', 'D', 'E'],
  effort: ['S', 'M', 'L'],
  risk: ['l', 'm', 'h'],
  step: ['eliminate', 'schedule', 'rightsize', 'generation', 'tier', 'rate'],
  reach: ['resource', 'estate'],
  enabled: ['true', 'false'],
  counted: ['true', 'false'],
  evidence: ['all', 'on_demand', 'plan', 'unused'],
}

/** Every rule of `queries/recommenders`, by file name ascending. Throws Error for a header that is no rule's, or an id given twice. */
export function loadRules(): readonly Rule[] {
  const rules = readdirSync(new URL('recommenders/', queriesUrl))
    .filter((file) => file.endsWith('.sql'))
    .sort()
    .map((file) => readRule(file.slice(0, -4)))
  const twice = rules.find((rule, index) => rules.findIndex(({ id }) => id === rule.id) < index)
  if (twice) throw new Error(`two recommenders are called ${twice.id}`)
  return rules
}

/** The rule in the file `name`, without `.sql`; see `loadRules`. */
export function readRule(name: string): Rule {
  const path = `recommenders/${name}.sql`
  const sql = readQuery(path)
  const { title, notes, params, source, rule } = parseHeader(sql, path, ['title', 'source'])
  const value = (key: string, fallback?: string) => {
    const text = rule[key] ?? fallback
    const choices = allowed[key]
    if (text === undefined) throw new Error(`${path}: the header has no rule ${key}`)
    if (choices && !choices.includes(text))
      throw new Error(`${path}: ${key} ${text} is not one of ${choices.join(', ')}`)
    return text
  }
  const evidenceClass = value('class')
  return {
    id: value('id'),
    name,
    version: Number(value('version', '1')),
    title,
    notes,
    evidence_class: evidenceClass,
    effort: value('effort'),
    risk: value('risk'),
    step: value('step'),
    reach: value('reach', 'resource'),
    look_back_days: Number(value('look_back', '30')),
    enabled: value('enabled', 'true') === 'true',
    counted: evidenceClass !== 'E' && value('counted', 'true') === 'true',
    evidence: value('evidence', 'all'),
    action: value('action'),
    source,
    params,
    sql,
  }
}

/** The rules with these ids, or all enabled ones; a UserError that lists similar ids for one that does not exist. */
export function chooseRules(rules: readonly Rule[], ids: readonly string[]): readonly Rule[] {
  if (ids.length === 0) return rules.filter(({ enabled }) => enabled)
  return ids.map((id) => {
    const found = rules.find((rule) => rule.id === id)
    if (found) return found
    const near = rules.filter((rule) => rule.id.split('.')[0] === id.split('.')[0]).map((rule) => rule.id)
    throw new UserError(`there is no rule ${id}`, {
      hint: `Rules: ${(near.length > 0 ? near : rules.map((rule) => rule.id)).join(', ')}.`,
    })
  })
}
