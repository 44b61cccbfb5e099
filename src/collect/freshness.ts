import { Cron } from 'croner'
import type { SourceConfig } from '../config-sources.ts'
import type { Delivery } from '../lake/journal.ts'
import type { SourceState } from './state.ts'

/** How fresh a configured source is. Instants are ISO; null where there is none. */
export interface SourceFreshness {
  readonly source: string
  readonly type: SourceConfig['type']
  /** Of the newest run; null before the first. */
  readonly status: string | null
  readonly last_run: string | null
  /** When the newest delivery of it landed. */
  readonly last_delivery: string | null
  /** Last instant of charges that it brought. */
  readonly data_complete_through: string | null
  readonly next_run: string | null
  /** What is wrong, in words; null when nothing is. */
  readonly finding: string | null
}

const hourMs = 3_600_000

/** Freshness of one source at `now`, from what its runs left behind. `schedule` is the cron line that applies to it, if any. */
export function freshnessOf(
  config: SourceConfig,
  schedule: string | undefined,
  state: SourceState,
  journal: readonly Delivery[],
  now: Date,
): SourceFreshness {
  const ids = new Set(Object.values(state.units).flatMap((unit) => unit.deliveries))
  const own = journal.filter(({ id }) => ids.has(id))
  const last_delivery = own.at(-1)?.landed_at ?? null
  const through = own.flatMap(({ periods }) => periods.flatMap(({ totals }) => totals.complete_through ?? [])).sort()
  const data_complete_through =
    through
      .at(-1)
      ?.replace(' ', 'T')
      .replace(/(?<!Z)$/, 'Z') ?? null
  return {
    source: config.name,
    type: config.type,
    status: state.last_run?.status ?? null,
    last_run: state.last_run?.ended_at ?? null,
    last_delivery,
    data_complete_through,
    next_run: schedule ? (nextRun(schedule, now)?.toISOString() ?? null) : null,
    finding: findingOf(config, state, last_delivery, now),
  }
}

function findingOf(config: SourceConfig, state: SourceState, last_delivery: string | null, now: Date): string | null {
  const { last_run, last_success } = state
  if (!last_run) return 'never collected'
  if (last_run.status === 'failed' || last_run.status === 'waiting')
    return `${last_run.status} at ${last_run.ended_at}: ${last_run.problems[0] ?? ''}`
  const hours = (instant: string) => Math.floor((now.getTime() - Date.parse(instant)) / hourMs)
  const late = config.late_after_hours
  if (last_success && hours(last_success) >= late)
    return `late: not collected for ${hours(last_success)} h, expected within ${late} h`
  if (last_delivery === null) return 'nothing has been delivered yet'
  if (hours(last_delivery) >= late) return `late: nothing new for ${hours(last_delivery)} h, expected within ${late} h`
  return null
}

/** First instant after `now` at which the cron line (five fields, UTC) is due. */
function nextRun(schedule: string, now: Date): Date | null {
  return new Cron(schedule, { timezone: 'UTC', paused: true }).nextRun(now)
}
