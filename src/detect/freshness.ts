import { quantile } from '../stats/quantile.ts'

/** A delivery of a source: when it landed, and through which instant its charges went then; ISO. */
export interface Landing {
  readonly source: string
  readonly landed_at: string
  readonly complete_through: string
}

export interface LateSource {
  readonly source: string
  /** End of the last charge that was delivered. */
  readonly complete_through: string
  readonly age_hours: number
  /** The oldest that its data usually get before more come. */
  readonly usual_hours: number
  /** Instant from which on it was late, ISO, and the day on which more came; null while it has not. */
  readonly late_since: string
  readonly ended_on: string | null
}

const hourMs = 3_600_000
/** Landings from which on a source has a habit, and the newest that make it. */
const fewest = 6
const remembered = 40
/** Hours beyond the habit before it is told: a delivery may run late. */
const grace = 12

const instant = (text: string) => Date.parse(text.replace(' ', 'T').replace(/(?:Z|[+-]\d\d:?\d\d)?$/, 'Z'))

/**
 * When the newest data of a source were older than they get. How old is learnt from how old they were whenever more came, at the 95th
 * percentile; a source that is collected is never late before its configured hours. One without either is not judged: files that
 * somebody brings come when they come.
 *
 * @param expected hours by collected source, `late_after_hours`
 * @returns oldest first; one that goes on has no end
 */
export function lateSources(
  landings: readonly Landing[],
  { now, expected }: { now: Date; expected: ReadonlyMap<string, number> },
): LateSource[] {
  return [...Map.groupBy(landings, ({ source }) => source)].flatMap(([source, of]) =>
    latenessOf(of, now.getTime(), expected.get(source) ?? null).map((late) => ({ source, ...late })),
  )
}

function latenessOf(
  landings: readonly Landing[],
  now: number,
  configured: number | null,
): Omit<LateSource, 'source'>[] {
  const found: Omit<LateSource, 'source'>[] = []
  const ages: number[] = []
  let newest: string | null = null
  const look = (at: number, ended_on: string | null) => {
    const usual = usualAge(ages, configured)
    if (newest === null || usual === null) return
    const age = (at - instant(newest)) / hourMs
    if (age <= usual + grace) return
    const late_since = new Date(instant(newest) + (usual + grace) * hourMs).toISOString()
    found.push({
      complete_through: newest,
      age_hours: Math.floor(age),
      usual_hours: Math.ceil(usual),
      late_since,
      ended_on,
    })
  }
  for (const { landed_at, complete_through } of landings.toSorted(
    (a, b) => instant(a.landed_at) - instant(b.landed_at),
  )) {
    if (newest !== null && instant(complete_through) <= instant(newest)) continue
    look(instant(landed_at), landed_at.slice(0, 10))
    if (newest !== null) ages.push((instant(landed_at) - instant(newest)) / hourMs)
    newest = complete_through
  }
  look(now, null)
  return found
}

function usualAge(ages: readonly number[], configured: number | null): number | null {
  const learnt = ages.length >= fewest ? quantile(ages.slice(-remembered), 0.95) : null
  return learnt === null ? configured : Math.max(learnt, configured ?? 0)
}

/**
 * The first landing after which a charge day of a source was there, `YYYY-MM-DD`; null before one. With `whole`, after which it was
 * complete: no more was to come for a day.
 */
export function visibleOn(landings: readonly Landing[], date: string, whole: boolean): string | null {
  const dayMs = 24 * hourMs
  const end = Date.parse(`${date}T00:00:00Z`) + dayMs
  const days = landings
    .filter(({ complete_through, landed_at }) =>
      whole
        ? instant(complete_through) >= end && instant(landed_at) >= end + dayMs
        : instant(complete_through) > end - dayMs,
    )
    .map(({ landed_at }) => landed_at.slice(0, 10))
  return days.sort()[0] ?? null
}
