import { mkdtempSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createBusinessMetrics } from '../../src/collectors/usage/business-metrics.ts'
import { parseConfig } from '../../src/config.ts'
import { buildWarehouse } from '../../src/pipeline/build.ts'
import { openDuckDb } from '../../src/warehouse/duckdb.ts'
import { startServer } from '../fakes/fault-server.ts'
import { type FakePrometheus, startPrometheus } from '../fakes/prometheus.ts'
import { type TestLake, testLake } from '../support/lake.ts'
import type { Row } from '../support/rows.ts'
import { collectInto } from './collect-into.ts'
import { type TestContext, testContext } from './context.ts'

const source = (more: Row) => {
  const [config] = parseConfig({ sources: [{ name: 'usage', type: 'business_metrics', ...more }] }).sources
  if (config?.type !== 'business_metrics') throw new Error('not a source of business metrics')
  return config
}

let lake: TestLake
beforeEach(() => {
  lake = testLake()
})

async function metricRows(): Promise<Row[]> {
  const context = { layout: lake.layout, config: parseConfig({}), openWarehouse: openDuckDb, onProgress: () => {} }
  const warehouse = await openDuckDb({ path: (await buildWarehouse(context)).path, readOnly: true })
  const { rows } = await warehouse.query(`select metric_date::varchar as day, metric,
      array_to_string(list_transform(map_entries(dimensions), lambda d: d.key || '=' || d.value), ' ') as dimensions,
      rtrim(rtrim(value::varchar, '0'), '.') as value
    from business_metrics order by all`)
  warehouse.close()
  return [...rows]
}

