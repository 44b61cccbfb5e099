import { medianInPlace } from '../stats/select.ts'
import type { Calendar } from './calendar.ts'

const around = 5

/**
 * Whether a series is priced by the month, so that a day costs more in February than in March.
 *
 * Compares the change of level over month boundaries between months of different length with what their lengths ask for.
 *
 * @param level local level a point, currency units a day, without weekdays
 * @param day day index of each point
 * @returns true when the month lengths explain at least half of the changes at three or more boundaries
 */
export function monthPriced(level: Float64Array, day: Int32Array, calendar: Calendar, points: number): boolean {
  const plain: number[] = []
  const explained: number[] = []
  for (let i = around; i < points - around; i++) {
    const today = day[i] as number
    const before = day[i - 1] as number
    if (calendar.month[today] === calendar.month[before]) continue
    const expected = Math.log((calendar.monthLength[before] as number) / (calendar.monthLength[today] as number))
    if (expected === 0) continue
    const change = Math.log(medianAt(level, i, i + around) / medianAt(level, i - around, i))
    if (!Number.isFinite(change)) continue
    plain.push(Math.abs(change))
    explained.push(Math.abs(change - expected))
  }
  return plain.length >= 3 && middle(explained) < 0.4 * middle(plain)
}

function medianAt(values: Float64Array, from: number, to: number): number {
  const part = values.slice(from, to).filter((value) => !Number.isNaN(value))
  return medianInPlace(part, part.length)
}

function middle(values: readonly number[]): number {
  return medianInPlace(Float64Array.from(values), values.length)
}
