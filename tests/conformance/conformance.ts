import { existsSync, readFileSync } from 'node:fs'
import { readQuery } from '../../src/catalog/files.ts'
import { runRules, type Verdict } from '../../src/conformance/evaluate.ts'
import { knownDefects } from '../../src/conformance/exceptions.ts'
import { type RuleModel, readModel } from '../../src/conformance/model.ts'
import type { Warehouse } from '../../src/warehouse/warehouse.ts'
import sources from './source-exceptions.json' with { type: 'json' }

const modelPath = new URL('../../../shared/data/focus-validator/model-1.2.json', import.meta.url)

/** Public test data; tests that need it are skipped where it is absent. */
export const sharedData = new URL('../../../shared/data/', import.meta.url).pathname
export const haveModel: boolean = existsSync(modelPath)

export function model12(): RuleModel {
  return readModel(JSON.parse(readFileSync(modelPath, 'utf8')))
}

/** Makes the view `focus_1_2` over `charges` and returns the strict verdicts of the 1.2 rules, known defects of the model excepted. */
export async function conformance(warehouse: Warehouse): Promise<readonly Verdict[]> {
  await warehouse.exec(`create or replace temp view focus_1_2 as ${readQuery('marts/focus_1_2.sql')}`)
  return runRules(warehouse, model12(), { table: 'focus_1_2', exceptions: knownDefects })
}

/**
 * Failures of the `charges` of a source that `source-exceptions.json` does not explain, as `rule: reason`; and explanations
 * that explain nothing any more, as `stale: rule`. A correct source gives an empty list. Composites fail with their parts and are left out.
 */
export async function unexplainedFailures(warehouse: Warehouse, source: string): Promise<readonly string[]> {
  const failures = (await conformance(warehouse)).filter(
    ({ verdict, reason }) => verdict === 'fail' && !reason.startsWith('fails: '),
  )
  const explained = sources.filter((entry) => entry.source === source)
  const rules = new Set(explained.flatMap((entry) => entry.rules))
  const failing = new Set(failures.map(({ rule }) => rule))
  return [
    ...failures.filter(({ rule }) => !rules.has(rule)).map(({ rule, reason }) => `${rule}: ${reason}`),
    ...[...rules].filter((rule) => !failing.has(rule)).map((rule) => `stale: ${rule}`),
  ]
}
