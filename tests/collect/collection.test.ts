import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { inboxOf } from '../../src/collect/collection.ts'
import {
  type Collector,
  Gone,
  type ObjectFile,
  type Plan,
  type RemoteDelivery,
} from '../../src/collectors/collector.ts'
import { billed, collectInto } from '../collectors/collect-into.ts'
import { testContext } from '../collectors/context.ts'
import { type TestLake, testLake } from '../support/lake.ts'

const header =
  'BillingAccountId,BillingPeriodStart,BillingPeriodEnd,ChargePeriodStart,ChargePeriodEnd,BillingCurrency,BilledCost,EffectiveCost,ListCost,ContractedCost,ChargeCategory,ChargeDescription,ServiceName,ProviderName'

function bill(month: string, ...amounts: string[]): Buffer {
  const start = `${month}-01T00:00:00Z`
  const end = new Date(Date.UTC(Number(month.slice(0, 4)), Number(month.slice(5)), 1)).toISOString().replace('.000', '')
  const lines = amounts.map(
    (amount, n) =>
      `acct,${start},${end},${start},${month}-02T00:00:00Z,USD,${amount},${amount},${amount},${amount},Usage,line ${n},Compute,Acme`,
  )
  return Buffer.from(`${[header, ...lines].join('\n')}\n`)
}

interface Behaviour {
  /** What `open` does instead of answering well; called with the number of the call, from 1. */
  open?(
    call: number,
    from: number,
    content: Buffer,
  ): { body: Readable; bytes?: number; version?: string; from?: number } | null
  checksum?: ObjectFile['checksum']
  version?: string | null
  bytes?: number | null
}

function object(name: string, content: Buffer, behaviour: Behaviour = {}): ObjectFile & { calls: number[] } {
  const calls: number[] = []
  const version = behaviour.version === undefined ? createHash('md5').update(content).digest('hex') : behaviour.version
  return {
    kind: 'object',
    name,
    bytes: behaviour.bytes === undefined ? content.length : behaviour.bytes,
    version,
    ...(behaviour.checksum && { checksum: behaviour.checksum }),
    calls,
    async open(from) {
      calls.push(from)
      const odd = behaviour.open?.(calls.length, from, content)
      return { bytes: content.length, version, from, ...(odd ?? { body: Readable.from([content.subarray(from)]) }) }
    },
  }
}

function delivery(
  unit: string,
  files: RemoteDelivery['files'],
  mark = 'one',
  period: string | null = null,
): RemoteDelivery {
  return { unit, mark, period, submitted: '', files }
}

function collectorOf(plan: () => Partial<Plan>): Collector & { plans: number } {
  const collector = {
    plans: 0,
    async plan() {
      collector.plans += 1
      return { deliveries: [], pending: [], warnings: [], ...plan() }
    },
    probe: async () => [],
  }
  return collector
}

async function run(lake: TestLake, collector: Collector, attempts?: number) {
  const context = testContext(attempts === undefined ? {} : { attempts })
  return { ...(await collectInto(lake, collector, context)), waits: context.waits }
}

const failing = (error: Error) =>
  new Readable({
    read() {
      this.destroy(error)
    },
  })

/** A stream that gives `head` and then breaks. */
const breaking = (head: Buffer) =>
  Readable.from(
    (async function* () {
      yield head
      throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' })
    })(),
  )

test('a download that breaks off goes on from the byte where it stopped', async () => {
  const lake = testLake()
  const file = object('a.csv', bill('2026-03', '1', '2'), {
    open: (call, from, content) => (call === 1 ? { body: breaking(content.subarray(from, 300)) } : null),
  })
  expect(
    await run(
      lake,
      collectorOf(() => ({ deliveries: [delivery('u', [file])] })),
    ),
  ).toMatchObject({ status: 'collected' })
  expect(file.calls).toEqual([0, 300])
  expect(await billed(lake)).toEqual({ '2026-03': '3' })
})

test('what an earlier process left unfinished is used, if it is of the same version', async () => {
  const lake = testLake()
  const content = bill('2026-03', '1', '2')
  const first = object('a.csv', content, {
    open: (_, from, all) => ({ body: breaking(from < 200 ? all.subarray(from, 200) : Buffer.alloc(0)) }),
  })
  expect(
    (
      await run(
        lake,
        collectorOf(() => ({ deliveries: [delivery('u', [first])] })),
        2,
      )
    ).status,
  ).toBe('failed')
  const second = object('a.csv', content)
  expect(
    (
      await run(
        lake,
        collectorOf(() => ({ deliveries: [delivery('u', [second])] })),
      )
    ).status,
  ).toBe('collected')
  expect(second.calls).toEqual([200])
  expect(await billed(lake)).toEqual({ '2026-03': '3' })
})

