import { mask } from './distractors.ts'
import { regionsOf, servicesOf, splitCells } from './estate.ts'
import type { Cell, EventType, Leaf } from './model.ts'
import type { Random } from './random.ts'
import {
  addUsage,
  isFree,
  label,
  levelBefore,
  occupy,
  relativeSpread,
  type Site,
  scaleUsage,
  takePlace,
  usageOn,
} from './site.ts'

type Plant = (site: Site, rng: Random) => void

const continuous = new Set(['steady', 'compute', 'business', 'bursty', 'storage'])
const smooth = (site: Site) => site.leaves.filter((leaf) => continuous.has(leaf.kind) && leaf.level >= 25)

/** Size of a change relative to the level, never below what a careful reader of the chart would see. */
const relativeSize = (
  site: Site,
  leaf: Leaf,
  start: number,
  range: [number, number],
  sigmas: [number, number],
  rng: Random,
) =>
  Math.max(
    rng.logUniform(...range) * site.settings.size,
    rng.uniform(...sigmas) * (continuous.has(leaf.kind) ? relativeSpread(leaf, start) : 0.3),
  )

const spike =
  (days: [number, number], type: EventType): Plant =>
  (site, rng) => {
    const length = rng.int(...days)
    const pool = site.leaves.filter(
      (leaf) => (continuous.has(leaf.kind) || leaf.kind === 'sparse' || leaf.kind === 'batch') && leaf.level >= 25,
    )
    const place = takePlace(site, pool, length, rng)
    if (!place) return
    const { leaf, start } = place
    const base = leaf.kind === 'sparse' || leaf.kind === 'batch' ? leaf.level : levelBefore(leaf, start)
    const low = leaf.kind === 'sparse' ? 2.5 : 0.4
    const size = Math.max(30, base * relativeSize(site, leaf, start, [low, 4], [4, 8], rng))
    const end = start + length - 1
    const found = addUsage(site, leaf, { start, end }, () => size * rng.uniform(0.8, 1.2), rng)
    label(site, type, [leaf.id], { start, end, last: end }, found)
  }

const level: Plant = (site, rng) => {
  const fixed = rng.chance(0.4) ? rng.int(10, 35) : site.calendar.days
  const place = takePlace(site, smooth(site), Math.min(fixed, 40), rng)
  if (!place) return
  const { leaf, start } = place
  const base = levelBefore(leaf, start)
  const rise = relativeSize(site, leaf, start, [0.25, 1.3], [2.5, 5], rng)
  const minimum = 15 / Math.max(base, 1)
  const end = Math.min(start + fixed, site.calendar.days) - 1
  const found = addUsage(site, leaf, { start, end }, (day) => shaped(leaf, day, base) * Math.max(rise, minimum), rng)
  label(site, 'level', [leaf.id], { start, end: start, last: end }, found)
  if (rng.chance(0.25)) mask(site, leaf, start, base * rise, rng)
}

/** The day's own usage before the event, so that an added cost keeps the weekday habit half of the way. */
const shaped = (leaf: Leaf, day: number, base: number) => 0.5 * base + 0.5 * Math.min(usageOn(leaf, day), 2 * base)

const ramp: Plant = (site, rng) => {
  const length = rng.int(12, 35)
  const place = takePlace(site, smooth(site), length + 10, rng)
  if (!place) return
  const { leaf, start } = place
  const base = levelBefore(leaf, start)
  const size = Math.max(30, base * relativeSize(site, leaf, start, [0.45, 1.8], [3, 6], rng))
  const last = Math.min(site.calendar.days - 1, rng.chance(0.4) ? start + length + rng.int(3, 15) : site.calendar.days)
  const found = addUsage(site, leaf, { start, end: last }, (day) => size * Math.min(1, (day - start + 1) / length), rng)
  label(site, 'ramp', [leaf.id], { start, end: start + length - 1, last }, found)
}

