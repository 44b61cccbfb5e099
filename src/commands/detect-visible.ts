import { type Landing, visibleOn } from '../detect/freshness.ts'
import { dateAt, dayIndex } from '../detect/input.ts'
import { accountKey } from '../detect/lake-series.ts'
import { allVersions, type Delivery } from '../lake/journal.ts'
import type { DetectionRun } from '../state/detection-run.ts'

/** Every delivery of charges, oldest first. */
export const landingsOf = (journal: readonly Delivery[]): Landing[] =>
  allVersions(journal).flatMap(({ source, landed_at, totals: { complete_through } }) =>
    complete_through === null ? [] : [{ source, landed_at, complete_through }],
  )

/** A day that became visible later than this was filled in: a monthly export comes a month and a half after its first day at most. */
const backFillDays = 45

/**
 * Findings with `detected_on` as the day on which their evidence was there: landed, and complete where it is a fall. Of days that were
 * filled in later it stays the charge day, so that no history is told as news.
 *
 * @param sources source by account, `accountKey`
 */
export function withVisibleDays(
  findings: DetectionRun['findings'],
  { landings, sources }: { landings: readonly Landing[]; sources: ReadonlyMap<string, string> },
): DetectionRun['findings'] {
  const bySource = Map.groupBy(landings, ({ source }) => source)
  const known = new Map<string, string | null>()
  const visible = (source: string, date: string, whole: boolean) => {
    const key = JSON.stringify([source, date, whole])
    const day = known.has(key) ? (known.get(key) ?? null) : visibleOn(bySource.get(source) ?? [], date, whole)
    known.set(key, day)
    return day
  }
  return findings.map((finding) => {
    const { provider, account, level } = finding.series
    if (level === 'data_freshness') return finding
    const within = [...sources].filter(([key]) =>
      account !== undefined
        ? key === accountKey(provider ?? '', account)
        : provider === undefined || key.startsWith(`${provider}\u0000`),
    )
    const days = [...new Set(within.map(([, source]) => source))].flatMap(
      (source) => visible(source, finding.date, finding.direction === 'down') ?? [],
    )
    const timely = days.filter((day) => dayIndex(finding.date, day) <= backFillDays)
    const latest = timely.length === 0 ? undefined : [...timely, dateAt(finding.date, 1)].sort().at(-1)
    return latest === undefined ? finding : { ...finding, detected_on: latest }
  })
}