describe('Prometheus', () => {
  let prometheus: FakePrometheus
  const promql = 'sum by (team) (increase(http_requests_total[1d]))'
  const notes: string[] = []
  const collect = (
    more: { now?: string; periods?: string[]; config?: Row; context?: TestContext; env?: Record<string, string> } = {},
  ) => {
    const now = more.now ?? '2026-03-20T06:00:00Z'
    const context = more.context ?? testContext({ now, attempts: 3, ...(more.env ? { env: more.env } : {}) })
    const config = source({
      prometheus: { url: prometheus.url, queries: { requests: promql }, days: 3, ...more.config },
    })
    const collector = createBusinessMetrics(config, { ...context, note: (text) => notes.push(text) })
    return collectInto(lake, collector, context, { now, ...(more.periods ? { periods: more.periods } : {}) })
  }
  beforeEach(async () => {
    notes.length = 0
    prometheus = await startPrometheus()
  })
  afterEach(() => prometheus.close())

  test('each day has the value at its end, labels are dimensions, and the day under way is left out', async () => {
    prometheus.set(
      promql,
      { __name__: 'x', team: 'Pay', 'data-center': 'eu' },
      {
        '2026-03-16': '1',
        '2026-03-17': '2',
        '2026-03-19': '9007199254740993.125',
        '2026-03-20': '5',
      },
    )
    expect(await collect()).toMatchObject({ status: 'collected', new_units: 1, problems: [] })
    expect(await metricRows()).toEqual([
      { day: '2026-03-17', metric: 'requests', dimensions: 'data_center=eu team=Pay', value: '2' },
      { day: '2026-03-19', metric: 'requests', dimensions: 'data_center=eu team=Pay', value: '9007199254740993.125' },
    ])
    expect(prometheus.requests.every(({ method }) => method === 'POST')).toBe(true)
  })

  test('a second collection on the same day fetches nothing; the next day brings its value and what was corrected', async () => {
    prometheus.set(promql, {}, { '2026-03-18': '1', '2026-03-19': '2' })
    await collect()
    expect(await collect({ now: '2026-03-20T23:00:00Z' })).toMatchObject({ status: 'nothing_new' })
    await prometheus.close()
    prometheus = await startPrometheus()
    prometheus.set(promql, {}, { '2026-03-18': '1', '2026-03-19': '2.5', '2026-03-20': '3' })
    expect(await collect({ now: '2026-03-21T00:00:01Z' })).toMatchObject({ status: 'collected' })
    expect((await metricRows()).map(({ day, value }) => [day, value])).toEqual([
      ['2026-03-18', '1'],
      ['2026-03-19', '2.5'],
      ['2026-03-20', '3'],
    ])
  })

  test('days that no collection asked for are made up for, and a month may be asked for by name', async () => {
    prometheus.set(
      promql,
      {},
      { '2026-02-01': '1', '2026-02-28': '2', '2026-03-01': '3', '2026-03-09': '4', '2026-03-19': '5' },
    )
    await collect({ now: '2026-03-02T00:00:00Z' })
    await collect()
    expect((await metricRows()).map(({ day }) => day)).toEqual(['2026-02-28', '2026-03-01', '2026-03-09', '2026-03-19'])
    expect(await collect({ periods: ['2026-02', '2026-04'] })).toMatchObject({ new_units: 1 })
    expect((await metricRows())[0]).toMatchObject({ day: '2026-02-01' })
  })

  test('another query under the same name is collected anew', async () => {
    prometheus.set(promql, {}, { '2026-03-19': '2' })
    prometheus.set('other', {}, { '2026-03-19': '7' })
    await collect()
    expect(await collect({ config: { queries: { requests: 'other' } } })).toMatchObject({ status: 'collected' })
    expect((await metricRows()).map(({ value }) => value)).toEqual(['7'])
  })

  test('values that are no numbers are unknown: left out, and said', async () => {
    prometheus.set(promql, { team: 'a' }, { '2026-03-17': 'NaN', '2026-03-18': '+Inf', '2026-03-19': '1.5e+06' })
    await collect()
    expect((await metricRows()).map(({ value }) => value)).toEqual(['1500000'])
    expect(notes).toEqual(['requests: 2 of 3 values are NaN or infinite: unknown, left out'])
  })

  test('a query without any series is collected as nothing, without a problem', async () => {
    expect(await collect()).toMatchObject({ status: 'collected', problems: [], deliveries: [] })
    expect(await collect()).toMatchObject({ status: 'nothing_new' })
  })

  test('throttling, outages and broken connections are mended within the run', async () => {
    prometheus.set(promql, {}, { '2026-03-19': '2' })
    const faults = [
      { kind: 'status', status: 429, headers: { 'retry-after': '7' } },
      { kind: 'status', status: 503, body: '{"status":"error","errorType":"timeout","error":"query timed out"}' },
      { kind: 'status', status: 500, body: '<html>oops</html>' },
      { kind: 'cut', after: 20 },
      { kind: 'truncated', by: 5 },
      { kind: 'reset' },
    ] as const
    prometheus.faults.next(...faults)
    const context = testContext({ attempts: 7 })
    expect(await collect({ context })).toMatchObject({ status: 'collected', problems: [] })
    expect(context.waits[0]).toBeGreaterThanOrEqual(7000)
    expect(context.waits).toHaveLength(faults.length)
    expect((await metricRows()).map(({ value }) => value)).toEqual(['2'])
  })

  test.each([
    [{ body: '{"status":"error","errorType":"execution","error":"too many samples"}' }, /execution: too many samples/],
    [{ status: 422, body: '{"status":"error","errorType":"execution","error":"too many samples"}' }, /422.*too many/],
    [{ status: 400, body: '{"status":"error","errorType":"bad_data","error":"parse error"}' }, /400.*parse error/],
    [{ body: '<html><form>log in</form></html>', type: 'text/html' }, /page instead of JSON/],
    [{ body: '{"status":"success","data":{"resultType":"scalar","result":[1,"2"]}}' }, /no matrix/],
    [{ body: '{}' }, /no status/],
    [{ status: 302, body: '' }, /redirects instead of answering/],
    [{ status: 404, body: 'not found' }, /is not there \(404\)/],
    [{ status: 403, body: 'no' }, /403/],
  ])('an answer that cannot be used fails the run at once and changes nothing: %j', async (answer, message) => {
    prometheus.set(promql, {}, { '2026-03-18': '1' })
    await collect({ now: '2026-03-19T06:00:00Z' })
    prometheus.answerWith(answer)
    const before = prometheus.requests.length
    const run = await collect()
    expect(run.status).toBe('failed')
    expect(run.problems.join()).toMatch(message)
    expect(prometheus.requests.length).toBe(before + 1)
    expect((await metricRows()).map(({ value }) => value)).toEqual(['1'])
    prometheus.answerWith(null)
    prometheus.set(promql, {}, { '2026-03-19': '2' })
    expect(await collect()).toMatchObject({ status: 'collected', problems: [] })
    expect((await metricRows()).map(({ value }) => value)).toEqual(['1', '2'])
  })

  test('one metric that fails stops no other', async () => {
    prometheus.set(promql, {}, { '2026-03-19': '2' })
    const run = await collect({ config: { queries: { requests: promql, broken: 'sum((' } } })
    expect(run).toMatchObject({ status: 'failed', new_units: 1 })
    expect(run.problems.join()).toMatch(/^broken\/3d: .*bad_data: parse error/)
  })

  test('the authorization comes from the environment and appears nowhere', async () => {
    prometheus.requireAuthorization('Bearer planted-secret')
    const config = { authorization_env: 'PROM_AUTH' }
    prometheus.set(promql, {}, { '2026-03-19': '2' })
    expect(await collect({ config, env: { PROM_AUTH: 'Bearer planted-secret' } })).toMatchObject({
      status: 'collected',
    })
    const refused = await collect({ config, env: { PROM_AUTH: 'Bearer planted-wrong' }, now: '2026-03-21T06:00:00Z' })
    expect(refused.status).toBe('failed')
    expect(JSON.stringify(refused)).not.toContain('planted')
    expect(() => collect({ config })).toThrow('the variable PROM_AUTH for Prometheus is not set')
  })

  test.each([
    ['ftp://prometheus', 'no http or https address'],
    ['http://user:planted@prometheus', 'holds a password'],
    ['https://prometheus?token=planted', 'or a query'],
  ])('the address %s is refused without saying its secrets', (url, message) => {
    const make = () => createBusinessMetrics(source({ prometheus: { url, queries: { a: 'b' } } }), testContext())
    expect(make).toThrow(message)
    expect(make).not.toThrow('planted')
  })

  test('authorization is not sent unencrypted into the network', () => {
    const prometheusConfig = { url: 'http://prometheus:9090', authorization_env: 'A', queries: { a: 'b' } }
    const context = testContext({ env: { A: 'Bearer x' } })
    expect(() => createBusinessMetrics(source({ prometheus: prometheusConfig }), context)).toThrow('unencrypted')
  })

  test('doctor tries each query and says what is missing', async () => {
    const config = source({
      prometheus: {
        url: prometheus.url,
        queries: { requests: promql, broken: 'sum((' },
        authorization_env: 'PROM_AUTH',
      },
    })
    const probe = (value: string) => createBusinessMetrics(config, testContext({ env: { PROM_AUTH: value } })).probe()
    prometheus.requireAuthorization('Bearer right')
    expect(await probe('Bearer right')).toMatchObject([
      { check: `query requests of ${prometheus.url}`, ok: true, problem: null },
      { ok: false, problem: expect.stringContaining('parse error') },
    ])
    const [refused] = await probe('Bearer wrong')
    expect(refused).toMatchObject({ ok: false, problem: expect.stringContaining('401') })
    expect(refused?.remedy).toContain('PROM_AUTH')
  })
})

