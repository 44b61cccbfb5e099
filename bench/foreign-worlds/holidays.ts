import type { Calendar } from '../worlds/calendar.ts'
import type { Random } from '../worlds/random.ts'

/** Fixed public holidays of several countries, month-day; Christmas week is quiet in most offices. */
const fixed = ['01-01', '05-01', '08-15', '10-03', '11-01', '12-24', '12-25', '12-26', '12-31'] as const

/** The holidays of a world, as days: the fixed ones, and movable ones on weekdays of its own, `count` a year in all. */
export function holidaysOf(rng: Random, calendar: Calendar, count: number): number[] {
  const all = Array.from({ length: calendar.days }, (_, day) => day)
  const kept = new Set(fixed.filter((date) => date.startsWith('12-2') || date === '01-01' || rng.chance(0.5)))
  const listed = all.filter((day) => kept.has(calendar.date(day).slice(5) as (typeof fixed)[number]))
  const weekdays = all.filter((day) => calendar.weekday(day) < 5)
  const moving = Array.from({ length: Math.max(0, count - kept.size) }, () => rng.pick(weekdays))
  return [...new Set([...listed, ...moving])].sort((a, b) => a - b)
}
