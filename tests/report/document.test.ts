import { beforeAll, describe, expect, test } from 'vitest'
import { UserError } from '../../src/errors.ts'
import type { IssuedScope, StoredForecast } from '../../src/forecast/issued.ts'
import type { Chart, Part, ReportDocument, Table, Tile } from '../../src/report/document.ts'
import { partsOf } from '../../src/report/document.ts'
import { makeReport } from '../../src/report/make.ts'
import { formatOfFile, kindOf, reportFormats, reportKinds } from '../../src/report/names.ts'
import { renderReport } from '../../src/report/render.ts'
import type { ReportSource } from '../../src/report/source.ts'
import { palette } from '../../src/web/palette.ts'
import { style } from '../../src/web/style.ts'
import type { Estate, Row } from '../support/rows.ts'
import { monthsOf, pagesOf, sourceOf } from './source.ts'

const script = '<script>alert(1)</script>'
const formula = '=cmd|calc!A1'
const long = `${'a-very-long-name-'.repeat(20)}end`

const budgets = `
  insert into kpi_targets values ('alert.actionable', '>', 0.8, 0.7, 'charter'),
    ('budget.forecast_variance_pct', 'abs<=', 5, 10, 'project default');
  insert into budgets (budget, dimension, value, month, amount, currency, ledger) values
    ('all', 'total', null, '2026-10', 180, 'USD', 'accrual'), ('pay', 'team', 'pay', '2026-10', 100, 'USD', 'accrual');
  insert into business_metrics (metric, metric_date, unit, value) values
    ('orders', '2026-09-01', 'orders', 100), ('orders', '2026-10-01', 'orders', 120);`

let source: ReportSource
let estate: Estate
let executive: ReportDocument

beforeAll(async () => {
  const made = await sourceOf(
    [
      ...monthsOf('pay', ['100.10', '120.40']),
      ...monthsOf(script, ['40', '30.05'], { ServiceName: formula }),
      ...monthsOf(long, ['10', '20'], { Tags: { team: long }, ServiceName: long }),
      ...monthsOf('pay', ['7', '9'], { BillingCurrency: 'EUR' }),
    ],
    { setup: budgets, usefulness: { told: 20, judged: 12, actionable: 9, share: 0.75 } },
  )
  source = made.source
  estate = made.estate
  executive = await makeReport(source, { kind: 'executive' })
}, 60_000)

const part = <Type extends Part['type']>(document: ReportDocument, type: Type, id: string) => {
  const found = partsOf(document).find(
    ({ part: one }) => one.type === type && (one.type === 'tile' ? one.metric : one.id) === id,
  )?.part
  if (!found) throw new Error(`no ${type} ${id}`)
  return found as Extract<Part, { type: Type }>
}
const tile = (id: string): Tile => part(executive, 'tile', id)
const table = (id: string): Table => part(executive, 'table', id)
const column = (found: Table, id: string, kind?: string) => {
  const at = found.columns.findIndex((one) => one.id === id)
  return found.rows.filter((row) => row.kind === kind).map((row) => row.cells[at] ?? null)
}

