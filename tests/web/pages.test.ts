import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { apiOver, warehouseFile } from '../support/api.ts'

const usage = { ResourceId: 'r1', Tags: { team: 'core', product: 'app', environment: 'prod' } }
const rows = [
  { ...usage, ChargePeriodStart: '2026-09-03T00:00:00Z', BilledCost: '1234.56' },
  { ...usage, ChargePeriodStart: '2026-10-03T00:00:00Z', BilledCost: '2000.5' },
  { ResourceId: 'r2', ChargePeriodStart: '2026-10-03T00:00:00Z', BilledCost: '999.75' },
  {
    ChargePeriodStart: '2026-10-04T00:00:00Z',
    BilledCost: '77',
    BillingCurrency: 'EUR',
    ServiceProviderName: '<b>SaaS</b>',
  },
]
const setup = `
  insert into budgets values ('Core', 'team', 'core', '2026-10', 1900, 'USD', 'accrual', 5, 10, 0);
  insert into business_metrics select date '2026-10-01' + i::int, 'requests', 'requests', map {}, 100, 'm' from range(31) t(i);`

let api: Awaited<ReturnType<typeof apiOver>>
const text = async (path: string) => (await (await api.get(path)).text()).replaceAll('\u00a0', ' ')

beforeAll(async () => {
  api = await apiOver(await warehouseFile(rows, 'state1', setup))
})
afterAll(() => api.context.close())

describe('the overview', () => {
  it('shows the newest complete month in the main currency and never the sum of two', async () => {
    const page = await text('/?month=2026-10&currency=USD')
    expect(page).toContain('Cloud costs: Oct 2026, USD')
    expect(page).toContain('USD 3,000')
    expect(page).not.toContain('3,077')
    expect(page).toContain('2 currencies')
  })

  it('shows the other currency on its own', async () => {
    const page = await text('/?currency=EUR')
    expect(page).toContain('EUR 77')
    expect(page).not.toContain('USD 2,000')
  })

  it('answers all four questions with figure, target and status in words', async () => {
    const page = await text('/?month=2026-10&currency=USD')
    for (const heading of ['Tag coverage', 'Unit cost', 'Spend against budget', 'Commitment use'])
      expect(page).toContain(heading)
    expect(page).toMatch(/Target &gt; 95 %/)
    expect(page).toContain('Warning')
    expect(page).toContain('no commitment')
    expect(page).toContain('Not computable')
  })

  it('says when a delivery differs from what is stored, to the last digit', async () => {
    const page = await text('/')
    expect(page).toContain('Differs')
    expect(page).toContain('USD 0.01')
  })

  it('loads nothing, runs no script and escapes names', async () => {
    const page = await text('/?currency=EUR')
    expect(page).not.toMatch(/<script|src=|https?:\/\/|@import|url\(/)
    expect(page).not.toContain('<b>SaaS')
    expect(page).not.toMatch(/style="/)
  })

  it('has landmarks, captions and text for charts', async () => {
    const page = await text('/')
    for (const part of ['<html lang="en">', '<main', '<nav', '<header', '<footer']) expect(page).toContain(part)
    expect(page.match(/<table/g)?.length).toBe(page.match(/<caption/g)?.length)
    for (const svg of page.match(/<svg[^>]*>/g) ?? []) expect(svg).toMatch(/role="img" aria-label="[^"]+"/)
  })
})

describe('the question pages', () => {
  it('lists every query', async () => {
    const page = await text('/queries')
    for (const name of ['tag_coverage', 'unit_cost', 'spend_variance', 'commitment_utilization'])
      expect(page).toContain(`href="/queries/${name}"`)
  })

  it('asks with the given parameters and links to the data', async () => {
    const page = await text('/queries/cost_explorer?group_by=provider')
    expect(page).toContain('<option selected>provider</option>')
    expect(page).toContain('/api/v1/queries/cost_explorer?group_by=provider&amp;format=csv')
    expect(page).toContain('4234.81')
  })

  it('asks for a missing parameter instead of failing', async () => {
    const response = await api.get('/queries/unit_cost')
    expect(response.status).toBe(200)
    expect(await response.text()).toContain('metric: is required')
  })
})