const weekend: Plant = (site, rng) => {
  const pool = smooth(site).filter((leaf) => weekendFall(site, leaf, site.first) < 0.72 && leaf.level >= 60)
  const weekends = rng.int(2, 7)
  const place = takePlace(site, pool, weekends * 7, rng)
  if (!place) return
  const { leaf } = place
  let start = place.start
  while (site.calendar.weekday(start) !== 5) start++
  const end = start + 7 * (weekends - 1) + 1
  const left = rng.uniform(0.85, 1)
  const base = levelBefore(leaf, start)
  const found = scaleUsage(site, leaf, { start, end }, (day) => {
    const usual = usageOn(leaf, day)
    return site.calendar.weekday(day) >= 5 && usual > 0
      ? Math.max(1, (base * left * rng.uniform(0.96, 1.04)) / usual)
      : 1
  })
  label(site, 'weekend', [leaf.id], { start, end, last: end }, found)
}

function weekendFall(site: Site, leaf: Leaf, until: number): number {
  const sums = [0, 0]
  for (let day = until - 28; day < until; day++) {
    const side = site.calendar.weekday(day) >= 5 ? 1 : 0
    sums[side] = (sums[side] as number) + usageOn(leaf, day)
  }
  return (sums[1] as number) / 8 / ((sums[0] as number) / 20)
}

const drop: Plant = (site, rng) => {
  const length = rng.int(1, 4)
  const place = takePlace(
    site,
    smooth(site).filter((leaf) => leaf.level >= 40),
    length,
    rng,
  )
  if (!place) return
  const { leaf, start } = place
  const left = length === 1 ? rng.uniform(0, 0.05) : rng.uniform(0, 0.35)
  const end = start + length - 1
  const found = scaleUsage(site, leaf, { start, end }, () => left)
  label(site, 'drop', [leaf.id], { start, end, last: end }, found)
}

const lapse: Plant = (site, rng) => {
  const groups = Map.groupBy(
    smooth(site).filter((leaf) => leaf.kind !== 'storage'),
    (leaf) => `${leaf.account}|${leaf.service}`,
  )
  const large = [...groups.values()].filter((group) => group.length >= 2)
  if (large.length === 0) return
  for (let attempt = 0; attempt < 20; attempt++) {
    const group = rng.pick(large)
    const start = rng.int(site.first, site.last)
    if (!group.every((leaf) => isFree(site, leaf.id, start, start + 30))) continue
    const factor = 1 + rng.logUniform(0.22, 0.9) * site.settings.size
    const all = site.leaves.filter((leaf) => leaf.account === group[0]?.account && leaf.service === group[0]?.service)
    const found = all.map((leaf) => {
      occupy(site, leaf.id, start, start + 30)
      return scaleUsage(site, leaf, { start, end: site.calendar.days - 1 }, () => factor)
    })
    const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0)
    const largest = found.toSorted((a, b) => sum(b.excess) - sum(a.excess))[0]
    if (!largest) return
    const excess = largest.excess.map((_, i) => sum(found.map((one) => one.excess[i] ?? 0)))
    label(
      site,
      'lapse',
      all.map((leaf) => leaf.id),
      { start, end: start, last: site.calendar.days },
      { ...largest, excess },
    )
    return
  }
}

const isFee = (cell: Cell) => ['Subscription:month', 'Support', 'Saas', 'Licence'].includes(cell.usage_type)

const feeJump: Plant = (site, rng) => {
  const pool = site.leaves.filter((leaf) => leaf.cells.some(isFee))
  const leaf = pool.length ? rng.pick(pool) : undefined
  const cell = leaf?.cells.find(isFee)
  if (!leaf || !cell) return
  const due = [...cell.cost.keys()].filter(
    (day) => day >= site.first && day <= site.last && (cell.cost[day] as number) > 0,
  )
  const start = due.length ? rng.pick(due) : -1
  if (start < 0 || !isFree(site, leaf.id, start, start)) return
  occupy(site, leaf.id, start, start)
  const factor = 1 + rng.logUniform(0.6, 3)
  const lasting = rng.chance(0.4)
  const before = cell.cost[start] as number
  for (let day = start; day < cell.cost.length; day++)
    if (lasting || day === start) cell.cost[day] = (cell.cost[day] as number) * factor
  const root = { leaf: leaf.id, region: cell.region, usage_type: cell.usage_type }
  label(
    site,
    'fee_jump',
    [leaf.id],
    { start, end: start, last: start },
    { root, excess: [before * (factor - 1)], new_cell: false },
  )
}

