import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { writeEstate } from '../../src/estate/estate.ts'
import { createRuntime } from '../../src/runtime.ts'
import { runCommand } from '../support/run-command.ts'
import { pagesOf } from './source.ts'

type Line = Readonly<
  Record<'section' | 'metric' | 'dimension' | 'value' | 'unit' | 'basis' | 'complete_through', string>
>

let folder: string
let data: string
let config: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'costwright-report-'))
  data = join(folder, 'data')
  const exports = join(folder, 'exports')
  config = join(exports, 'costwright.yaml')
  const scratch = await createRuntime({ data }).scratch()
  await writeEstate({
    directory: exports,
    seed: 11,
    months: ['2026-09', '2026-10'],
    scale: 0.02,
    warehouse: scratch,
  })
  scratch.close()
  await createRuntime({ data, config }).import([exports])
}, 240_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const report = (...args: string[]) => runCommand(['report', ...args, '--config', config], data)
const out = (name: string) => join(folder, name)
const lines = async (...args: string[]): Promise<Line[]> => {
  await report(...args, '--out', out('report.csv'))
  return parse(readFileSync(out('report.csv'), 'utf8'), { columns: true }) as Line[]
}
const query = async (name: string, ...params: string[]) => {
  const { out: text } = await runCommand(['query', name, ...params.flatMap((one) => ['-p', one]), '--json'], data)
  return (JSON.parse(text) as { rows: Readonly<Record<string, unknown>>[] }).rows
}
const units = (text: string) => BigInt(text.replace('.', ''))
const sum = (found: readonly Line[]) => found.reduce((all, { value }) => all + units(value), 0n)

describe('reports of the sample estate, from the command line', () => {
  test('the executive report is one page of PDF, written whole, with the forecast that it needed', async () => {
    const { code, out: said, notes } = await report('executive', '--out', out('{currency}.pdf'))
    expect(code).toBe(0)
    expect(said).toContain('executive report of 2026-10 in USD')
    expect(notes.join()).toContain('forecasting USD')
    for (const currency of ['USD', 'EUR']) expect(pagesOf(readFileSync(out(`${currency}.pdf`)))).toBe(1)
    expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([])
  }, 120_000)

  test('its figures are those of the catalogue and add up to the spend', async () => {
    const found = await lines('executive', '--currency', 'USD')
    const [spent] = (
      await query('spend_variance', 'dimension=total', 'start_month=2026-10', 'end_month=2026-11')
    ).filter((row) => row['billing_currency'] === 'USD')
    const at = (metric: string) => found.filter((line) => line.metric === metric)
    const actual = String(spent?.['actual'])
    for (const metric of ['by_team.actual', 'by_product.actual', 'movers.cost']) {
      const [total] = at(metric).filter(({ dimension }) => dimension === 'Total')
      expect(total?.value).toBe(actual)
      expect(sum(at(metric).filter(({ dimension }) => dimension !== 'Total'))).toBe(units(actual))
    }
    expect(at('budget.variance_pct')[0]?.value).toBe(String(spent?.['variance_pct']))
    const bridge = at('bridge').map(({ value }) => value)
    expect(bridge.at(-1)).toBe(actual)
    expect(bridge.slice(0, -1).reduce((all, value) => all + units(value), 0n)).toBe(units(actual))
    expect(new Set(found.map((line) => line.complete_through))).toEqual(new Set(['2026-11-01T00:00:00Z']))
    expect(found.filter(({ basis }) => basis === '')).toEqual([])
    expect(at('budget.landing')[0]?.value).not.toBe('')
  }, 120_000)

  test('commitments: use of the catalogue, and the purchase comparison beside buying nothing and buying the mean', async () => {
    const found = await lines('commitments', '--currency', 'USD')
    const [use] = (await query('commitment_utilization', 'start_date=2026-10-01', 'end_date=2026-11-01')).filter(
      (row) => row['billing_currency'] === 'USD',
    )
    expect(found.find(({ metric }) => metric === 'rate.utilisation')?.value).toBe(String(use?.['utilisation']))
    const compared = found.filter(({ metric }) => metric === 'comparison.net_cost').map(({ dimension }) => dimension)
    expect(compared).toEqual(['Buying nothing', 'Buying the mean', 'Balanced (suggested)'])
  }, 120_000)

  test('optimisation: findings come to the total of the recommendations', async () => {
    const found = await lines('optimisation', '--currency', 'USD')
    const { out: text } = await runCommand(['recommend', '--json', '--config', config], data)
    const totals = (JSON.parse(text) as { meta: { totals: Readonly<Record<string, string>>[] } }).meta.totals
    const should = totals.find((row) => row['currency'] === 'USD')?.['cash_saving_month'] ?? ''
    const saves = found.filter(({ metric }) => metric === 'recommendations.saving')
    expect(Number(saves.find(({ dimension }) => dimension === 'Total')?.value)).toBe(Number(should))
    expect(found.find(({ metric }) => metric === 'opt.potential')?.value).toBe(should)
  }, 120_000)

  test('tags and a team, in the forms that people read', async () => {
    for (const name of ['tags.html', 'tags.md']) expect((await report('tags', '--out', out(name))).code).toBe(0)
    expect((await report('team', '--team', 'Data', '--out', out('team.html'))).code).toBe(0)
    expect(readFileSync(out('team.html'), 'utf8')).toContain('Team cost report: data')
    expect(readFileSync(out('tags.md'), 'utf8')).toMatch(/^# Tag coverage report$/m)
  }, 120_000)

  test('the state of an earlier instant is refused where nothing had landed', async () => {
    await expect(report('tags', '--out', out('old.html'), '--as-of', '2020-01-01')).rejects.toThrow(
      'nothing had landed yet',
    )
    expect(existsSync(out('old.html'))).toBe(false)
  })

  test('an empty lake is refused with what to do, and nothing is written', async () => {
    const nothing = join(folder, 'nothing')
    await expect(runCommand(['report', 'tags', '--out', out('none.pdf')], nothing)).rejects.toThrow(
      'nothing has been imported',
    )
    expect(existsSync(out('none.pdf'))).toBe(false)
  })

  test.each([
    [['executive'], 'where should the report go'],
    [['executive', '--out', 'report.docx'], 'a report is no .docx file'],
    [['executive', '--out', '/no/such/folder/report.pdf'], 'there is no folder'],
    [['monthly', '--out', 'report.pdf'], 'there is no report monthly'],
    [['tags', '--out', 'report.pdf', '--period', '2026-01'], '2026-01 is not in the data'],
    [['deliver'], 'no report is scheduled'],
  ])('report %j is refused: %s', async (args, words) => {
    await expect(report(...args)).rejects.toThrow(words)
  })
})
