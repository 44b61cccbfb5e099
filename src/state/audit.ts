import type { Database } from './sqlite.ts'

/** One line of the append-only log: who did what to what, and from which state to which. */
export interface AuditEntry {
  /** ISO instant. */
  readonly at: string
  readonly actor: string
  readonly action: string
  /** Incident, message or silence id. */
  readonly subject: string
  readonly detail: Readonly<Record<string, unknown>>
}

export function appendAudit(database: Database, entry: AuditEntry): void {
  database.run(
    'insert into audit (at, actor, action, subject, detail) values ($at, $actor, $action, $subject, $detail)',
    {
      ...entry,
      detail: JSON.stringify(entry.detail),
    },
  )
}

/** The log of a subject, or all of it, oldest first. */
export function readAudit(database: Database, subject?: string): AuditEntry[] {
  return database
    .all(
      'select at, actor, action, subject, detail from audit where $subject is null or subject = $subject order by sequence',
      { subject: subject ?? null },
    )
    .map((row) => ({ ...row, detail: JSON.parse(String(row['detail'])) }) as unknown as AuditEntry)
}