const newService: Plant = (site, rng) => {
  const home = rng.pick(site.leaves.filter((leaf) => continuous.has(leaf.kind)))
  const used = new Set(site.leaves.filter((leaf) => leaf.account === home.account).map((leaf) => leaf.service))
  const free = Object.keys(servicesOf(home.provider)).filter((service) => !used.has(service))
  if (free.length === 0) return
  const abuse = rng.chance(0.5)
  const start = rng.int(site.first, site.last)
  const size = abuse ? rng.logUniform(120, 1500) : rng.logUniform(60, 500)
  const end = Math.min(site.calendar.days - 1, rng.chance(0.5) ? start + rng.int(4, 25) : site.calendar.days)
  const total = new Float64Array(site.calendar.days)
  const days = rng.int(1, 4)
  for (let day = start; day <= end; day++)
    total[day] = size * Math.min(1, (day - start + 1) / days) * rng.uniform(0.93, 1.07)
  const cells = abuse
    ? [
        {
          region: rng.pick(regionsOf(home.provider)),
          usage_type: rng.pick(['Gpu:a100', 'Gpu:h100', 'OnDemand:memory']),
          charge_category: 'Usage',
          cost: total,
        },
      ]
    : splitCells(total, home.provider, rng)
  const leaf: Leaf = {
    id: site.leaves.length,
    provider: home.provider,
    account: home.account,
    service: rng.pick(free),
    team: rng.chance(0.4) ? '' : home.team,
    kind: 'steady',
    level: size,
    cells,
  }
  site.leaves.push(leaf)
  occupy(site, leaf.id, start, end)
  const top = cells.toSorted((a, b) => (b.cost[start] as number) - (a.cost[start] as number))[0] as Cell
  const root = { leaf: leaf.id, region: top.region, usage_type: top.usage_type }
  label(
    site,
    'new_service',
    [leaf.id],
    { start, end, last: end },
    { root, excess: [...total.slice(start, Math.min(end + 1, start + 30))], new_cell: true },
  )
}

const creditEnd: Plant = (site, rng) => {
  const pool = site.leaves.filter((leaf) =>
    leaf.cells.some((cell) => cell.charge_category === 'Credit' && (cell.cost[site.last] as number) < -15),
  )
  const place = takePlace(site, pool, 30, rng)
  const cell = place?.leaf.cells.find((one) => one.charge_category === 'Credit')
  if (!place || !cell) return
  const ended = cell.cost.slice(place.start)
  cell.cost.fill(0, place.start)
  const root = { leaf: place.leaf.id, region: cell.region, usage_type: cell.usage_type }
  label(
    site,
    'credit_end',
    [place.leaf.id],
    { start: place.start, end: place.start, last: site.calendar.days },
    { root, excess: [...ended.slice(0, 30)].map((value) => -value), new_cell: false },
  )
}

/** How many of each event an average world holds, and how each is planted. */
const plan: readonly (readonly [number, Plant])[] = [
  [3, lapse],
  [16, spike([1, 1], 'spike')],
  [12, spike([2, 5], 'multi_day')],
  [18, level],
  [10, ramp],
  [8, weekend],
  [10, drop],
  [7, feeJump],
  [7, newService],
  [5, creditEnd],
]

/** Plants every event of a world. */
export function plantEvents(site: Site, all: Random): void {
  plan.forEach(([count, plant], type) => {
    const rng = all.fork(`event/${type}`)
    const wanted = Math.round(count * site.settings.events * rng.uniform(0.8, 1.2))
    for (let i = 0; i < wanted; i++) plant(site, rng.fork(String(i)))
  })
}
