import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Gone, type ObjectFile } from '../../src/collectors/collector.ts'
import { type FakeArm, plantedSignature, startArm } from '../fakes/arm.ts'
import { testLake } from '../support/lake.ts'
import { billed, collectInto } from './collect-into.ts'
import { testContext } from './context.ts'
import { collector, deliveryOf, failing, rowsOf, signal, subscription } from './cost-management-source.ts'

let arm: FakeArm
beforeEach(async () => {
  arm = await startArm()
})
afterEach(() => arm.close())

/** The file of actual cost and its manifest. */
async function details(context = testContext()): Promise<[ObjectFile, ObjectFile]> {
  const { files } = await deliveryOf(collector(arm, { collect: ['cost_details'] }, context), 'cost_details/2026-03')
  return files as unknown as [ObjectFile, ObjectFile]
}

async function textOf(file: ObjectFile, from = 0): Promise<string> {
  const { body } = await file.open(from, signal)
  const chunks: Buffer[] = []
  for await (const chunk of body) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

const header =
  'InvoiceSectionName,AccountName,SubscriptionId,SubscriptionName,ResourceGroup,Date,ProductName,MeterCategory,MeterId,MeterName,Quantity,EffectivePrice,CostInBillingCurrency,BillingCurrencyCode,ChargeType,PricingModel,ResourceId,ConsumedService,BillingAccountId,BillingPeriodStartDate,BillingPeriodEndDate'
const line = (cost: string, type = 'Usage', model = 'OnDemand') =>
  `S,A,${subscription},Prod,rg,03/02/2026,VM,Virtual Machines,m-1,D2,1,${cost},${cost},EUR,${type},${model},/subscriptions/${subscription}/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/vm,Microsoft.Compute,8611537,03/01/2026,03/31/2026`
const csvOf = (...lines: string[]) => `${[header, ...lines].join('\r\n')}\r\n`
const csv = (...costs: string[]) => csvOf(...costs.map((cost) => line(cost)))

describe('cost details', () => {
  beforeEach(() => {
    arm.azure.details.set('ActualCost/2026-03', [csv('1.10')])
    arm.azure.details.set('AmortizedCost/2026-03', [csv('2.20')])
  })

  test('a report is made when a file is opened, polled as slowly as Azure asks, and downloaded without the token', async () => {
    arm.azure.polls = { count: 9, retryAfter: '20' }
    const context = testContext()
    const [actual] = await details(context)
    expect(arm.requests).toEqual([])
    expect(await textOf(actual)).toBe(csv('1.10'))
    expect(context.waits).toEqual(Array.from({ length: 10 }, () => 20_000))
    expect(arm.posted('/generateCostDetailsReport')).toEqual([
      { metric: 'ActualCost', timePeriod: { start: '2026-03-01', end: '2026-03-20' } },
    ])
  })

  test('a broken download goes on within the same report', async () => {
    const [actual] = await details()
    await textOf(actual)
    const opened = await actual.open(40, signal)
    expect(opened).toMatchObject({ from: 40, bytes: csv('1.10').length })
    opened.body.destroy()
    expect(arm.posted('/generateCostDetailsReport')).toHaveLength(1)
  })

  test('links that have run out are replaced by a new report, read from its start', async () => {
    const clock = { now: new Date('2026-03-20T06:00:00Z') }
    const [actual] = await details({ ...testContext(), now: () => clock.now })
    await textOf(actual)
    clock.now = new Date('2026-03-20T11:58:00Z')
    const opened = await actual.open(40, signal)
    expect(opened.from).toBe(0)
    opened.body.destroy()
    expect(arm.posted('/generateCostDetailsReport')).toHaveLength(2)
  })

  test('a manifest says what the file is, of the same report', async () => {
    const [actual, manifest] = await details()
    const [, said] = await Promise.all([textOf(actual), textOf(manifest)])
    expect(JSON.parse(said)).toEqual({
      blobCount: 1,
      exportConfig: { type: 'ActualCost' },
      runInfo: { runId: 'report-1', submittedTime: '2026-03-20T06:00:00.000Z' },
      blobs: [{ blobName: 'actual-cost.csv', byteCount: csv('1.10').length }],
    })
    expect(arm.posted('/generateCostDetailsReport')).toHaveLength(1)
  })

  test('several files become one, with one header', async () => {
    arm.azure.details.set('ActualCost/2026-03', [csv('1').trimEnd(), csv('2', '3'), `${header}\r\n`, csv('4')])
    const [actual] = await details()
    expect((await textOf(actual)).split(/\r?\n/)).toEqual(csv('1', '2', '3', '4').split('\r\n'))
  })

  test('files with different columns are refused', async () => {
    arm.azure.details.set('ActualCost/2026-03', [csv('1'), 'a,b\n1,2\n'])
    const [actual] = await details()
    await expect(textOf(actual)).rejects.toThrow(/different columns/)
  })

  test('a report that vanished is Gone, and the next attempt makes a new one', async () => {
    const [actual] = await details()
    await textOf(actual)
    arm.faults.when(({ path }) => path.startsWith('/blobs/'), { kind: 'status', status: 404 })
    await expect(actual.open(0, signal)).rejects.toThrow(Gone)
    expect(await textOf(actual)).toBe(csv('1.10'))
    expect(arm.posted('/generateCostDetailsReport')).toHaveLength(2)
  })

  test.each([
    ['413', () => arm.faults.next(failing(413, 'PayloadTooLarge', 'too large'))],
    ['a failed report', () => (arm.azure.reportError = { code: 'BadRequest', message: 'Data exceeds the 2GB limit' })],
  ])('a month too large for a report (%s) leads to an export', async (_, arrange) => {
    arrange()
    const [actual] = await details()
    await expect(actual.open(0, signal)).rejects.toMatchObject({
      name: 'UserError',
      hint: expect.stringMatching(/daily FOCUS export/),
    })
  })

  test('both files are imported as one month with billed and effective cost', async () => {
    arm.azure.details.set('ActualCost/2026-03', [csvOf(line('1.10'), line('5', 'Purchase', 'Reservation'))])
    arm.azure.details.set('AmortizedCost/2026-03', [csvOf(line('1.10'), line('2.20', 'Usage', 'Reservation'))])
    const lake = testLake()
    const context = testContext()
    const config = { collect: ['cost_details'], look_back_months: 1 }
    arm.faults.when(({ path }) => path.startsWith('/blobs/'), { kind: 'cut', after: 100 }, 2)
    arm.faults.when(({ path }) => path.includes('costDetailsOperationResults'), { kind: 'reset' })
    const run = () => collectInto(lake, collector(arm, config, context), context, { periods: ['2026-03'] })
    const first = await run()
    expect(first.problems).toEqual([])
    expect(await billed(lake)).toEqual({ '2026-03': '6.1' })
    expect(await lake.rows('select sum("EffectiveCost")::varchar as cost from charges')).toEqual([
      { cost: expect.stringMatching(/^3\.30*$/) },
    ])
    const before = arm.requests.length
    expect((await run()).status).toBe('nothing_new')
    expect(arm.requests).toHaveLength(before)
  })

  test('a month without data fails nothing', async () => {
    arm.azure.details.clear()
    const lake = testLake()
    const context = testContext()
    const result = await collectInto(lake, collector(arm, { collect: ['cost_details'] }, context), context, {
      periods: ['2026-03'],
    })
    expect(result).toMatchObject({ status: 'collected', problems: [] })
    expect(result.warnings.join()).toMatch(/lists no file: an empty delivery/)
  })
})

describe('errors', () => {
  test.each([
    ['the report cannot be read', { kind: 'truncated', by: 30 } as const, 'costDetailsOperationResults'],
    ['storage refuses', { kind: 'status', status: 403, body: `sig=${plantedSignature}` } as const, '/blobs/'],
    ['storage is down', { kind: 'status', status: 500 } as const, '/blobs/'],
    ['storage breaks off', { kind: 'reset' } as const, '/blobs/'],
  ])('no signature shows when %s', async (_, fault, path) => {
    arm.azure.details.set('ActualCost/2026-03', [csv('1')])
    arm.faults.when((request) => request.path.includes(path), fault, 100)
    const context = testContext({ attempts: 2 })
    const [actual] = await details(context)
    const error = await context
      .retry('get', () => textOf(actual))
      .then(
        () => null,
        (thrown: unknown) => thrown,
      )
    expect(error).toBeInstanceOf(Error)
    const shown = `${inspect(error, { depth: 20, showHidden: true })} ${JSON.stringify(error)}`
    expect(shown).not.toContain(plantedSignature)
  })

  test.each([
    ['AuthorizationFailed', 403],
    ['RBACAccessDenied', 403],
    ['ExpiredAuthenticationToken', 401],
  ])('%s is not asked again', async (code, status) => {
    arm.faults.when(() => true, failing(status, code, 'no Bearer eyJhbGciOiJSUzI1NiJ9.planted.token'), 10)
    const error = await rowsOf(arm, 'alerts', { collect: ['alerts'] }).catch((thrown: Error) => thrown)
    expect(error).toMatchObject({ name: 'UpstreamError', message: expect.stringContaining(code) })
    expect((error as Error).message).not.toContain('planted')
    expect(arm.requests).toHaveLength(1)
  })

  test('a scope that is not there is named', async () => {
    arm.faults.next(failing(404, 'SubscriptionNotFound', 'not found'))
    await expect(rowsOf(arm, 'alerts', { collect: ['alerts'] })).rejects.toMatchObject({
      name: 'UserError',
      message: `azure: Azure finds nothing at scope subscriptions/${subscription} (SubscriptionNotFound)`,
    })
  })
})
