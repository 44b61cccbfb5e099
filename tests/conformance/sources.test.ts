import { mkdtempSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { writeEstate } from '../../src/estate/estate.ts'
import { focus } from '../../src/formats/focus.ts'
import { openDuckDb } from '../../src/warehouse/duckdb.ts'
import { normaliseFiles } from '../support/normalise.ts'
import { conformance, haveModel, sharedData, unexplainedFailures } from './conformance.ts'

const fixtures = new URL('../../fixtures/', import.meta.url).pathname
const cases = readdirSync(fixtures).filter((name) => name.startsWith('focus-'))

/** Raw provider files by case; the Azure ones are an actual and an amortised export of one month. */
const provided: Readonly<Record<string, readonly string[]>> = {
  'aws-cur2-all-types': ['aws-cur2-all-types/monthly-00001.csv'],
  'aws-cur-legacy': ['aws-cur-legacy/hourly-1.csv'],
  'azure-ea-2019': filesBelow('azure-ea-2019/billing'),
  'azure-mca': filesBelow('azure-mca/billing'),
  'azure-ea-old': ['azure-ea-old/EA-Actual.csv'],
  'azure-payg': ['azure-payg/usage.csv'],
  'azure-de': ['azure-de/Kosten.csv'],
  'gcp-detailed': ['gcp-detailed/usage.ndjson'],
}

function filesBelow(folder: string): string[] {
  const names = readdirSync(`${fixtures}${folder}`, { recursive: true, encoding: 'utf8' })
  return names.filter((name) => name.endsWith('.csv')).map((name) => `${folder}/${name}`)
}

describe.skipIf(!haveModel)('FOCUS 1.2 rules over imported charges (skipped where ../shared/data is absent)', () => {
  it.each(cases)('%s breaks no rule without an explanation', async (name) => {
    const { warehouse } = await normaliseFiles([`${fixtures}${name}/export.csv`], { format: focus })
    expect(await unexplainedFailures(warehouse, name)).toEqual([])
  })

  it.each(Object.entries(provided))('%s breaks no rule without an explanation', async (name, files) => {
    const { warehouse } = await normaliseFiles(files.map((file) => `${fixtures}${file}`))
    expect(await unexplainedFailures(warehouse, name)).toEqual([])
  })

  it('a month of the sample estate breaks no rule without an explanation, in any cloud', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'costwright-estate-'))
    const generator = await openDuckDb({ path: ':memory:' })
    const { files } = await writeEstate({
      directory,
      seed: 11,
      scale: 0.05,
      months: ['2026-02', '2026-03', '2026-04'],
      warehouse: generator,
    })
    generator.close()
    for (const source of ['aws', 'azure', 'gcp'] as const) {
      const month = files
        .filter((file) => !file.key.endsWith('.json') || file.source === 'gcp')
        .filter((file) => file.source === source && file.month === '2026-03')
        .map((file) => join(directory, file.key))
      const { warehouse } = await normaliseFiles(
        month.filter((path) => !path.includes('restated') && !path.includes('late')),
      )
      expect(await unexplainedFailures(warehouse, `estate-${source}`)).toEqual([])
    }
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
