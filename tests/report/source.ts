import { loadCatalog } from '../../src/catalog/catalog.ts'
import { runQuery } from '../../src/catalog/run.ts'
import { labResults } from '../../src/commit/lab.ts'
import { readLake } from '../../src/lake-state.ts'
import { funnelOf } from '../../src/recommend/funnel.ts'
import { recommend } from '../../src/recommend/recommend.ts'
import { chooseRules, loadRules } from '../../src/recommend/rules.ts'
import type { ReportSource } from '../../src/report/source.ts'
import type { Warehouse } from '../../src/warehouse/warehouse.ts'
import { lakeTables } from '../support/api.ts'
import { type Estate, type EstateOptions, estateOf, type Row } from '../support/rows.ts'

const catalog = loadCatalog()
const now = new Date('2026-11-03T00:00:00Z')

/** What a report reads, over these charges; both sources are complete through October 2026 unless `setup` says otherwise. */
export async function sourceOf(
  rows: readonly Row[],
  { setup = '', ...options }: EstateOptions & Partial<Pick<ReportSource, 'savings' | 'usefulness' | 'incidents'>> = {},
): Promise<{ readonly source: ReportSource; readonly estate: Estate }> {
  const estate = await estateOf(rows, { ...options, setup: `${lakeTables}${setup}` })
  return { estate, source: await over(estate.warehouse, options) }
}

async function over(
  warehouse: Warehouse,
  given: Partial<Pick<ReportSource, 'savings' | 'usefulness' | 'incidents'>>,
): Promise<ReportSource> {
  const { savings = [], incidents = [], usefulness = { told: 0, judged: 0, actionable: 0, share: null } } = given
  return {
    ...{ savings, incidents, usefulness, now },
    lake: await readLake(warehouse),
    data_version: 'state1',
    as_of: null,
    teams: null,
    rows: async (name, params) => (await runQuery(warehouse, catalog, name, params)).rows,
    forecasts: [],
    funnel: async () => (await funnelOf(warehouse, savings)).rows,
    recommendations: () => recommend(warehouse, { rules: chooseRules(loadRules(), []), now, decisions: [] }),
    purchases: () => labResults(warehouse, { now, months: 1 }),
  }
}

/** Daily usage of a team in September and October 2026. */
export function monthsOf(team: string, costs: readonly [string, string], more: Row = {}): Row[] {
  return (['09', '10'] as const).map((month, index) => ({
    ChargePeriodStart: `2026-${month}-05T00:00:00Z`,
    BilledCost: costs[index],
    ResourceId: `${team}-1`,
    ResourceType: 'Instance',
    PricingQuantity: costs[index],
    PricingUnit: 'Hours',
    SkuId: 'sku',
    Tags: { team, product: 'shop', environment: 'prod' },
    ...more,
  }))
}

/** Pages of a PDF: its page objects stand in the file as they are. */
export function pagesOf(pdf: Buffer): number {
  return pdf.toString('latin1').match(/\/Type \/Page\b/g)?.length ?? 0
}