describe('files', () => {
  const csv = (value: string) => `date,metric,team,value\n2026-03-01,requests,pay,${value}\n`
  const collect = (files: readonly string[]) => {
    const context = testContext({ attempts: 3 })
    return collectInto(lake, createBusinessMetrics(source({ files }), context), context)
  }

  test('a file of this machine is collected once, and again when it has changed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'costwright-metrics-'))
    const path = join(folder, 'requests.csv')
    writeFileSync(path, csv('1'))
    expect(await collect([path])).toMatchObject({ status: 'collected', problems: [] })
    expect(await collect([path])).toMatchObject({ status: 'nothing_new' })
    writeFileSync(path, csv('2'))
    utimesSync(path, new Date('2026-03-02'), new Date('2026-03-02'))
    expect(await collect([path])).toMatchObject({ status: 'collected' })
    expect((await metricRows()).map(({ value }) => value)).toEqual(['2'])
  })

  test('an address is collected by its ETag; what it asks for is not shown', async () => {
    let content = csv('1')
    let etag = '"a"'
    const server = await startServer(({ query }) => ({
      headers: { etag },
      body: query.get('gid') === '2' ? csv('9').replace('pay', 'shop') : content,
    }))
    const urls = [`${server.url}/export?gid=1&sig=planted`, `${server.url}/export?gid=2&sig=planted`]
    server.faults.when(({ method }) => method === 'GET', { kind: 'cut', after: 30 })
    const first = await collect(urls)
    expect(first).toMatchObject({ status: 'collected', new_units: 2, problems: [] })
    expect(JSON.stringify(first)).not.toContain('planted')
    expect(await collect(urls)).toMatchObject({ status: 'nothing_new' })
    content = csv('3')
    etag = '"b"'
    await collect(urls)
    expect((await metricRows()).map(({ dimensions, value }) => [dimensions, value])).toEqual([
      ['team=pay', '3'],
      ['team=shop', '9'],
    ])
    await server.close()
  })

  test('a file that is not there fails the run and says which', async () => {
    const run = await collect(['/no/such/metrics.csv'])
    expect(run).toMatchObject({ status: 'failed' })
    expect(run.problems.join()).toContain('/no/such/metrics.csv is not there')
  })
})

