import type { Calendar } from './calendar.ts'
import type { Kind } from './model.ts'
import type { Random } from './random.ts'
import type { Settings } from './settings.ts'

export interface Shared {
  readonly calendar: Calendar
  readonly settings: Settings
  readonly holidays: readonly number[]
  /** Common traffic factor of the provider, around 1. */
  readonly traffic: Float64Array
}

interface Habit {
  readonly noise: readonly [number, number]
  readonly weekend: readonly [number, number]
  readonly traffic: number
  readonly holiday: readonly [number, number]
}

const habits: Readonly<Record<string, Habit>> = {
  steady: { noise: [0.015, 0.05], weekend: [0.9, 1.02], traffic: 1, holiday: [0.92, 1] },
  compute: { noise: [0.02, 0.06], weekend: [0.72, 1], traffic: 1, holiday: [0.8, 0.98] },
  business: { noise: [0.03, 0.08], weekend: [0.2, 0.65], traffic: 1, holiday: [0.3, 0.75] },
  bursty: { noise: [0.12, 0.32], weekend: [0.7, 1.05], traffic: 1.5, holiday: [0.7, 1] },
  storage: { noise: [0.0005, 0.004], weekend: [1, 1], traffic: 0, holiday: [1, 1] },
  adoption: { noise: [0.04, 0.09], weekend: [0.6, 1], traffic: 1, holiday: [0.8, 1] },
}

/** Daily cost of one series without events, in currency units; `level` is its typical active day. */
export function shape(kind: Kind, level: number, shared: Shared, rng: Random): Float64Array {
  if (kind === 'batch') return weeklyBatch(level, shared, rng)
  if (kind === 'month_end') return monthEnd(level, shared, rng)
  if (kind === 'sparse') return sparse(level, shared, rng)
  return daily(kind, level, shared, rng)
}

function daily(
  kind: Kind,
  level: number,
  { calendar, settings, holidays, traffic }: Shared,
  rng: Random,
): Float64Array {
  const habit = habits[kind] ?? (habits['steady'] as Habit)
  const weekend = rng.uniform(...habit.weekend)
  const saturday = weekend * rng.uniform(0.95, 1.08)
  const friday = kind === 'business' ? rng.uniform(0.85, 1) : 1
  const noise = noiseSeries(calendar.days, rng.uniform(...habit.noise) * settings.noise, settings, rng)
  const trend = trendSeries(kind, calendar.days, settings, rng)
  const holiday = rng.uniform(...habit.holiday)
  const sensitivity = habit.traffic * rng.uniform(0.4, 1.4)
  const out = new Float64Array(calendar.days)
  for (let day = 0; day < out.length; day++) {
    const weekday = calendar.weekday(day)
    let factor = weekday === 5 ? saturday : weekday === 6 ? weekend : weekday === 4 ? friday : 1
    if (holidays.includes(day)) factor = Math.min(factor, holiday)
    if (kind === 'storage') factor = 30.4 / calendar.monthLength(day)
    const shared = ((traffic[day] as number) - 1) * sensitivity
    out[day] = level * factor * (trend[day] as number) * Math.exp((noise[day] as number) + shared)
  }
  return out
}

/** Growth, small level steps from deployments, and for adoptions the slow curve from almost nothing. */
function trendSeries(kind: Kind, days: number, settings: Settings, rng: Random): Float64Array {
  const yearly = kind === 'storage' ? rng.uniform(0, settings.growth) : settings.growth * rng.uniform(-0.5, 1.8)
  const out = new Float64Array(days)
  const middle = rng.uniform(0.3, 0.8) * days
  const pace = rng.uniform(18, 40)
  let step = 0
  for (let day = 0; day < days; day++) {
    if (kind !== 'storage' && rng.chance(settings.steps_per_year / 365))
      step += settings.step_size * clip(rng.normal(), 2)
    out[day] = Math.exp((yearly * day) / 365 + step)
    if (kind === 'adoption') out[day] = (out[day] as number) / (1 + Math.exp(-(day - middle) / pace))
  }
  return out
}

function noiseSeries(days: number, sigma: number, settings: Settings, rng: Random): Float64Array {
  const out = new Float64Array(days)
  let state = rng.normal()
  for (let day = 0; day < days; day++) {
    state = settings.serial * state + Math.sqrt(1 - settings.serial ** 2) * clip(rng.heavy(settings.tail_df), 5)
    out[day] = sigma * state
  }
  return out
}

function weeklyBatch(level: number, { calendar, settings }: Shared, rng: Random): Float64Array {
  const runs = rng.int(0, 6)
  const second = rng.chance(0.3) ? (runs + 3) % 7 : -1
  const idle = rng.uniform(0.03, 0.3)
  const sigma = rng.uniform(0.03, 0.1) * settings.noise
  const noise = noiseSeries(calendar.days, sigma, settings, rng)
  const out = new Float64Array(calendar.days)
  for (let day = 0; day < out.length; day++) {
    const weekday = calendar.weekday(day)
    const factor = weekday === runs ? 1 : weekday === second ? 0.6 : idle
    out[day] = level * factor * Math.exp(noise[day] as number)
  }
  return out
}

function monthEnd(level: number, shared: Shared, rng: Random): Float64Array {
  const { calendar } = shared
  const out = daily('steady', level * rng.uniform(0.1, 0.5), shared, rng)
  const length = rng.int(1, 2)
  const size = level * rng.uniform(2, 6)
  for (let day = 0; day < out.length; day++) {
    const left = calendar.monthLength(day) - calendar.dayOfMonth(day)
    if (left < length) out[day] = (out[day] as number) + size * Math.exp(0.05 * rng.normal())
  }
  return out
}

function sparse(level: number, { calendar, settings }: Shared, rng: Random): Float64Array {
  const activity = rng.uniform(0.06, 0.3)
  const sigma = rng.uniform(0.2, 0.6) * Math.sqrt(settings.noise)
  const out = new Float64Array(calendar.days)
  for (let day = 0; day < out.length; day++)
    if (rng.chance(activity)) out[day] = level * Math.exp(sigma * clip(rng.normal(), 2.5))
  return out
}

const clip = (value: number, limit: number) => Math.max(-limit, Math.min(limit, value))
