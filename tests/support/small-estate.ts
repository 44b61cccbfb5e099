import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadCatalog } from '../../src/catalog/catalog.ts'
import { openPublishStore, publishConfigOf, publishEstate } from '../../src/publish/run.ts'
import { createRuntime, type Runtime } from '../../src/runtime.ts'
import { startServer } from '../../src/server.ts'
import { createKey } from '../../src/state/api-keys.ts'
import { parseDetectionRun } from '../../src/state/detection-run.ts'
import { recordRun } from '../../src/state/runs.ts'
import { type EstateKeys, estateUrl, limitedTeam } from './small-estate-facts.ts'

export interface SmallEstate {
  readonly runtime: Runtime
  readonly keys: EstateKeys
  /** Folder that `publish` writes to. */
  readonly published: string
}

const services = [
  ['Compute Engine', 'Compute'],
  ['Object Storage', 'Storage'],
  ['Queue', 'Integration'],
] as const
const teams = ['payments', limitedTeam, ''] as const
const months = ['2026-09', '2026-10'] as const

/**
 * Two months of one provider in two currencies, 1,500 charges, one incident, keys; imported and built in seconds. What names anything
 * of the team `search` ends in its name.
 */
export async function smallEstate(data: string): Promise<SmallEstate> {
  mkdirSync(join(data, 'exports'), { recursive: true })
  const published = join(data, 'published')
  for (const month of months) writeFileSync(join(data, 'exports', `focus-${month}.csv`), chargesOf(month))
  writeFileSync(join(data, 'exports', 'metrics.csv'), metrics())
  writeFileSync(join(data, 'costwright.yaml'), configOf(published))
  const runtime = createRuntime({ data })
  await runtime.import([join(data, 'exports')])
  await runtime.build()
  const alerts = await runtime.alerts()
  const since = (month: number) => new Date(Date.UTC(2026, month, 1)).toISOString()
  const key = (name: string, own: readonly string[] | null, expires_at: string | null = null) =>
    createKey(
      alerts.database,
      { name, teams: own, expires_at, role: name === 'admin' ? 'admin' : 'viewer', actor: 'test' },
      new Date(since(0)),
    ).token
  const keys: EstateKeys = {
    admin: key('admin', null),
    viewer: key('viewer', null),
    flooding: key('flooding', null),
    team: key('team', [limitedTeam]),
    ended: key('ended', null, since(1)),
  }
  const run = parseDetectionRun(incidents, 'USD')
  alerts.apply(run, null)
  recordRun(alerts.database, run, { lake_state: 'none', at: since(9) })
  alerts.close()
  return { runtime, keys, published }
}

export async function publishSmallEstate({ runtime }: Pick<SmallEstate, 'runtime'>): Promise<void> {
  const config = publishConfigOf(runtime)
  const store = await openPublishStore(config, () => {})
  await publishEstate({ runtime, catalog: loadCatalog(), store, config, dryRun: false })
  store.close()
}

export const serveSmallEstate = (
  { runtime }: Pick<SmallEstate, 'runtime'>,
  onFailure?: (id: string, e: unknown) => void,
) => startServer({ runtime, port: 0, ...(onFailure ? { onFailure } : {}) })

const configOf = (published: string) => `
policy: { required: [{ key: team, allowed: [payments, search] }] }
dimensions: { team: [team] }
auth: { required: true, rate_limit: { per_minute: 60, burst: 400 } }
server: { public_url: ${estateUrl} }
publish: { folder: ${published} }
`

const columns =
  'BilledCost,EffectiveCost,ListCost,ContractedCost,BillingCurrency,BillingPeriodStart,BillingPeriodEnd,ChargeCategory,ChargePeriodStart,ChargePeriodEnd,ProviderName,PublisherName,InvoiceIssuerName,BillingAccountId,SubAccountId,ServiceName,ServiceCategory,ResourceId,Tags'

function chargesOf(month: string): string {
  const start = new Date(`${month}-01T00:00:00Z`)
  const end = new Date(Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + 1, 1))
  const lines = [columns]
  for (let day = start.getTime(); day < end.getTime(); day += 86_400_000)
    for (const [index, [service, category]] of services.entries())
      for (const team of teams) lines.push(...chargesOn({ day, service, category, team, index, start, end }))
  return `${lines.join('\n')}\n`
}

interface Charge {
  readonly day: number
  readonly service: string
  readonly category: string
  readonly team: string
  readonly index: number
  readonly start: Date
  readonly end: Date
}

function chargesOn({ day, service, category, team, index, start, end }: Charge): string[] {
  const instants = [start, end, new Date(day), new Date(day + 86_400_000)].map((one) => one.toISOString())
  const [from, to, first, last] = instants
  const cents = (day / 86_400_000) % 17
  const owner = team === '' ? 'unowned' : team
  const currencies = service === 'Queue' ? ['EUR', 'USD'] : ['USD']
  const tags = team === '' ? '{}' : `{""team"":""${team}""}`
  const line = (currency: string, resource: string, cost: string) =>
    [
      ...[cost, cost, cost, cost, currency, from, to, 'Usage', first, last, 'Cloud', 'Cloud', 'Cloud', 'payer'],
      ...[`account-${owner}`, service, category, `${resource}-${owner}`, `"${tags}"`],
    ].join(',')
  return currencies.flatMap((currency) => [
    line(currency, `r${index}`, `${index + 1}.00${cents}000000000001`),
    line(currency, `s${index}`, `0.${cents}`),
  ])
}

function metrics(): string {
  const lines = ['date,metric,unit,value']
  for (const month of months)
    for (let day = 1; day <= 28; day += 1)
      lines.push(`${month}-${String(day).padStart(2, '0')},orders,orders,${day * 10}`)
  return `${lines.join('\n')}\n`
}

const incident = {
  ...{ direction: 'up', kind: 'opened', date: '2026-10-30', detected_on: '2026-10-30', onset: '2026-10-29' },
  ...{ rule: 'frozen_sum', score: 7.4, actual: '412.10', expected: '203.55', excess: '208.55', currency: 'USD' },
}
const incidents = {
  schema: 'costwright-alerts/1',
  data_through: '2026-10-31',
  alerts: teams.slice(0, 2).map((team, index) => ({
    ...incident,
    incident_id: `a1b2c3d4e5f6071${index}`,
    series: { provider: 'Cloud', account: `account-${team}`, service: 'Queue', team },
  })),
}
