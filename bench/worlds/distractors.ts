import { providers, servicesOf, splitCells } from './estate.ts'
import type { Distractor, Leaf } from './model.ts'
import type { Random } from './random.ts'
import { isFree, isUsage, levelBefore, netOn, occupy, type Site, scaleUsage, takePlace, usageOn } from './site.ts'

/** The look-alikes of the world; `masking` falls are written here by the events that need them. */
const notes = new WeakMap<Site, Distractor[]>()

export function distractorsOf(site: Site): Distractor[] {
  const known = notes.get(site) ?? []
  notes.set(site, known)
  return known
}

const usageLeaves = (site: Site) =>
  site.leaves.filter((leaf) => leaf.cells.some(isUsage) && leaf.kind !== 'sparse' && leaf.level >= 20)

/** A fall elsewhere in the account that hides a rise of `amount` a day in the account's sum. */
export function mask(site: Site, risen: Leaf, start: number, amount: number, rng: Random): void {
  const others = usageLeaves(site).filter(
    (leaf) =>
      leaf.account === risen.account &&
      leaf.id !== risen.id &&
      isFree(site, leaf.id, start, start + 20) &&
      levelBefore(leaf, start) > 0.5 * amount,
  )
  if (others.length === 0) return
  const leaf = rng.pick(others)
  const fall = Math.min(0.9, (amount * rng.uniform(0.7, 1.1)) / levelBefore(leaf, start))
  occupy(site, leaf.id, start, start + 20)
  scaleUsage(site, leaf, { start, end: site.calendar.days - 1 }, () => 1 - fall)
  distractorsOf(site).push({ type: 'masking', leaves: [leaf.id], start, end: start + 30, judged: false })
}

function retag(site: Site, rng: Random): void {
  const place = takePlace(site, usageLeaves(site), 30, rng)
  if (!place) return
  const { leaf, start } = place
  const target = targetOf(site, leaf, start, rng)
  if (!target) return
  const share = rng.chance(0.6) ? 1 : rng.uniform(0.3, 0.8)
  for (const cell of [...leaf.cells]) {
    const twin = target.cells.find(
      (one) =>
        one.region === cell.region &&
        one.usage_type === cell.usage_type &&
        one.charge_category === cell.charge_category,
    )
    const into = twin ?? {
      region: cell.region,
      usage_type: cell.usage_type,
      charge_category: cell.charge_category,
      cost: new Float64Array(site.calendar.days),
    }
    if (!twin) target.cells.push(into)
    for (let day = start; day < site.calendar.days; day++) {
      const moved = (cell.cost[day] as number) * share
      cell.cost[day] = (cell.cost[day] as number) - moved
      into.cost[day] = (into.cost[day] as number) + moved
    }
  }
  distractorsOf(site).push({ type: 'retag', leaves: [leaf.id, target.id], start, end: start + 30, judged: true })
}

/** Where a re-tagged series goes: another team, an account of the same provider, or the service under a new name. */
function targetOf(site: Site, leaf: Leaf, start: number, rng: Random): Leaf | undefined {
  const kind = rng.pick(['team', 'team', 'team', 'account', 'rename'] as const)
  const pool = site.leaves.filter((other) => other.provider === leaf.provider)
  const names = { provider: leaf.provider, account: leaf.account, service: leaf.service, team: leaf.team }
  if (kind === 'team') names.team = rng.pick(site.leaves).team
  if (kind === 'account') names.account = rng.pick(pool).account
  if (kind === 'rename') names.service = `${leaf.service} (new)`
  const same = pool.find(
    (other) => other.account === names.account && other.service === names.service && other.team === names.team,
  )
  if (same === leaf || (same && !isFree(site, same.id, start, start + 30))) return undefined
  const target = same ?? { ...leaf, ...names, id: site.leaves.length, cells: [] }
  if (!same) site.leaves.push(target)
  occupy(site, target.id, start, start + 30)
  return target
}

