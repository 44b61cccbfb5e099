import type { Kind, Leaf } from '../worlds/model.ts'
import type { Random } from '../worlds/random.ts'
import type { Build } from './build.ts'

/** Tiers of a support plan: share of last month's spend up to a bound, in currency units (public business plans, 2024). */
const tiers: readonly (readonly [number, number])[] = [
  [10_000, 0.1],
  [80_000, 0.07],
  [250_000, 0.05],
  [Number.POSITIVE_INFINITY, 0.03],
]

interface Charge {
  readonly provider: string
  readonly account: string
  readonly service: string
  readonly team: string
  readonly usage_type: string
  readonly category: string
  readonly kind: Kind
}

/** Adds what is charged by the month: support per provider, tax per account, marketplace subscriptions. */
export function addCharges(at: Build): void {
  const rng = at.rng.fork('charges')
  const { support_rate, tax_rate, market_fees } = at.tastes
  for (const provider of new Set(at.leaves.map((leaf) => leaf.provider))) {
    const accounts = at.accounts.filter(({ vendor }) => vendor.provider === provider)
    const spend = monthly(at, (leaf) => leaf.provider === provider)
    const [payer] = accounts
    if (!payer) continue
    const support = { provider, account: payer.name, service: payer.vendor.support, team: '', usage_type: 'Support' }
    const category = rng.chance(0.5) ? 'Purchase' : 'Usage'
    post(at, rng, { ...support, category, kind: 'support' }, (month) =>
      Math.max(29, support_rate * tiered(spend.get(month - 1) ?? 0)),
    )
    for (const { name: account } of tax_rate > 0 ? accounts : []) {
      const own = monthly(at, (leaf) => leaf.account === account)
      const tax = { provider, account, service: 'Tax', team: '', usage_type: 'Tax', category: 'Tax' }
      post(at, rng, { ...tax, kind: 'tax' }, (month) => tax_rate * (own.get(month - 1) ?? 0))
    }
  }
  for (let i = 0; i < market_fees; i++) addMarketplace(at, rng, i)
}

function addMarketplace(at: Build, rng: Random, i: number): void {
  const { vendor, name, teams } = rng.pick(at.accounts)
  const amount = rng.logUniform(150, 6000)
  const rise = rng.chance(0.3) ? rng.uniform(0.001, 0.01) : 0
  const wobble = rng.chance(0.4) ? rng.uniform(0.005, 0.04) : 0
  const charge: Charge = {
    provider: vendor.provider,
    account: name,
    service: `${vendor.market} ${['Observability', 'Firewall', 'CI', 'Feature flags', 'SIEM', 'Backup', 'ETL', 'CRM'][i]}`,
    team: rng.chance(0.5) ? '' : (teams[0] ?? ''),
    usage_type: rng.chance(0.5) ? 'Saas' : 'Licence',
    category: rng.chance(0.5) ? 'Purchase' : 'Usage',
    kind: 'marketplace',
  }
  let month = 0
  post(at, rng, charge, () => amount * (1 + rise) ** month++ * (1 + wobble * rng.normal()))
}

/** Posts a charge once a month, some days late at times, as a leaf of its own. */
function post(at: Build, rng: Random, charge: Charge, amountOf: (month: number) => number): void {
  const { category: charge_category, usage_type, ...key } = charge
  const { calendar, tastes } = at
  const cost = new Float64Array(calendar.days)
  const due = charge.kind === 'marketplace' ? rng.int(1, 28) : rng.int(1, 5)
  let first = true
  for (let day = 0; day < calendar.days; day++) {
    if (calendar.dayOfMonth(day) !== due) continue
    const slip = rng.chance(0.4) ? rng.int(0, tastes.slip) : 0
    const amount = amountOf(calendar.month(day))
    const isKnown = charge.kind === 'marketplace' || !first
    first = false
    if (isKnown && day + slip < calendar.days) cost[day + slip] = amount
  }
  const cell = { region: 'global', usage_type, charge_category, cost }
  at.leaves.push({ ...key, id: at.leaves.length, level: Math.max(...cost), cells: [cell] })
}

/** Spend by month (months since year 0) of the leaves chosen, in currency units. */
function monthly({ leaves, calendar }: Build, isIn: (leaf: Leaf) => boolean): Map<number, number> {
  const out = new Map<number, number>()
  for (const { cost } of leaves.filter(isIn).flatMap(({ cells }) => cells))
    cost.forEach((value, day) => {
      out.set(calendar.month(day), (out.get(calendar.month(day)) ?? 0) + value)
    })
  return out
}

function tiered(spend: number): number {
  let floor = 0
  return tiers.reduce((sum, [bound, rate]) => {
    const part = Math.max(0, Math.min(spend, bound) - floor) * rate
    floor = bound
    return sum + part
  }, 0)
}
