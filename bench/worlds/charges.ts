import type { Calendar } from './calendar.ts'
import catalog from './catalog.json' with { type: 'json' }
import type { Cell, Kind, Leaf } from './model.ts'
import type { Random } from './random.ts'
import type { Settings } from './settings.ts'

/** Adds what does not follow usage: fees inside series, fee series, support, marketplace, credits, and tax last, on all of them. */
export function addCharges(leaves: Leaf[], calendar: Calendar, settings: Settings, all: Random): void {
  const rng = all.fork('charges')
  for (const leaf of [...leaves]) {
    if (rng.chance(settings.fee_share)) {
      const category = rng.chance(0.3) ? 'Purchase' : 'Usage'
      leaf.cells.push(
        lump(calendar, leaf.level * rng.uniform(0.8, 6), rng, {
          usage_type: 'Subscription:month',
          category,
        }),
      )
    }
    if (rng.chance(settings.credit_share) && leaf.kind !== 'sparse') leaf.cells.push(credit(leaf, rng))
  }
  const accounts = new Map(leaves.map((leaf) => [leaf.account, leaf.provider]))
  for (const [account, provider] of accounts) addAccountCharges(leaves, { provider, account }, calendar, settings, rng)
}

function addAccountCharges(
  leaves: Leaf[],
  names: Pick<Leaf, 'provider' | 'account'>,
  ...[calendar, settings, rng]: [Calendar, Settings, Random]
): void {
  const { support, marketplace } = catalog[names.provider as 'aws']
  const usage = monthly(
    leaves.filter((leaf) => leaf.account === names.account),
    calendar,
  )
  const typical = usage.reduce((a, b) => a + b, 0) / usage.length
  const owner = () => (rng.chance(0.5) ? '' : rng.pick(catalog.teams.slice(0, settings.teams)))
  const category = () => (rng.chance(0.5) ? 'Purchase' : 'Usage')
  const post = (service: string, team: string, kind: Kind, amount: number, options: LumpOptions) =>
    push(leaves, { ...names, service, team }, kind, lump(calendar, amount, rng, options))
  if (rng.chance(0.6))
    post(support, '', 'support', typical * rng.uniform(0.02, 0.08), {
      usage_type: 'Support',
      category: category(),
      slip: 2,
    })
  if (rng.chance(0.7))
    post(marketplace, owner(), 'marketplace', typical * rng.uniform(0.01, 0.06), {
      usage_type: 'Saas',
      category: category(),
      slip: 3,
    })
  if (rng.chance(0.5))
    post('Licences', owner(), 'fee', settings.median_daily * rng.uniform(1, 8), {
      usage_type: 'Licence',
      category: 'Usage',
    })
  push(leaves, { ...names, service: 'Tax', team: '' }, 'tax', tax(usage, calendar, rng))
}

function push(
  leaves: Leaf[],
  names: Pick<Leaf, 'provider' | 'account' | 'service' | 'team'>,
  kind: Kind,
  cell: Cell,
): void {
  leaves.push({ id: leaves.length, ...names, kind, level: Math.max(...cell.cost), cells: [cell] })
}

interface LumpOptions {
  readonly usage_type: string
  readonly category: string
  /** Most days by which posting is late. */
  readonly slip?: number
}

/** A monthly amount on a day of month, the last day, or an n-th weekday. */
function lump(calendar: Calendar, amount: number, rng: Random, options: LumpOptions): Cell {
  const rule = rng.pick(['day', 'day', 'day', 'last', 'weekday'] as const)
  const on = rng.chance(0.5) ? rng.int(1, 3) : rng.int(1, 28)
  const nth = rng.int(0, 2)
  const weekday = rng.int(0, 4)
  const wobble = rng.chance(0.5) ? 0 : rng.uniform(0, 0.03)
  const cost = new Float64Array(calendar.days)
  for (let day = 0; day < calendar.days; day++) {
    const dom = calendar.dayOfMonth(day)
    const due =
      rule === 'day'
        ? dom === on
        : rule === 'last'
          ? dom === calendar.monthLength(day)
          : calendar.weekday(day) === weekday && Math.floor((dom - 1) / 7) === nth
    if (!due) continue
    const posted = day + (options.slip && rng.chance(0.35) ? rng.int(1, options.slip) : 0)
    if (posted < calendar.days) cost[posted] = (cost[posted] as number) + amount * Math.exp(wobble * rng.normal())
  }
  return { region: '', usage_type: options.usage_type, charge_category: options.category, cost }
}

function credit(leaf: Leaf, rng: Random): Cell {
  const share = rng.uniform(0.15, 0.9)
  const flat = rng.chance(0.5)
  const days = leaf.cells[0]?.cost.length ?? 0
  const cost = new Float64Array(days)
  for (let day = 0; day < days; day++) {
    const usage = leaf.cells.reduce(
      (sum, cell) =>
        sum +
        (cell.charge_category === 'Usage' && cell.usage_type !== 'Subscription:month' ? (cell.cost[day] as number) : 0),
      0,
    )
    cost[day] = flat ? -share * leaf.level : -share * usage
  }
  return { region: leaf.cells[0]?.region ?? '', usage_type: 'Credit:promotional', charge_category: 'Credit', cost }
}

function tax(usage: readonly number[], calendar: Calendar, rng: Random): Cell {
  const rate = rng.uniform(0.05, 0.2)
  const on = rng.int(1, 4)
  const cost = new Float64Array(calendar.days)
  const first = calendar.month(0)
  for (let day = 0; day < calendar.days; day++) {
    if (calendar.dayOfMonth(day) !== on) continue
    const month = calendar.month(day) - first
    const posted = day + (rng.chance(0.2) ? 1 : 0)
    if (posted < calendar.days) cost[posted] = rate * (usage[month - 1] ?? (usage[month] as number))
  }
  return { region: '', usage_type: 'Tax', charge_category: 'Tax', cost }
}

/** Sum of cost per month of the world; the two cut months are scaled up to full ones. */
function monthly(leaves: readonly Leaf[], calendar: Calendar): number[] {
  const sums: number[] = []
  const counts: number[] = []
  const first = calendar.month(0)
  for (let day = 0; day < calendar.days; day++) {
    const month = calendar.month(day) - first
    counts[month] = (counts[month] ?? 0) + 1 / calendar.monthLength(day)
    for (const leaf of leaves)
      for (const cell of leaf.cells) sums[month] = (sums[month] ?? 0) + (cell.cost[day] as number)
  }
  return sums.map((sum, i) => sum / (counts[i] as number))
}
