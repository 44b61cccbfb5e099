import type { Cell, Distractor, EventType, Kind, Label, Leaf } from '../worlds/model.ts'
import type { Random } from '../worlds/random.ts'
import type { Account } from './estate.ts'
import type { Setting } from './shapes.ts'

/** A world under construction. `last` is the last day on which an event may begin. */
export interface Build extends Setting {
  readonly rng: Random
  readonly accounts: readonly Account[]
  readonly leaves: Leaf[]
  readonly labels: Label[]
  readonly distractors: Distractor[]
  readonly busy: { readonly leaf: number; readonly from: number; readonly to: number }[]
  readonly last: number
}

/** Unscored days, and a week more, before anything is planted. */
export const firstEvent = 97
const apart = 25

export const isUsage = (cell: Cell) => cell.charge_category === 'Usage' && cell.usage_type !== 'Subscription:month'

/** The usage of a leaf by day, in currency units. */
export function usageOf(leaf: Leaf): Float64Array {
  const cells = leaf.cells.filter(isUsage)
  return Float64Array.from({ length: leaf.cells[0]?.cost.length ?? 0 }, (_, day) =>
    cells.reduce((sum, { cost }) => sum + (cost[day] as number), 0),
  )
}

/** Whether nothing else is planted on the leaf within some weeks of the days given. */
export function isFree({ busy }: Build, leaf: number, from: number, to: number): boolean {
  return busy.every((one) => one.leaf !== leaf || to + apart < one.from || from - apart > one.to)
}

/** Whether nothing is planted on the leaf from `from` on, so that scaling all that follows spoils no label. */
export const isFreeAfter = (at: Build, leaf: number, from: number) => isFree(at, leaf, from, Number.POSITIVE_INFINITY)

/** A free leaf of one of the kinds, with a day on which no holiday ends or begins; undefined when none was found in a few draws. */
export function place(at: Build, kinds: readonly Kind[], days: number): { leaf: Leaf; start: number } | undefined {
  const choice = at.leaves.filter(({ kind }) => kinds.includes(kind))
  for (let draw = 0; draw < 20 && choice.length > 0; draw++) {
    const leaf = at.rng.pick(choice)
    const start = at.rng.int(firstEvent, at.last)
    const isQuiet = ![-1, 0, 1].some((shift) => at.holidays.has(start + shift))
    if (isQuiet && start + days < at.calendar.days && isFree(at, leaf.id, start, start + days)) return { leaf, start }
  }
  return undefined
}

export interface Planted {
  readonly type: EventType
  readonly direction?: 'up' | 'down'
  readonly leaves: readonly number[]
  readonly start: number
  readonly end: number
  readonly window_end: number
  readonly quiet_until: number
  readonly root: Label['root']
  /** Change by day from `start` on. */
  readonly change: readonly number[]
  readonly new_cell?: boolean
}

/** Writes down a label and reserves its leaves. */
export function label(at: Build, planted: Planted): void {
  const { change, new_cell = false, direction = 'up', ...rest } = planted
  at.labels.push({
    ...rest,
    id: `${planted.type}-${at.labels.length}`,
    direction,
    new_cell,
    excess: change.slice(0, 30),
    window_end: Math.min(planted.window_end, at.calendar.days - 1),
  })
  reserve(at, planted.leaves, planted.start, planted.quiet_until)
}

/** Writes down something that must stay silent, or is not judged, and reserves its leaves. */
export function distract(at: Build, one: Distractor): void {
  at.distractors.push(one)
  reserve(at, one.leaves, one.start, one.end + 14)
}

function reserve(at: Build, leaves: readonly number[], from: number, to: number): void {
  for (const leaf of leaves) at.busy.push({ leaf, from, to })
}