describe('the executive report', () => {
  test('is of the newest complete month and the currency with most charges, and names the others', () => {
    expect(executive).toMatchObject({
      period: { month: '2026-10', is_complete: true },
      currency: 'USD',
      other_currencies: ['EUR'],
      complete_through: '2026-09-30T00:00:00Z',
      pages: 1,
    })
  })

  test('has the figures of the catalogue, with status against the targets', async () => {
    const [row] = (await estate.run('spend_variance', { dimension: 'total', start_month: '2026-10' })).filter(
      (one) => one['budget'] === 'all',
    )
    expect(row?.['actual']).toBe('170.450000000000000')
    expect(tile('budget.variance_pct')).toMatchObject({ value: String(row?.['variance_pct']), status: 'near' })
    expect(tile('alert.actionable')).toMatchObject({ value: '0.75', status: 'near', target: '> 70–80\u00a0%' })
    expect(tile('unit.trend')).toMatchObject({ shown: '1 of 1', status: 'met' })
    expect(tile('alloc.coverage').value).toBe('1')
    expect(tile('rate.utilisation')).toMatchObject({ value: null, status: 'not_computable' })
    expect(tile('budget.landing')).toMatchObject({
      value: null,
      reason: expect.stringContaining('costwright forecast'),
    })
  })

  test('has rows that add up to the spend, by team, by product and by service', async () => {
    for (const [id, name] of [
      ['by_team', 'actual'],
      ['by_product', 'actual'],
      ['movers', 'cost'],
    ] as const) {
      const units = (text: string | null) => BigInt((text ?? '0').replace('.', '').padEnd(1, '0'))
      const rows = [...column(table(id), name), ...column(table(id), name, 'others')]
      expect(rows.reduce((sum, one) => sum + units(one), 0n)).toBe(units('170.450000000000000'))
      expect(column(table(id), name, 'total')[0] ?? rows[0]).toBe('170.450000000000000')
    }
  })

  test('says of every part what it is based on', () => {
    for (const { part: one } of partsOf(executive)) if (one.type !== 'notes') expect(one.basis).not.toBe('')
  })

  test('draws a bridge whose steps lead from the month before to this one', () => {
    const bridge: Chart = part(executive, 'chart', 'bridge')
    const values = bridge.series[0]?.values.map(Number) ?? []
    const steps = values.slice(1, -1).reduce((sum, one) => sum + one, 0)
    expect((values[0] ?? 0) + steps).toBeCloseTo(values.at(-1) ?? 0, 9)
  })
})