function refund(site: Site, rng: Random): void {
  const place = takePlace(site, usageLeaves(site), 2, rng)
  if (!place) return
  const { leaf, start } = place
  const big = rng.chance(0.7)
  const cost = new Float64Array(site.calendar.days)
  cost[start] = -netOn(leaf, start) * (big ? rng.uniform(1.1, 4) : rng.uniform(0.1, 0.6))
  leaf.cells.push({ region: leaf.cells[0]?.region ?? '', usage_type: 'Refund', charge_category: 'Credit', cost })
  distractorsOf(site).push({ type: 'refund', leaves: [leaf.id], start, end: start + 1, judged: big })
}

function birth(site: Site, rng: Random, range: [number, number]): void {
  const provider = rng.pick(providers)
  const home = rng.pick(site.leaves.filter((leaf) => leaf.provider === provider))
  const service = rng.pick(Object.keys(servicesOf(provider)))
  const team = rng.pick(site.leaves).team
  if (site.leaves.some((leaf) => leaf.account === home.account && leaf.service === service && leaf.team === team))
    return
  const start = rng.int(site.first, site.last)
  const size = rng.logUniform(...range)
  const total = new Float64Array(site.calendar.days)
  for (let day = start; day < total.length; day++) total[day] = size * rng.uniform(0.8, 1.2)
  const id = site.leaves.length
  site.leaves.push({
    id,
    provider,
    account: home.account,
    service,
    team,
    kind: 'steady',
    level: size,
    cells: splitCells(total, provider, rng),
  })
  occupy(site, id, start, site.calendar.days)
  distractorsOf(site).push({ type: 'tiny_birth', leaves: [id], start, end: site.calendar.days, judged: true })
}

function purchase(site: Site, rng: Random): void {
  const place = takePlace(site, usageLeaves(site), 2, rng)
  if (!place) return
  const { leaf, start } = place
  const cost = new Float64Array(site.calendar.days)
  cost[start] = leaf.level * rng.uniform(5, 60)
  leaf.cells.push({
    region: leaf.cells[0]?.region ?? '',
    usage_type: 'Commitment:upfront',
    charge_category: 'Purchase',
    cost,
  })
  distractorsOf(site).push({ type: 'purchase', leaves: [leaf.id], start, end: start + 1, judged: false })
}

function saving(site: Site, rng: Random): void {
  const place = takePlace(site, usageLeaves(site), 30, rng)
  if (!place) return
  const { leaf, start } = place
  const left = rng.chance(0.25) ? 0 : rng.uniform(0.4, 0.88)
  scaleUsage(site, leaf, { start, end: site.calendar.days - 1 }, (day) => (usageOn(leaf, day) > 0 ? left : 1))
  distractorsOf(site).push({ type: 'saving', leaves: [leaf.id], start, end: start + 35, judged: false })
}

/** Plants the look-alikes; returns days without rows by account. */
export function plantDistractors(site: Site, all: Random): { account: string; day: number }[] {
  const repeat = (name: string, low: number, high: number, plant: (rng: Random) => void) => {
    const rng = all.fork(name)
    const count = rng.int(low, high)
    for (let i = 0; i < count; i++) plant(rng.fork(String(i)))
  }
  repeat('retag', 8, 14, (rng) => retag(site, rng))
  repeat('refund', 5, 9, (rng) => refund(site, rng))
  repeat('birth', 8, 14, (rng) => birth(site, rng, [0.1, 3]))
  repeat('purchase', 3, 6, (rng) => purchase(site, rng))
  repeat('saving', 4, 8, (rng) => saving(site, rng))
  const gaps: { account: string; day: number }[] = []
  repeat('gap', 3, 6, (rng) => {
    const { account } = rng.pick(site.leaves)
    const day = rng.int(site.first, site.last)
    const days = rng.chance(0.25) ? 2 : 1
    for (let i = 0; i < days; i++) gaps.push({ account, day: day + i })
    const leaves = site.leaves.filter((leaf) => leaf.account === account).map((leaf) => leaf.id)
    distractorsOf(site).push({ type: 'gap', leaves, start: day, end: day + days, judged: true })
  })
  return gaps
}
