import type { Calendar } from './calendar.ts'
import { regionsOf, usageTypes } from './estate.ts'
import type { Cell, EventType, Label, Leaf } from './model.ts'
import type { Random } from './random.ts'
import type { Settings } from './settings.ts'

/** The estate while events are planted into it. `busy` keeps events on one series apart. */
export interface Site {
  readonly calendar: Calendar
  readonly settings: Settings
  readonly leaves: Leaf[]
  readonly labels: Label[]
  readonly busy: Map<number, [number, number][]>
  /** Events begin in [first, last]. */
  readonly first: number
  readonly last: number
}

const apart = 42

/** A leaf among `candidates` and a start day with room for `length` days, or undefined; the place is then taken. */
export function takePlace(
  site: Site,
  candidates: readonly Leaf[],
  length: number,
  rng: Random,
): { leaf: Leaf; start: number } | undefined {
  if (candidates.length === 0) return undefined
  for (let attempt = 0; attempt < 30; attempt++) {
    const leaf = rng.pick(candidates)
    const start = rng.int(site.first, site.last)
    if (!isFree(site, leaf.id, start, start + length) || !isAlive(leaf, start)) continue
    occupy(site, leaf.id, start, start + length)
    return { leaf, start }
  }
  return undefined
}

/** Series with gaps always are; others may have been moved away by a re-tag or not have begun. */
function isAlive(leaf: Leaf, start: number): boolean {
  return leaf.kind === 'sparse' || leaf.kind === 'batch' || levelBefore(leaf, start) > 0.2 * leaf.level
}

export function isFree(site: Site, leaf: number, from: number, to: number): boolean {
  return (site.busy.get(leaf) ?? []).every(([low, high]) => to + apart < low || from - apart > high)
}

export function occupy(site: Site, leaf: number, from: number, to: number): void {
  site.busy.set(leaf, [...(site.busy.get(leaf) ?? []), [from, to]])
}

export const netOn = (leaf: Leaf, day: number) => leaf.cells.reduce((sum, cell) => sum + (cell.cost[day] ?? 0), 0)

export const usageOn = (leaf: Leaf, day: number) =>
  leaf.cells.reduce((sum, cell) => sum + (isUsage(cell) ? (cell.cost[day] ?? 0) : 0), 0)

export const isUsage = (cell: Cell) => cell.charge_category === 'Usage' && cell.usage_type !== 'Subscription:month'

/** Robust relative spread of a leaf's usage against the same weekday a week before. */
export function relativeSpread(leaf: Leaf, until: number): number {
  const ratios: number[] = []
  for (let day = Math.max(7, until - 70); day < until; day++) {
    const before = usageOn(leaf, day - 7)
    if (before > 0) ratios.push(Math.abs(Math.log(Math.max(usageOn(leaf, day), 1e-6) / before)))
  }
  ratios.sort((a, b) => a - b)
  return ratios.length ? (1.4826 * (ratios[ratios.length >> 1] as number)) / Math.SQRT2 : 0.05
}

/** Median usage of the four weeks before a day. */
export function levelBefore(leaf: Leaf, day: number): number {
  const values = Array.from({ length: 28 }, (_, i) => usageOn(leaf, day - 1 - i)).sort((a, b) => a - b)
  return values[14] as number
}

/**
 * Adds `delta(day)` currency units to a leaf's usage from `start` to `end`, inclusive, either in a region or usage type new to
 * the leaf or in one of its cells, and returns where and how much.
 */
export function addUsage(
  site: Site,
  leaf: Leaf,
  range: { start: number; end: number },
  delta: (day: number) => number,
  rng: Random,
) {
  const usage = leaf.cells.filter(isUsage)
  const fresh = rng.chance(site.settings.new_cell_share)
  const cell = fresh ? newCell(leaf, site.calendar.days, rng) : rng.pick(usage)
  if (fresh) leaf.cells.push(cell)
  const excess: number[] = []
  for (let day = range.start; day <= Math.min(range.end, site.calendar.days - 1); day++) {
    const amount = delta(day)
    cell.cost[day] = (cell.cost[day] as number) + amount
    if (excess.length < 30) excess.push(amount)
  }
  return { root: { leaf: leaf.id, region: cell.region, usage_type: cell.usage_type }, excess, new_cell: fresh }
}

function newCell(leaf: Leaf, days: number, rng: Random): Cell {
  const regions = new Set(leaf.cells.map((cell) => cell.region))
  const types = new Set(leaf.cells.map((cell) => cell.usage_type))
  const home = leaf.cells[0] as Cell
  const otherRegions = regionsOf(leaf.provider).filter((region) => !regions.has(region))
  const otherTypes = usageTypes.filter((type) => !types.has(type))
  const byRegion = rng.chance(0.5) && otherRegions.length > 0
  return {
    region: byRegion ? rng.pick(otherRegions) : home.region,
    usage_type: byRegion ? home.usage_type : rng.pick(otherTypes),
    charge_category: 'Usage',
    cost: new Float64Array(days),
  }
}

/** Multiplies every usage cell of a leaf by `factor(day)` over a range, inclusive; returns the change by day and the cell that moved most. */
export function scaleUsage(
  site: Site,
  leaf: Leaf,
  range: { start: number; end: number },
  factor: (day: number) => number,
) {
  const excess: number[] = []
  const moved = new Map<Cell, number>()
  for (let day = range.start; day <= Math.min(range.end, site.calendar.days - 1); day++) {
    let sum = 0
    for (const cell of leaf.cells.filter(isUsage)) {
      const change = (cell.cost[day] as number) * (factor(day) - 1)
      cell.cost[day] = (cell.cost[day] as number) + change
      moved.set(cell, (moved.get(cell) ?? 0) + Math.abs(change))
      sum += change
    }
    if (excess.length < 30) excess.push(sum)
  }
  const top = [...moved].sort((a, b) => b[1] - a[1])[0]?.[0] ?? (leaf.cells[0] as Cell)
  return { root: { leaf: leaf.id, region: top.region, usage_type: top.usage_type }, excess, new_cell: false }
}

type Found = Pick<Label, 'root' | 'excess' | 'new_cell'>
const windows: Readonly<Record<EventType, (start: number, end: number) => number>> = {
  spike: (_, end) => end + 1,
  multi_day: (_, end) => end + 1,
  level: (start) => start + 13,
  ramp: (_, end) => end + 7,
  weekend: (start) => start + 8,
  drop: (_, end) => end,
  lapse: (start) => start + 13,
  fee_jump: (_, end) => end + 1,
  new_service: (start) => start + 6,
  credit_end: (start) => start + 13,
}

/** Writes down an event. `last` is the last day on which it changes cost, `end` of a ramp the end of its rise. */
export function label(
  site: Site,
  type: EventType,
  leaves: readonly number[],
  range: { start: number; end: number; last: number },
  found: Found,
): void {
  const window_end = Math.min(site.calendar.days - 1, windows[type](range.start, range.end))
  site.labels.push({
    id: `${type}-${site.labels.length + 1}`,
    type,
    direction: type === 'drop' ? 'down' : 'up',
    leaves,
    start: range.start,
    end: Math.min(range.end, site.calendar.days - 1),
    window_end,
    quiet_until: Math.max(window_end, Math.min(range.last, window_end + 28)) + 14,
    ...found,
  })
}
