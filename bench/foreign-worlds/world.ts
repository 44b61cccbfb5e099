import { calendar } from '../worlds/calendar.ts'
import type { Leaf, World } from '../worlds/model.ts'
import { random } from '../worlds/random.ts'
import type { Profile } from '../worlds/settings.ts'
import { plantNewService, plantTinyBirth } from './births.ts'
import type { Build } from './build.ts'
import { addCharges } from './charges.ts'
import { drawAccounts, drawLeaves } from './estate.ts'
import { holidaysOf } from './holidays.ts'
import { plantGap, plantPurchase, plantRefund, plantRetag, plantSaving } from './look-alikes.ts'
import { traffic } from './noise.ts'
import { plantCreditEnd, plantFeeJump, plantLapse, plantWeekend } from './other-events.ts'
import { drawTastes } from './settings.ts'
import { plantDrop, plantRise, plantSpike } from './usage-events.ts'

export interface ForeignOptions {
  readonly seed: number
  readonly profile?: Profile
  readonly mode?: 'anomaly' | 'forecast'
}

/** How many of each a world of factor 1 holds; lapses first, since they need whole services that nothing else touches. */
const usagePlan: readonly (readonly [number, (at: Build) => boolean])[] = [
  [4, plantLapse],
  [12, plantRetag],
  [5, plantWeekend],
  [4, plantCreditEnd],
  [8, (at) => plantRise(at, 'ramp')],
  [14, (at) => plantRise(at, 'level')],
  [7, plantDrop],
  [9, (at) => plantSpike(at, 'multi_day')],
  [14, (at) => plantSpike(at, 'spike')],
  [7, plantNewService],
  [6, plantTinyBirth],
  [5, plantSaving],
  [6, plantRefund],
  [3, plantPurchase],
]

/** Draws a labelled world by another author than bench/worlds, of the same shape: equal options, equal world. */
export function buildForeignWorld({ seed, profile = 'default', mode = 'anomaly' }: ForeignOptions): World {
  const rng = random(`foreign/${mode}/${profile}/${seed}`)
  const tastes = drawTastes(rng.fork('tastes'), seed, profile, mode)
  const { settings } = tastes
  const days = calendar(settings.start, settings.days)
  const holidays = holidaysOf(rng.fork('holidays'), days, settings.holidays)
  const accounts = drawAccounts(rng.fork('accounts'), tastes)
  const leaves: Leaf[] = []
  const loads = new Map<string, Float64Array>()
  const origins = mode === 'forecast' ? originsOf(days) : []
  const shared = { tastes, calendar: days, holidays: new Set(holidays) }
  for (const account of accounts) {
    const { provider } = account.vendor
    const load = loads.get(provider) ?? traffic(rng.fork(`traffic/${provider}`), tastes)
    loads.set(provider, load)
    leaves.push(...drawLeaves(rng.fork(account.name), { ...shared, traffic: load }, account, leaves.length))
  }
  const last = origins[0] === undefined ? days.days - 16 : origins[0] - 16
  const empty = { labels: [], distractors: [], busy: [], traffic: new Float64Array(0) }
  const at: Build = { ...shared, ...empty, rng: rng.fork('events'), accounts, leaves, last }
  for (const [count, plant] of usagePlan) plantMany(count * settings.events, at, plant)
  addCharges(at)
  plantMany(6 * settings.events, at, plantFeeJump)
  const gaps: { account: string; day: number }[] = []
  plantMany(at.rng.int(1, 5), at, () => plantGap(at, gaps))
  const { labels, distractors } = at
  return { seed, mode, settings, calendar: days, holidays, leaves, labels, distractors, gaps, origins }
}

/** Plants about as many as asked, giving up on one after some draws. */
function plantMany(count: number, at: Build, plant: (at: Build) => boolean): void {
  const wanted = Math.floor(count + at.rng.uniform())
  for (let i = 0; i < wanted; i++) for (let draw = 0; draw < 60; draw++) if (plant(at)) break
}

/** Three tenths of the month after ten months of history. */
function originsOf({ days, dayOfMonth }: World['calendar']): number[] {
  const tenths = Array.from({ length: days }, (_, day) => day).filter((day) => day >= 300 && dayOfMonth(day) === 10)
  return tenths.slice(0, 3)
}
