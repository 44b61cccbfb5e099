import type { Cell, Kind, Leaf } from '../worlds/model.ts'
import { type Build, distract, isFree, isFreeAfter, isUsage, label, place, usageOf } from './build.ts'
import { vendors } from './names.ts'
import { type Past, pastOf, showsAsLevel, showsAsSpike } from './visible.ts'

const running: readonly Kind[] = ['steady', 'compute', 'business', 'adoption', 'bursty']
const any: readonly Kind[] = [...running, 'storage', 'batch', 'month_end', 'sparse']

/** Plants a one-day or multi-day spike. False when no leaf was found on which it would show. */
export function plantSpike(at: Build, type: 'spike' | 'multi_day'): boolean {
  const days = type === 'spike' ? 1 : at.rng.int(2, 6)
  const found = place(at, any, days + 12)
  if (!found) return false
  const { leaf, start } = found
  const past = pastOf(usageOf(leaf), start)
  const excess = Math.max(past.expected, leaf.level * 0.3) * at.rng.logUniform(0.3, 6)
  if (!showsAsSpike(excess, past)) return false
  const wave = Array.from({ length: days }, () => excess * (days === 1 ? 1 : at.rng.uniform(0.75, 1.25)))
  const root = add(at, leaf, start, wave)
  const end = start + days - 1
  label(at, { type, leaves: [leaf.id], start, end, window_end: end + 1, quiet_until: end + 10, change: wave, ...root })
  return true
}

/** Plants a lasting rise, at once or over weeks; some are fixed later, some levels are masked by a fall elsewhere in the account. */
export function plantRise(at: Build, type: 'level' | 'ramp'): boolean {
  const length = type === 'ramp' ? at.rng.int(14, 38) : 1
  const found = place(at, type === 'ramp' ? [...running, 'storage'] : running, Math.max(15, length + 8))
  if (!found) return false
  const { leaf, start } = found
  const past = pastOf(usageOf(leaf), start)
  const size = past.expected * at.rng.logUniform(type === 'ramp' ? 0.45 : 0.27, type === 'ramp' ? 2.5 : 1.8)
  if (!showsAsLevel(size, past)) return false
  const isFixed = at.rng.chance(at.tastes.fixed_share)
  const stop = isFixed ? Math.min(at.calendar.days, start + length + at.rng.int(18, 70)) : at.calendar.days
  if (!isFree(at, leaf.id, start, isFixed ? stop : Number.POSITIVE_INFINITY)) return false
  const isFlat = at.rng.chance(0.5)
  const shape = usageOf(leaf)
  const wave = Array.from({ length: stop - start }, (_, i) => {
    const like = isFlat ? 1 : (shape[start + i] as number) / Math.max(1, past.expected)
    return size * like * Math.min(1, (i + 1) / length) * (1 + 0.02 * at.rng.normal())
  })
  const root = add(at, leaf, start, wave)
  const end = type === 'ramp' ? start + length - 1 : stop - 1
  const window_end = type === 'ramp' ? end + 7 : start + 13
  const quiet_until = isFixed ? stop + 25 : start + length + 45
  label(at, { type, leaves: [leaf.id], start, end, window_end, quiet_until, change: wave, ...root })
  if (type === 'level' && at.rng.chance(at.tastes.masked_share)) mask(at, leaf, start, size)
  return true
}

/** Plants an outage-like fall of one to five days; a single day only when the fall is near-total. */
export function plantDrop(at: Build): boolean {
  const days = at.rng.int(1, 5)
  const found = place(at, ['steady', 'compute', 'business', 'adoption'], days + 12)
  if (!found) return false
  const { leaf, start } = found
  if (leaf.kind === 'business' && at.calendar.weekday(start) + days > 5) return false
  const past: Past = pastOf(usageOf(leaf), start)
  const left = days === 1 ? at.rng.uniform(0.01, 0.08) : at.rng.uniform(0.02, 0.4)
  if (!showsAsLevel(past.expected * (1 - left), past)) return false
  const change = Array.from({ length: days }, (_, i) => scaleDay(leaf, start + i, left))
  const main = largest(leaf, start - 1)
  const end = start + days - 1
  label(at, {
    type: 'drop',
    direction: 'down',
    leaves: [leaf.id],
    start,
    end,
    window_end: end,
    quiet_until: end + 12,
    root: { leaf: leaf.id, region: main.region, usage_type: main.usage_type },
    change,
  })
  return true
}

/** Multiplies a day's usage and returns the change. */
export function scaleDay(leaf: Leaf, day: number, factor: number): number {
  let change = 0
  for (const { cost } of leaf.cells.filter(isUsage)) {
    change += (cost[day] as number) * (factor - 1)
    cost[day] = (cost[day] as number) * factor
  }
  return change
}

export function largest(leaf: Leaf, day: number): Cell {
  return leaf.cells.filter(isUsage).toSorted((a, b) => (b.cost[day] as number) - (a.cost[day] as number))[0] as Cell
}

/** Adds a wave to one cell of the leaf, or to a region or usage type that is new to it. */
function add(at: Build, leaf: Leaf, start: number, wave: readonly number[]) {
  const isNew = at.rng.chance(at.tastes.settings.new_cell_share)
  const cell = isNew ? newCell(at, leaf) : at.rng.pick(leaf.cells.filter(isUsage))
  wave.forEach((value, i) => {
    cell.cost[start + i] = (cell.cost[start + i] as number) + Math.max(0, value)
  })
  return { root: { leaf: leaf.id, region: cell.region, usage_type: cell.usage_type }, new_cell: isNew }
}

function newCell(at: Build, leaf: Leaf): Cell {
  const vendor = vendors.find(({ provider }) => provider === leaf.provider)
  const main = leaf.cells.find(isUsage) as Cell
  const used = new Set(leaf.cells.map(({ region }) => region))
  const region = at.rng.chance(0.5) ? vendor?.regions.find((one) => !used.has(one)) : undefined
  const cost = new Float64Array(at.calendar.days)
  const cell = region
    ? { ...main, region, cost }
    : {
        ...main,
        usage_type: `${main.usage_type.split(/[:.]/)[0]}:${at.rng.pick(['xlarge', 'metal', 'burst'])}-${leaf.cells.length}`,
        cost,
      }
  leaf.cells.push(cell)
  return cell
}

/** Lets another service of the account fall by nearly as much on the same day: not judged, and no reason to stay silent. */
function mask(at: Build, leaf: Leaf, start: number, size: number): void {
  const other = at.leaves.find(
    (one) =>
      one.account === leaf.account &&
      one.service !== leaf.service &&
      running.includes(one.kind) &&
      (usageOf(one)[start - 7] as number) > 1.4 * size &&
      isFreeAfter(at, one.id, start),
  )
  if (!other) return
  const left = 1 - (size * at.rng.pick([0.7, 0.75, 1.25, 1.3])) / (usageOf(other)[start - 7] as number)
  for (let day = start; day < at.calendar.days; day++) scaleDay(other, day, Math.max(0.05, left))
  distract(at, { type: 'masking', leaves: [other.id], start, end: start + 30, judged: false })
}