test('unfinished bytes of another version are thrown away, and those of a store without versions too', async () => {
  for (const version of ['other', null]) {
    const lake = testLake()
    const left = object('a.csv', bill('2026-03', '9', '9'), {
      version,
      open: (_, from, all) => ({ body: breaking(from < 200 ? all.subarray(from, 200) : Buffer.alloc(0)) }),
    })
    await run(
      lake,
      collectorOf(() => ({ deliveries: [delivery('u', [left])] })),
      2,
    )
    const now = object('a.csv', bill('2026-03', '1', '2'), version === null ? { version } : {})
    await run(
      lake,
      collectorOf(() => ({ deliveries: [delivery('u', [now])] })),
    )
    expect(now.calls).toEqual([0])
    expect(await billed(lake)).toEqual({ '2026-03': '3' })
  }
})

test('a server without ranges is asked for the whole again', async () => {
  const lake = testLake()
  const file = object('a.csv', bill('2026-03', '7'), {
    open: (call, _, content) =>
      call === 1 ? { body: breaking(content.subarray(0, 300)) } : { body: Readable.from([content]), from: 0 },
  })
  expect(
    (
      await run(
        lake,
        collectorOf(() => ({ deliveries: [delivery('u', [file])] })),
      )
    ).status,
  ).toBe('collected')
  expect(await billed(lake)).toEqual({ '2026-03': '7' })
})

test('an answer shorter than it should be is never taken for the file', async () => {
  const lake = testLake()
  const file = object('a.csv', bill('2026-03', '1', '2'), {
    open: (_, from, content) => ({ body: Readable.from([content.subarray(from, content.length - 60)]) }),
  })
  const result = await run(
    lake,
    collectorOf(() => ({ deliveries: [delivery('u', [file])] })),
    3,
  )
  expect(result.status).toBe('failed')
  expect(result.problems[0]).toMatch(/a\.csv.*ended after \d+ of \d+ bytes/)
  expect(await billed(lake)).toEqual({})
})

test('content that does not have its stated checksum is fetched again, then refused', async () => {
  const lake = testLake()
  const content = bill('2026-03', '1')
  const right = { algorithm: 'md5', base64: createHash('md5').update(content).digest('base64') } as const
  const spoilt = Buffer.from(content).fill('9', content.length - 8, content.length - 6)
  const once = object('a.csv', content, {
    checksum: right,
    open: (call) => (call === 1 ? { body: Readable.from([spoilt]) } : null),
  })
  expect(
    (
      await run(
        lake,
        collectorOf(() => ({ deliveries: [delivery('u', [once])] })),
      )
    ).status,
  ).toBe('collected')
  const always = object('b.csv', content, { checksum: right, open: () => ({ body: Readable.from([spoilt]) }) })
  const result = await run(
    lake,
    collectorOf(() => ({ deliveries: [delivery('v', [always])] })),
  )
  expect(result.problems).toEqual(['v: b.csv: its content does not have the md5 checksum that is stated for it'])
})

test('a delivery that changes while it is fetched is listed again', async () => {
  const lake = testLake()
  const gone = object('a.csv', bill('2026-03', '1'), {
    open: () => {
      throw new Gone('a.csv changed')
    },
  })
  const collector = collectorOf(() => ({
    deliveries: [
      collector.plans === 1
        ? delivery('u', [gone], 'one')
        : delivery('u', [object('a.csv', bill('2026-03', '2'))], 'two'),
    ],
  }))
  expect((await run(lake, collector)).status).toBe('collected')
  expect(await billed(lake)).toEqual({ '2026-03': '2' })
  expect(readdirSync(inboxOf(lake.layout, 'test'))).toEqual([])
})

test('one that changes again and again is given up and said', async () => {
  const lake = testLake()
  const collector = collectorOf(() => ({
    deliveries: [
      delivery('u', [
        object('a.csv', bill('2026-03', '1'), { open: () => ({ body: failing(new Gone('x')), version: 'another' }) }),
      ]),
    ],
  }))
  const result = await run(lake, collector)
  expect(result).toMatchObject({ status: 'failed' })
  expect(result.problems[0]).toMatch(/u: a\.csv changed after it was listed; it changed again each of 3 times/)
  expect(collector.plans).toBe(3)
})

test('a delivery being written fails a run that never had it, and only waits where an older one is held', async () => {
  const lake = testLake()
  const pending = [{ unit: 'u', reason: 'manifest is half written' }]
  const never = await run(
    lake,
    collectorOf(() => ({ pending })),
  )
  expect(never.status).toBe('waiting')
  expect(never.problems[0]).toMatch(/u is being written and was never collected: manifest is half written/)
  await run(
    lake,
    collectorOf(() => ({ deliveries: [delivery('u', [object('a.csv', bill('2026-03', '1'))])] })),
  )
  const later = await run(
    lake,
    collectorOf(() => ({ pending })),
  )
  expect(later).toMatchObject({ status: 'nothing_new', problems: [] })
  expect(later.warnings[0]).toMatch(/the delivery before it stays/)
})

test('a file that is refused leaves its unit uncollected and the others done', async () => {
  const lake = testLake()
  const plan = () => ({
    deliveries: [
      delivery('bad', [object('bad.csv', Buffer.from('nonsense,here\n1,2\n'))], 'one', '2026-03'),
      delivery('good', [object('good.csv', bill('2026-03', '4'))], 'one', '2026-03'),
    ],
  })
  const result = await run(lake, collectorOf(plan))
  expect(result).toMatchObject({ status: 'failed', new_units: 1 })
  expect(result.problems.join()).toMatch(/bad\.csv is no billing export/)
  expect(await billed(lake)).toEqual({ '2026-03': '4' })
  expect((await run(lake, collectorOf(plan))).status).toBe('failed')
})

