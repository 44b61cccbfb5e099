import type { SeriesInput } from './input.ts'
import { type Lateness, lateDays, lookAt } from './lateness.ts'
import { advanceAll, applyRow, type State, scaleDay } from './state.ts'
import type { Unit } from './unit.ts'

/** A morning and the days that can be judged on it, oldest first: the newest, and with vintages those that rows still came for. */
export interface Morning {
  readonly detectedOn: number
  readonly days: readonly number[]
  /** Leaves with rows for earlier days than the newest, and the first of those days. */
  readonly touched: ReadonlyMap<number, number>
}

/** Makes the file's rows visible morning by morning, keeps the models up to date and tells what can be judged. */
export function* mornings(state: State, { from, until }: { from: number; until: number }): Generator<Morning> {
  const { vintages, last_seen, days, rows } = state.input
  const reader = rowReader(state, from === 0 ? 0 : firstSeen(rows, from))
  for (let now = from; now <= Math.min(until, last_seen); now++) {
    const { restated, touched } = reader(now)
    if (!vintages) {
      if (now >= days) return
      advanceAll(state, now)
      yield { detectedOn: now, days: [now], touched }
      continue
    }
    state.monthlyUsage.forget()
    const open = openDays(state, now, restated)
    for (const day of open) {
      state.providers.forEach((_, provider) => {
        lookAt(state, provider, day, now - day)
      })
      if (now - day <= lateDays + 1) scaleDay(state, day)
      advanceAll(state, day)
    }
    if (open.length > 0) yield { detectedOn: now, days: open, touched }
  }
}

/** Index of the first row that is seen on a morning or later. */
export function firstSeen({ seen, length }: SeriesInput['rows'], morning: number): number {
  let low = 0
  let high = length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((seen[middle] as number) < morning) low = middle + 1
    else high = middle
  }
  return low
}

/** Largest age of a restated day that is judged again. */
export const oldestRestated = 45
const material = 0.1

/** Applies the rows of a morning; returns the older days that they changed by a material amount, and the leaves they touched. */
function rowReader(
  state: State,
  first: number,
): (now: number) => Pick<Morning, 'touched'> & { restated: ReadonlySet<number> } {
  const { rows, vintages } = state.input
  let next = first
  return (now) => {
    const restated = new Set<number>()
    const touched = new Map<number, number>()
    for (; next < rows.length && (rows.seen[next] as number) <= now; next++) {
      const cell = rows.cell[next] as number
      const day = rows.day[next] as number
      const amount = rows.amount[next] as number
      applyRow(state, cell, day, amount)
      if (vintages && day < now - 1) {
        const { leaf } = state.cells[cell] as Unit
        touched.set(leaf, Math.min(day, touched.get(leaf) ?? day))
      }
      if (!vintages || now - day <= lateDays + 1 || now - day > oldestRestated) continue
      const leaf = state.usage[(state.cells[cell] as Unit).leaf] as Unit
      if (Math.abs(amount) > material * Math.abs(leaf.level[day] as number)) restated.add(day)
    }
    return { restated, touched }
  }
}

/** Days to bring up to date on a morning: from the oldest restated or incomplete one to yesterday. */
function openDays(state: State, now: number, restated: ReadonlySet<number>): number[] {
  const newest = Math.min(now, state.input.days) - 1
  let from = Math.max(0, now - lateDays - 1)
  while (from < newest && from < now - 1 && !wasPartial(state, from)) from++
  for (const day of restated) from = Math.min(from, day)
  return Array.from({ length: Math.max(0, newest - from + 1) }, (_, i) => from + i)
}

const wasPartial = (state: State, day: number) => state.lateness.some((one: Lateness) => one.partial[day] === 1)
