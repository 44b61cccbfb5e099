import { createHash } from 'node:crypto'
import type { Direction, Scope, Silence } from './silences.ts'
import type { Database, Row } from './sqlite.ts'

/** Silences that someone has not ended; a past end date still covers its own days. */
export function activeSilences(database: Database): Silence[] {
  return database
    .all(
      `select silence_id, kind, scope, direction, start_date, end_date, ceiling, incident_id, note, actor
       from silences where ended_at is null order by created_at, silence_id`,
    )
    .map(silenceOfRow)
}

const silenceOfRow = (row: Row) => ({ ...row, scope: JSON.parse(String(row['scope'])) }) as unknown as Silence

/** Adds a silence and returns its id. */
export function addSilence(database: Database, silence: Omit<Silence, 'silence_id'>, at: string): string {
  const silence_id = createHash('sha256')
    .update(JSON.stringify([silence, at]))
    .digest('hex')
    .slice(0, 16)
  database.run(
    `insert into silences (silence_id, kind, scope, direction, start_date, end_date, ceiling, incident_id, note, actor, created_at)
     values ($silence_id, $kind, $scope, $direction, $start_date, $end_date, $ceiling, $incident_id, $note, $actor, $created_at)
     on conflict (silence_id) do nothing`,
    { ...silence, scope: JSON.stringify(silence.scope), silence_id, created_at: at },
  )
  return silence_id
}

/** Ends the silences that were decided on an incident. */
export function endSilences(database: Database, incidentId: string, at: string): number {
  return database.run('update silences set ended_at = $at where incident_id = $incident_id and ended_at is null', {
    incident_id: incidentId,
    at,
  })
}

export type Judgement = 'actionable' | 'expected' | 'noise'

export interface Verdict {
  readonly incident_id: string
  readonly verdict: Judgement
  readonly series: Scope
  readonly direction: Direction
  readonly date: string
  readonly given_on: string
  /** Exclusive end of an expected change, if it ends. */
  readonly until: string | null
  readonly actor: string
}

export function addVerdict(database: Database, verdict: Verdict): void {
  database.run(
    `insert into verdicts (incident_id, verdict, series, direction, date, given_on, until, actor)
     values ($incident_id, $verdict, $series, $direction, $date, $given_on, $until, $actor)`,
    { ...verdict, series: JSON.stringify(verdict.series) },
  )
}

/** The newest verdict on each incident, in the order of the incidents' first verdicts. */
export function latestVerdicts(database: Database): Verdict[] {
  return database
    .all(
      `select incident_id, verdict, series, direction, date, given_on, until, actor
       from verdicts
       where sequence in (select max(sequence) from verdicts group by incident_id)
       order by sequence`,
    )
    .map((row) => ({ ...row, series: JSON.parse(String(row['series'])) }) as unknown as Verdict)
}

/**
 * What detection on the lake learns from: `actionable` keeps the band, `expected` adopts the level or waits for its end. Noise and plans
 * stay here, so that what they silence is still recorded and says so.
 */
export function learntVerdicts(database: Database) {
  return detectionFeedback(database).feedback.filter(({ verdict }) => verdict !== 'noise')
}

/** What people decided, in the shape of detection's configuration (specs/anomalies.md section 8). */
export function detectionFeedback(database: Database) {
  return {
    feedback: latestVerdicts(database).map(({ series, date, direction, verdict, given_on, until }) => ({
      ...{ series, date, direction, verdict, given_on },
      ...(until === null ? {} : { until }),
    })),
    planned: activeSilences(database)
      .filter(({ kind }) => kind === 'planned')
      .map(({ scope, start_date, end_date, direction, note }) => ({
        ...{ scope, start: start_date, end: end_date ?? '9999-12-31' },
        ...(direction === null ? {} : { direction }),
        ...(note === null ? {} : { note }),
      })),
  }
}

/** How useful alerts were, those told and those judged on the page: `share` is actionable over judged, null when nothing was judged. */
export function actionableShare(database: Database, since: string) {
  const [row] = database.all(
    `select
         count(*) filter (where is_told) as told,
         count(*) filter (where verdict is not null) as judged,
         count(*) filter (where verdict = 'actionable') as actionable
     from (
         select
             (select verdict from verdicts v where v.incident_id = i.incident_id order by sequence desc limit 1) as verdict,
             exists (select 1 from deliveries d where d.incident_id = i.incident_id) as is_told
         from incidents i
         where i.opened_on >= $since
     )`,
    { since },
  )
  const [told, judged, actionable] = ['told', 'judged', 'actionable'].map((name) => Number(row?.[name])) as [
    number,
    number,
    number,
  ]
  return { told, judged, actionable, share: judged === 0 ? null : actionable / judged }
}
