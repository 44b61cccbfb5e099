import type { DetectionRun } from './detection-run.ts'
import type { Detected } from './incidents.ts'
import type { Database } from './sqlite.ts'

/** What the newest run of detection on the lake said. */
export interface RecordedRun {
  /** ISO instant. */
  readonly at: string
  /** The state of the lake that it read. */
  readonly lake_state: string
  /** Newest charge day that was complete. */
  readonly data_through: string | null
  readonly findings: readonly Detected[]
}

/** Keeps a run in place of the one before. The same findings on the same state of the lake leave what is there. */
export function recordRun(
  database: Database,
  run: DetectionRun,
  { lake_state, at }: { lake_state: string; at: string },
): void {
  const findings = JSON.stringify(run.findings.map(({ context: _, ...finding }) => finding))
  const { data_through } = run
  database.transaction(() => {
    const kept = database.run(
      'update detection_runs set data_through = $data_through where lake_state = $lake_state and findings = $findings',
      { data_through, lake_state, findings },
    )
    if (kept > 0) return
    database.run('delete from detection_runs')
    database.run(
      `insert into detection_runs (at, lake_state, data_through, findings)
       values ($at, $lake_state, $data_through, $findings)`,
      { at, lake_state, data_through, findings },
    )
  })
}

/** The newest run, or null before the first. */
export function newestRun(database: Database): RecordedRun | null {
  const [row] = database.all(
    'select at, lake_state, data_through, findings from detection_runs order by sequence desc limit 1',
  )
  return row ? ({ ...row, findings: JSON.parse(String(row['findings'])) } as unknown as RecordedRun) : null
}
