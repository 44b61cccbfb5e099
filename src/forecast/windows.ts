import { monthStart, nextQuarter } from './calendar.ts'

/** Half-open ranges of day numbers that a forecast answers for. */
export interface Windows {
  readonly month: readonly [number, number]
  readonly quarter: readonly [number, number]
}

/** The month of the origin and the calendar quarter after the one that holds it; `origin` is a day number. */
export function windowsOf(origin: number): Windows {
  const quarter = nextQuarter(origin)
  return { month: [monthStart(origin, 0), monthStart(origin, 1)], quarter: [quarter, monthStart(quarter, 3)] }
}

/** One earlier origin with the windows that lie as far from it as the real ones lie from the real origin. */
export interface Replay {
  readonly origin: number
  readonly windows: Windows
}

/** A replayed origin has this part of the real one's history, and at least and at most so many days. */
const historyPart = 0.4
const leastHistory = 50
const enoughHistory = 120

/**
 * Earlier origins: the same day of month, newest first, and half a month from it. Windows are moved by the same number of months.
 *
 * @param first first day number with data
 * @param origin the real origin, a day number
 */
export function replaysOf(first: number, origin: number, limit: number): Replay[] {
  const { quarter } = windowsOf(origin)
  const ahead = Math.round((quarter[0] - monthStart(origin, 0)) / 30.4)
  const date = origin - monthStart(origin, 0)
  const needed = Math.min(enoughHistory, Math.max(leastHistory, historyPart * (origin - first)))
  const replays: Replay[] = []
  for (let back = 1; replays.length < limit; back++) {
    const start = monthStart(origin, -back)
    const length = monthStart(start, 1) - start
    const isLast = origin + 1 === monthStart(origin, 1)
    const at = start + (isLast ? length - 1 : Math.min(date, length - 1))
    if (at - first < needed) break
    const quarterStart = monthStart(at, ahead)
    replays.push({
      origin: at,
      windows: { month: [start, monthStart(start, 1)], quarter: [quarterStart, monthStart(quarterStart, 3)] },
    })
  }
  return replays
}
