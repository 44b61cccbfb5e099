import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeReport } from '../../src/report/make.ts'
import { reportKinds } from '../../src/report/names.ts'
import { renderReport } from '../../src/report/render.ts'
import { apiOver, warehouseFile } from '../support/api.ts'
import type { Estate } from '../support/rows.ts'
import { monthsOf, pagesOf, sourceOf } from './source.ts'

let api: Awaited<ReturnType<typeof apiOver>>
let estate: Estate

beforeAll(async () => {
  const rows = monthsOf('pay', ['100', '120'])
  const made = await sourceOf(rows)
  estate = made.estate
  api = await apiOver(await warehouseFile(rows), {
    reports: {
      kinds: reportKinds,
      async make({ format, as_of: _, state: __, ...ask }) {
        const document = await makeReport(made.source, ask)
        return { document, body: format === 'json' ? null : await renderReport(document, format) }
      },
    },
  })
}, 60_000)
afterAll(() => {
  estate.warehouse.close()
  api.context.close()
})

test('a report is sent in the form that Accept or format asks for', async () => {
  const path = '/api/v1/reports/executive'
  const json = (await (await api.get(path)).json()) as Record<string, unknown>
  expect(json).toMatchObject({ schema: 'costwright-report/1', kind: 'executive', currency: 'USD' })
  const pdf = await api.get(path, { accept: 'application/pdf' })
  expect(pdf.headers.get('content-type')).toBe('application/pdf')
  expect(pdf.headers.get('content-disposition')).toBe('inline; filename="costwright-executive-2026-10-USD.pdf"')
  expect(pagesOf(Buffer.from(await pdf.arrayBuffer()))).toBe(1)
  expect((await api.get(`${path}?format=csv`)).headers.get('content-type')).toBe('text/csv; charset=utf-8')
  expect((await api.get(path, { accept: 'text/markdown' })).headers.get('content-type')).toContain('text/markdown')
  const again = await api.get(`${path}?format=csv`, {
    'if-none-match': (await api.get(`${path}?format=csv`)).headers.get('etag') ?? '',
  })
  expect(again.status).toBe(304)
})

test('as HTML it may have its styles and nothing else; the pages keep their policy', async () => {
  const html = await api.get('/api/v1/reports/tags', { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' })
  expect(html.headers.get('content-security-policy')).toBe(
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox",
  )
  expect(html.headers.get('x-content-type-options')).toBe('nosniff')
  expect((await api.get('/')).headers.get('content-security-policy')).toContain('sha256-')
})

test.each([
  ['/api/v1/reports/weekly', 404, 'executive, commitments, optimisation, tags, team'],
  ['/api/v1/reports/team', 400, 'which team'],
  ['/api/v1/reports/team?team=nobody', 400, 'there is no team nobody'],
  ['/api/v1/reports/tags?period=2020-01', 400, 'is not in the data'],
  ['/api/v1/reports/tags?periode=2026-10', 400, 'period, currency, team, as_of, format'],
  ['/api/v1/reports/tags?format=docx', 400, 'json, pdf, html, md, csv'],
  ['/api/v1/reports/tags?period=2026-10&period=2026-09', 400, 'given 2 times'],
])('%s is answered %i with the remedy', async (path, status, words) => {
  const answer = await api.get(path)
  expect(answer.status).toBe(status)
  expect(JSON.stringify(await answer.json())).toContain(words)
})

test('a form that no report has is not acceptable', async () => {
  expect((await api.get('/api/v1/reports/tags', { accept: 'image/png' })).status).toBe(406)
})

test('without an engine for reports, or without data, there is none', async () => {
  const bare = await apiOver(null)
  expect((await bare.get('/api/v1/reports/tags')).status).toBe(404)
  expect(((await (await bare.get('/api/v1/reports')).json()) as { reports: unknown[] }).reports).toHaveLength(5)
  bare.context.close()
})
