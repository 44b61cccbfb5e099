import { calendar as calendarOf } from './calendar.ts'
import { distractorsOf, plantDistractors } from './distractors.ts'
import { estate } from './estate.ts'
import { plantEvents } from './events.ts'
import type { World } from './model.ts'
import { random } from './random.ts'
import { drawSettings, type Profile } from './settings.ts'
import type { Site } from './site.ts'

export interface WorldOptions {
  readonly seed: number
  readonly profile?: Profile
  readonly mode?: World['mode']
  /** First day and number of days, drawn when absent: worlds of one calendar can be put side by side. */
  readonly span?: { readonly start: string; readonly days: number }
}

/**
 * A labelled world: some hundreds of daily cost series with events, look-alikes and noise. Equal options give an equal world.
 *
 * Mode `forecast` holds three origins, each on the 10th of a month; no event begins after the first, and the days reach to the
 * end of the quarter after the last.
 */
export function buildWorld({ seed, profile = 'default', mode = 'anomaly', span }: WorldOptions): World {
  const rng = random(`world/${seed}/${profile}`)
  const drawn = { ...drawSettings(rng.fork('settings'), profile), ...span }
  const origins = mode === 'forecast' ? originsOf(drawn.start) : []
  const settings = origins.length ? { ...drawn, days: untilQuarterEnd(drawn.start, origins[2] as number) } : drawn
  const calendar = calendarOf(settings.start, settings.days)
  const draw = rng.fork('holidays')
  const holidays = Array.from({ length: settings.holidays }, () =>
    weekdayOn(calendar.weekday, draw.int(5, settings.days - 1)),
  )
  const leaves = estate(calendar, settings, holidays, rng)
  const last = origins.length ? (origins[0] as number) - 1 : settings.days - 16
  const site: Site = { calendar, settings, leaves, labels: [], busy: new Map(), first: 92, last }
  const gaps = plantDistractors(site, rng.fork('distractors'))
  plantEvents(site, rng.fork('events'))
  for (const { account, day } of gaps) {
    for (const leaf of leaves) if (leaf.account === account) for (const cell of leaf.cells) cell.cost[day] = 0
  }
  return {
    seed,
    mode,
    settings,
    calendar,
    holidays,
    leaves,
    labels: site.labels,
    distractors: distractorsOf(site),
    gaps,
    origins,
  }
}

function weekdayOn(weekday: (day: number) => number, day: number): number {
  return weekday(day) >= 5 ? day - 2 : day
}

/** The 10th of three following months, the first after at least 280 days of history. */
function originsOf(start: string): number[] {
  const { index, date } = calendarOf(start, 0)
  const from = new Date(`${date(280)}T00:00:00Z`)
  const shift = from.getUTCDate() > 10 ? 1 : 0
  return [0, 1, 2].map((month) =>
    index(new Date(Date.UTC(from.getUTCFullYear(), from.getUTCMonth() + shift + month, 10)).toISOString().slice(0, 10)),
  )
}

function untilQuarterEnd(start: string, origin: number): number {
  const { index, date } = calendarOf(start, 0)
  const at = new Date(`${date(origin)}T00:00:00Z`)
  const quarter = Math.floor(at.getUTCMonth() / 3)
  return index(new Date(Date.UTC(at.getUTCFullYear(), (quarter + 2) * 3, 1)).toISOString().slice(0, 10))
}