describe('every report in every form', () => {
  const documents = new Map<string, ReportDocument>()
  beforeAll(async () => {
    for (const kind of reportKinds)
      documents.set(kind, await makeReport(source, { kind, ...(kind === 'team' && { team: 'PAY' }) }))
  }, 60_000)

  test.each(reportKinds)('%s is made, and says its month, currency and freshness', async (kind) => {
    const document = documents.get(kind) as ReportDocument
    for (const format of reportFormats) {
      const bytes = await renderReport(document, format)
      if (format === 'pdf') expect(bytes.subarray(0, 5).toString()).toBe('%PDF-')
      else if (format === 'csv') expect(bytes.toString()).toContain(',USD,2026-10,2026-09-30T00:00:00Z')
      else
        expect(bytes.toString()).toContain(
          'Data complete through 30 Sep 2026, 00:00 UTC. Not every source is complete for Oct 2026.',
        )
    }
  })

  test.each(reportKinds)('%s as HTML runs nothing and loads nothing, also in e-mail', async (kind) => {
    const { renderHtml } = await import('../../src/report/html.ts')
    for (const forMail of [false, true]) {
      const html = await renderHtml(documents.get(kind) as ReportDocument, { forMail })
      expect(html).not.toMatch(/<script|<link|<img|<iframe|javascript:|@import|\bon\w+="/i)
      expect(html.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:|url\((?!#)/)
      expect(html.includes('<svg')).toBe(!forMail && html.includes('role="img"'))
    }
  })

  test('names out of bills are text in each of them', async () => {
    const document = documents.get('executive') as ReportDocument
    const html = (await renderReport(document, 'html')).toString()
    expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;')
    const csv = (await renderReport(document, 'csv')).toString()
    expect(csv).toContain(`,'${formula},`)
    expect(csv).not.toMatch(/(^|,)=/m)
    const markdown = (await renderReport(document, 'md')).toString()
    expect(markdown).toContain('\\<script\\>alert(1)\\</script\\>')
  })

  test('the same document gives the same bytes', async () => {
    for (const format of reportFormats) {
      const document = documents.get('executive') as ReportDocument
      expect((await renderReport(document, format)).equals(await renderReport(document, format))).toBe(true)
    }
  })
})

describe('the executive PDF is one page', () => {
  const onePage = async (rows: readonly Row[], setup = '') => {
    const { source: other, estate: made } = await sourceOf(rows, { setup })
    const document = await makeReport(other, { kind: 'executive' })
    const pages = pagesOf(await renderReport(document, 'pdf'))
    made.warehouse.close()
    return pages
  }

  test('on ordinary data, and in the other currency', async () => {
    expect(pagesOf(await renderReport(executive, 'pdf'))).toBe(1)
    const euros = await makeReport(source, { kind: 'executive', currency: 'eur' })
    expect(euros).toMatchObject({ currency: 'EUR', other_currencies: ['USD'] })
    expect(pagesOf(await renderReport(euros, 'pdf'))).toBe(1)
  })

  test('with sixty teams of endless names, budgets for each, many metrics and amounts of fifteen digits', async () => {
    const name = (n: number) => `${'Wörter und W'.repeat(25)} ${n}`
    const rows = Array.from({ length: 60 }, (_, n) =>
      monthsOf(name(n), ['123456789012345.67', `${900_000_000_000_000 + n}.12`], {
        ServiceName: name(n),
        Tags: { team: name(n), product: name(n) },
        BillingCurrency: n === 0 ? 'EUR' : 'USD',
      }),
    ).flat()
    const plans = rows.map(
      (_, n) => `insert into budgets (budget, dimension, value, month, amount, currency, ledger) values
        ('b${n}', '${n % 2 ? 'team' : 'product'}', '${name(n >> 1)}', '2026-10', 5, 'USD', 'accrual');`,
    )
    const metrics = Array.from(
      { length: 8 },
      (_, n) => `insert into business_metrics (metric, metric_date, unit, value) values
        ('${'metric '.repeat(9)}${n}', '2026-09-01', 'x', ${n + 1}), ('${'metric '.repeat(9)}${n}', '2026-10-01', 'x', 7);`,
    )
    expect(await onePage(rows, [...plans, ...metrics].join('\n'))).toBe(1)
  }, 60_000)

  test('of a month without charges between others', async () => {
    const charge = (month: string) => ({ ChargePeriodStart: `2026-${month}-05T00:00:00Z`, BilledCost: '5' })
    const { source: gap, estate: made } = await sourceOf([charge('08'), charge('10')])
    for (const kind of reportKinds.filter((one) => one !== 'team')) {
      const document = await makeReport(gap, { kind, month: '2026-09' })
      expect(document.period).toMatchObject({ month: '2026-09', is_complete: true })
      const pages = pagesOf(await renderReport(document, 'pdf'))
      expect(kind === 'executive' ? pages === 1 : pages >= 1).toBe(true)
    }
    made.warehouse.close()
  })

  test('with one charge in one month, with a refund month, and with a currency without cents', async () => {
    const one = { ChargePeriodStart: '2026-10-05T00:00:00Z', BilledCost: '1' }
    expect(await onePage([one])).toBe(1)
    expect(
      await onePage([
        { ...one, BilledCost: '-5000' },
        { ...one, ChargePeriodStart: '2026-09-05T00:00:00Z' },
      ]),
    ).toBe(1)
    expect(await onePage([{ ...one, BillingCurrency: 'JPY', BilledCost: '0' }])).toBe(1)
  })
})

describe('landing', () => {
  const band = { point: 300, lo80: 280, hi80: 330, lo95: 250, hi95: 360 }
  const scope = (given: Partial<IssuedScope>): IssuedScope => ({
    ...{
      level: 'total',
      scope: {},
      account_name: null,
      state: 'ok',
      reason: null,
      method: 'mean',
      month_to_date: '170.45',
    },
    ...{ month_end: band, next_quarter: band, year: { closed: '1000', landing: 2100 }, budgets: [] },
    ...given,
  })
  const budget = { budget: 'all', amount: '280', variance: 20, variance_pct: 7.142857, overrun: null }
  const issued = (scopes: readonly IssuedScope[], month = '2026-10'): StoredForecast => ({
    ...{ id: 'f', issued_at: '2026-11-01T00:00:00Z', schema: 'costwright-issued-forecast/1', origin: '2026-10-20' },
    ...{
      currency: 'USD',
      ledger: 'accrual',
      vintage: 'as_issued',
      complete_through: '2026-10-20',
      data_version: 'state1',
    },
    month: { start: `${month}-01`, end: '2026-11-01' },
    quarter: { start: '2027-01-01', end: '2027-04-01' },
    ...{ events: [], record: [], forecasts: scopes },
  })
  const tileOf = async (from: ReportSource, ask: Partial<Parameters<typeof makeReport>[1]> = {}) => {
    const document = await makeReport(from, { kind: 'executive', ...ask })
    return { landing: part(document, 'tile', 'budget.landing'), teams: part(document, 'table', 'by_team'), document }
  }

  test('of the month in flight has its band and stands against its budget, for each team as well', async () => {
    const team = scope({ level: 'team', scope: { team: 'pay' }, month_end: { ...band, point: 150 } })
    const inFlight: ReportSource = {
      ...source,
      forecasts: [issued([scope({ budgets: [budget] }), team])],
      rows: async (name, params) =>
        (await source.rows(name, params)).map((row) => (name === 'months' ? { ...row, is_complete: false } : row)),
    }
    const { landing, teams, document } = await tileOf(inFlight, { month: '2026-10' })
    expect(landing).toMatchObject({ value: '300.00', status: 'near', label: 'Landing Oct 2026' })
    expect(landing.detail).toBe('80 %: USD\u00a0280 to USD\u00a0330; +7.1\u00a0% of budget')
    expect(teams.columns.map(({ head }) => head)).toContain('Lands')
    expect(column(teams, 'landing')[0]).toBe('150.00')
    expect(column(teams, 'landing', 'total')).toEqual(['300.00'])
    expect((await renderReport(document, 'md')).toString()).toContain('Oct 2026 (in flight), USD')
  })

  test('of a closed month is that of its year; of another year it is not known', async () => {
    const { landing } = await tileOf({ ...source, forecasts: [issued([scope({})])] })
    expect(landing).toMatchObject({ value: '2100.00', status: 'no_budget', label: 'Landing of 2026' })
    const other = await tileOf({ ...source, forecasts: [issued([scope({})], '2027-01')] })
    expect(other.landing).toMatchObject({ value: null, status: 'not_computable' })
    const late = await tileOf({ ...source, forecasts: [issued([scope({ year: null })])] })
    expect(late.landing).toMatchObject({ value: '300.00', label: 'Quarter from Jan 2027' })
  })
})

test('reports have the colours of the pages', () => {
  const colours = JSON.stringify(palette).match(/#[0-9a-f]{6}/g) ?? []
  const ofPages = style.replaceAll(/#([0-9a-f])([0-9a-f])([0-9a-f])\b/g, '#$1$1$2$2$3$3')
  expect(colours.filter((colour) => !ofPages.includes(colour))).toEqual([])
})

describe('what cannot be reported', () => {
  const refused = async (ask: Parameters<typeof makeReport>[1], from = source) => {
    const error = await makeReport(from, ask).catch((cause: unknown) => cause)
    expect(error).toBeInstanceOf(UserError)
    return `${(error as UserError).message} ${(error as UserError).hint}`
  }

  test('names what is there instead', async () => {
    expect(await refused({ kind: 'executive', month: '2026-13' })).toContain('Write 2026-03')
    expect(await refused({ kind: 'executive', month: '2025-01' })).toContain('2026-09 to 2026-10')
    expect(await refused({ kind: 'executive', currency: 'GBP' })).toContain('USD, EUR')
    expect(await refused({ kind: 'team' })).toContain('--team')
    expect(await refused({ kind: 'team', team: 'nobody' })).toContain('pay')
    expect(() => kindOf('weekly')).toThrow('there is no report weekly')
    expect(() => formatOfFile('a/report.docx')).toThrow('a report is no .docx file')
    expect(() => formatOfFile('report')).toThrow('a report is no file without an ending')
    expect(formatOfFile('REPORT.PDF')).toBe('pdf')
  })

  test('is an empty lake, which says so', async () => {
    const { source: empty, estate: made } = await sourceOf([])
    expect(await refused({ kind: 'executive' }, empty)).toContain('costwright import')
    made.warehouse.close()
  })
})
