import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { focus } from '../../src/formats/focus.ts'
import { normaliseFiles } from '../support/normalise.ts'
import { conformance, haveModel, sharedData, unexplainedFailures } from './conformance.ts'

const fixtures = new URL('../../fixtures/', import.meta.url).pathname
const cases = readdirSync(fixtures).filter((name) => name.startsWith('focus-'))

describe.skipIf(!haveModel)('FOCUS 1.2 rules over imported charges (skipped where ../shared/data is absent)', () => {
  it.each(cases)('%s breaks no rule without an explanation', async (name) => {
    const { warehouse } = await normaliseFiles([`${fixtures}${name}/export.csv`], { format: focus })
    expect(await unexplainedFailures(warehouse, name)).toEqual([])
  })

  it('the public FOCUS 1.0 sample breaks only what data/README.md says', async () => {
    const { warehouse } = await normaliseFiles([`${sharedData}focus-sample-1.0.csv`], { format: focus })
    expect(await unexplainedFailures(warehouse, 'focus-sample-1.0')).toEqual([])
  })

  it('a complete AWS FOCUS 1.2 export passes every rule that can be checked', async () => {
    const { warehouse } = await normaliseFiles([`${fixtures}focus-aws-1.2/export.csv`], { format: focus })
    const verdicts = await conformance(warehouse)
    expect(verdicts.filter(({ verdict }) => verdict === 'fail')).toEqual([])
    expect(verdicts).toHaveLength(621)
    expect(
      new Set(verdicts.filter(({ verdict }) => verdict === 'skip').map(({ reason }) => reason.split(':')[0])),
    ).toEqual(new Set(['dynamic', 'optional', 'exception']))
  })

  it('names the rule that a damaged charge breaks', async () => {
    const { warehouse } = await normaliseFiles([`${fixtures}focus-aws-1.2/export.csv`], { format: focus })
    await warehouse.exec(`create or replace view charges as select * replace ('Bogus' as ChargeCategory) from all_rows`)
    expect(await unexplainedFailures(warehouse, 'focus-aws-1.2')).toContain('ChargeCategory-C-003-M: 5 rows')
  })
})
