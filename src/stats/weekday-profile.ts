import { median } from './median.ts'

/**
 * Factor of each weekday against the week's typical day, robust, shrunk towards 1 when data are few.
 *
 * `values` are consecutive days (any unit, NaN = unknown, left out), `firstWeekday` the weekday of the first (any numbering
 * modulo 7; the result uses the same). Each full week back to back gives ratios day ÷ median of the 7 days around it; a factor is
 * the median ratio, weighted n / (n + `shrink`). Factors are at least 0. Seven 1s when the level is not positive.
 *
 * Eight weeks of 10, 10, 10, 10, 10, 5, 5 give about 1 for five days and (8 × 0.5 + 1) / 9 = 0.556 for two with `shrink` 1.
 */
export function weekdayProfile(values: ArrayLike<number>, firstWeekday: number, shrink = 1): number[] {
  const ratios: number[][] = [[], [], [], [], [], [], []]
  for (let day = 0; day < values.length; day++) {
    const value = values[day] as number
    if (Number.isNaN(value)) continue
    const from = Math.max(0, Math.min(day - 3, values.length - 7))
    const level = median(Array.from({ length: Math.min(7, values.length) }, (_, i) => values[from + i] as number))
    if (level > 0) ratios[(firstWeekday + day) % 7]?.push(Math.max(0, value / level))
  }
  return ratios.map((one) => (one.length === 0 ? 1 : (one.length * median(one) + shrink) / (one.length + shrink)))
}