test('a truncated gzip file is refused', async () => {
  const lake = testLake()
  const { gzipSync } = await import('node:zlib')
  const whole = gzipSync(bill('2026-03', '1', '2', '3'))
  const file = object('a.csv.gz', whole.subarray(0, whole.length - 20))
  const result = await run(
    lake,
    collectorOf(() => ({ deliveries: [delivery('u', [file])] })),
  )
  expect(result.status).toBe('failed')
  expect(result.problems.join()).toMatch(/a\.csv\.gz/)
  expect(await billed(lake)).toEqual({})
})

test('a name that leaves its folder is refused', async () => {
  for (const name of ['../evil.csv', 'a/../../evil.csv', '/etc/evil.csv', 'a\\b.csv', 'a//b.csv']) {
    const lake = testLake()
    const result = await run(
      lake,
      collectorOf(() => ({ deliveries: [delivery('u', [object(name, bill('2026-03', '1'))])] })),
    )
    expect(result.status).toBe('failed')
    expect(result.problems[0]).toMatch(/no path below its folder/)
  }
})

test('rows become NDJSON that is imported, and no rows at all become nothing', async () => {
  const lake = testLake()
  const rows = (values: readonly object[]): RemoteDelivery['files'] => [
    {
      kind: 'rows',
      name: 'metrics.ndjson.gz',
      rows: null,
      async *read() {
        yield* values as readonly Record<string, unknown>[]
      },
    },
  ]
  const full = await run(
    lake,
    collectorOf(() => ({
      deliveries: [delivery('m', rows([{ date: '2026-03-01', metric: 'orders', value: '12.50' }]))],
    })),
  )
  expect(full.deliveries[0]?.table).toEqual({ name: 'business_metrics', rows: 1 })
  const empty = await run(
    lake,
    collectorOf(() => ({ deliveries: [delivery('n', rows([]))] })),
  )
  expect(empty).toMatchObject({ status: 'collected', problems: [], deliveries: [] })
  expect(
    (
      await run(
        lake,
        collectorOf(() => ({ deliveries: [delivery('n', rows([]))] })),
      )
    ).status,
  ).toBe('nothing_new')
})

test('a delivery of a header and no rows, as a month begins, changes nothing and is no failure', async () => {
  const lake = testLake()
  const plan = (mark: string, content: Buffer) => () => ({
    deliveries: [delivery('u', [object('a.csv', content)], mark)],
  })
  const empty = Buffer.from(`${header}\n`)
  const first = await run(lake, collectorOf(plan('one', empty)))
  expect(first).toMatchObject({ status: 'collected', problems: [], deliveries: [] })
  expect(first.warnings.join()).toMatch(/a\.csv holds a header and no rows: nothing of it is counted/)
  expect((await run(lake, collectorOf(plan('one', empty)))).status).toBe('nothing_new')
  await run(lake, collectorOf(plan('two', bill('2026-03', '4', '-1.5'))))
  expect(await run(lake, collectorOf(plan('three', empty)))).toMatchObject({ problems: [] })
  expect(await billed(lake)).toEqual({ '2026-03': '2.5' })
})

test('a unit whose record left the journal is fetched again', async () => {
  const lake = testLake()
  const plan = () => ({ deliveries: [delivery('u', [object('a.csv', bill('2026-03', '1'))])] })
  await run(lake, collectorOf(plan))
  rmSync(lake.layout.deliveries, { recursive: true })
  expect((await run(lake, collectorOf(plan))).status).toBe('collected')
  expect(await billed(lake)).toEqual({ '2026-03': '1' })
})

test('one source is never collected twice at once; the lock of a dead process does not count', async () => {
  const lake = testLake()
  const plan = () => ({ deliveries: [delivery('u', [object('a.csv', bill('2026-03', '1'))])] })
  const folder = join(lake.folder, 'data', 'lake', 'collected')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'test.lock'), String(process.pid))
  expect((await run(lake, collectorOf(plan))).problems.join()).toMatch(
    /another collection of test \(process \d+\) is running/,
  )
  writeFileSync(join(folder, 'test.lock'), '999999')
  expect((await run(lake, collectorOf(plan))).status).toBe('collected')
  expect(existsSync(join(folder, 'test.lock'))).toBe(false)
})

test('raw files of the lake are the bytes that were upstream', async () => {
  const lake = testLake()
  const content = bill('2026-03', '1')
  await run(
    lake,
    collectorOf(() => ({ deliveries: [delivery('u', [object('x/a.csv', content)])] })),
  )
  const raw = readdirSync(join(lake.folder, 'data', 'lake', 'raw'), { recursive: true, encoding: 'utf8' }).find(
    (name) => name.endsWith('a.csv'),
  )
  expect(readFileSync(join(lake.folder, 'data', 'lake', 'raw', raw ?? '')).equals(content)).toBe(true)
})