describe('a select over the warehouse', () => {
  const sql = `select metric_date, metric, value, dimensions, 'shop' as product from landed`
  const collect = async (rows: string, text = sql) => {
    const warehouse = await openDuckDb({ path: ':memory:' })
    await warehouse.exec(`create table landed as ${rows}`)
    const context = { ...testContext(), query: async (asked: string) => (await warehouse.query(asked)).rows }
    return collectInto(lake, createBusinessMetrics(source({ sql: text }), context), context)
  }
  const one = (value: string) =>
    `select date '2026-03-01' as metric_date, 'orders' as metric, ${value} as value, map {'team': 'pay'} as dimensions`

  test('its rows are the metrics, decimals exact, and the same rows are nothing new', async () => {
    const exact = '12345678901234567890.125::decimal(38, 3)'
    expect(await collect(one(exact))).toMatchObject({ status: 'collected', problems: [] })
    expect(await collect(one(exact))).toMatchObject({ status: 'nothing_new' })
    expect(await metricRows()).toEqual([
      { day: '2026-03-01', metric: 'orders', dimensions: 'product=shop team=pay', value: '12345678901234567890.125' },
    ])
    expect(await collect(one('7'))).toMatchObject({ status: 'collected' })
    expect((await metricRows()).map(({ value }) => value)).toEqual(['7'])
  })

  test('what it lacks, and what is wrong with it, is said', async () => {
    const lacking = await collect(one('1'), 'select metric, value as amount from landed')
    expect(lacking.problems.join()).toContain('gives no column metric_date, value')
    const wrong = await collect(one('1'), 'select nothing from landed')
    expect(wrong.status).toBe('failed')
    expect(wrong.problems.join()).toMatch(/"nothing" not found/)
    const unknown = await collect(`${one("'NaN'::double")} union all ${one('1')}`)
    expect(unknown.warnings.join()).toContain('1 of 2 values of the sql are no numbers')
  })
})
