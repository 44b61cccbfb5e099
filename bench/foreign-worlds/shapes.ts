import type { Calendar } from '../worlds/calendar.ts'
import type { Kind } from '../worlds/model.ts'
import type { Random } from '../worlds/random.ts'
import { drawNoise } from './noise.ts'
import type { Tastes } from './settings.ts'

export type Archetype = 'office' | 'retail' | 'platform' | 'data' | 'sandbox'

/** What every series of a world shares. */
export interface Setting {
  readonly tastes: Tastes
  readonly calendar: Calendar
  readonly holidays: ReadonlySet<number>
  readonly traffic: Float64Array
}

/** Own noise by kind, relative to the level: [low, high]. */
const spreads: Readonly<Partial<Record<Kind, readonly [number, number]>>> = {
  steady: [0.008, 0.05],
  compute: [0.02, 0.08],
  business: [0.025, 0.09],
  bursty: [0.15, 0.32],
  storage: [0.001, 0.006],
  batch: [0.04, 0.12],
  month_end: [0.03, 0.08],
  adoption: [0.02, 0.07],
}

/** A series louder than this hides everything that a human would call an event. */
const loudest = 0.35

/** The undisturbed daily cost of one usage series, in currency units, typical active day about `level`. */
export function usageSeries(rng: Random, at: Setting, kind: Kind, archetype: Archetype, level: number): Float64Array {
  const { tastes, calendar } = at
  const { days } = calendar
  if (kind === 'sparse') return sparse(rng, days, level)
  const [low, high] = spreads[kind] ?? [0.02, 0.06]
  const noise = drawNoise(rng, tastes, Math.min(loudest, rng.logUniform(low, high) * tastes.settings.noise))
  const trend = trendOf(rng, tastes, kind, days)
  const week = weekOf(rng, tastes, kind, archetype)
  const share = kind === 'storage' ? 0 : rng.uniform(0.2, 1.2)
  const monthly = monthOf(rng, calendar, kind)
  const onHoliday = holidayFactor(rng, kind, archetype)
  return Float64Array.from({ length: days }, (_, day) => {
    const usual = week[calendar.weekday(day)] as number
    const weekday = at.holidays.has(day) ? onHoliday(usual) : usual
    const traffic = (at.traffic[day] as number) ** share
    const clean = level * (trend[day] as number) * weekday * monthly(day)
    const value = clean * traffic * (noise.factor[day] as number) + clean * (noise.added[day] as number)
    return Math.max(0, value)
  })
}

function sparse(rng: Random, days: number, level: number): Float64Array {
  const rate = rng.uniform(0.04, 0.2)
  const spread = rng.uniform(0.2, 0.6)
  return Float64Array.from({ length: days }, () =>
    rng.chance(rate) ? level * Math.exp(spread * Math.max(-2.5, Math.min(2.5, rng.normal()))) : 0,
  )
}

function trendOf(rng: Random, { settings }: Tastes, kind: Kind, days: number): Float64Array {
  const growth = settings.growth * rng.uniform(0.2, 1.4) + rng.uniform(-0.12, 0.12)
  const middle = rng.uniform(40, 300)
  const pace = rng.uniform(60, 120)
  const floor = rng.uniform(0.15, 0.4)
  const steps = kind === 'storage' ? 0 : settings.steps_per_year / 365
  let built = 1
  return Float64Array.from({ length: days }, (_, day) => {
    if (rng.chance(steps)) built *= Math.exp(settings.step_size * rng.normal())
    const adopted = kind === 'adoption' ? floor + (1 - floor) / (1 + Math.exp(-(day - middle) / pace)) : 1
    return built * adopted * Math.max(0.4, 1 + growth) ** (day / 365)
  })
}

/** Factor by weekday, Monday first. */
function weekOf(rng: Random, tastes: Tastes, kind: Kind, archetype: Archetype): number[] {
  const flat = () => Array.from({ length: 7 }, () => 1 + 0.01 * rng.normal())
  if (kind === 'storage') return [1, 1, 1, 1, 1, 1, 1]
  if (kind === 'batch') {
    const peak = rng.int(0, 6)
    const quiet = rng.uniform(0.05, 0.4)
    return flat().map((factor, day) => (day === peak ? rng.uniform(1, 1.4) : factor * quiet))
  }
  if (kind === 'business' && archetype === 'retail') {
    const peak = rng.uniform(...tastes.retail_peak)
    return [0.95, 0.92, 0.95, 1, 1 + (peak - 1) / 2, peak, peak * rng.uniform(0.9, 1.05)]
  }
  if (kind === 'business') {
    const [saturday, sunday] = [rng.uniform(...tastes.office_depth), rng.uniform(...tastes.office_depth)]
    return [1, 1.03, 1.04, 1.02, rng.uniform(0.88, 1), saturday, Math.min(saturday, sunday)]
  }
  if (kind !== 'steady' && rng.chance(0.4)) return flat().map((factor, day) => (day > 4 ? factor * 0.9 : factor))
  return flat()
}

/** Dependence on the day of month: monthly prices spread over the days, month-end and first-of-month jobs. */
function monthOf(rng: Random, calendar: Calendar, kind: Kind): (day: number) => number {
  if (kind === 'storage') return (day) => 30.4 / calendar.monthLength(day)
  if (kind !== 'month_end') return () => 1
  const peak = rng.uniform(1.8, 5)
  const length = rng.int(1, 3)
  const first = rng.chance(0.35)
  return (day) => {
    const place = first ? calendar.dayOfMonth(day) : calendar.monthLength(day) - calendar.dayOfMonth(day) + 1
    return place <= length ? peak : 1
  }
}

/** The weekday factor on holidays: office load falls as at weekends, a shop's moves a little, platforms hardly notice. */
function holidayFactor(rng: Random, kind: Kind, archetype: Archetype): (usual: number) => number {
  if (kind !== 'business' && kind !== 'compute') return (usual) => usual
  const factor = archetype === 'retail' ? rng.uniform(0.75, 1.2) : rng.uniform(0.7, 0.95)
  if (kind === 'compute' || archetype === 'retail') return (usual) => usual * factor
  const rest = rng.uniform(0.3, 0.65)
  return (usual) => Math.min(usual, rest)
}
