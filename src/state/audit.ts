import { createHash } from 'node:crypto'
import type { Database } from './sqlite.ts'

/** One line of the append-only log: who did what to what, and from which state to which. */
export interface AuditEntry {
  /** ISO instant. */
  readonly at: string
  readonly actor: string
  readonly action: string
  /** Incident, message, silence, key or statement. */
  readonly subject: string
  readonly detail: Readonly<Record<string, unknown>>
}

/** An entry as it goes out as evidence. `chain` is the SHA-256 of the chain before it and of the entry; null in logs of before chains. */
export interface ChainedEntry extends AuditEntry {
  readonly sequence: number
  readonly chain: string | null
}

const columns = 'sequence, at, actor, action, subject, detail, chain'

export function appendAudit(database: Database, entry: AuditEntry): void {
  database.transaction(() => {
    const [last] = database.all('select chain from audit order by sequence desc limit 1')
    const row = { ...entry, detail: JSON.stringify(entry.detail) }
    database.run(
      'insert into audit (at, actor, action, subject, detail, chain) values ($at, $actor, $action, $subject, $detail, $chain)',
      { ...row, chain: link(textOf(last?.['chain']), row) },
    )
  })
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

/** At most `limit` entries after `sequence`, oldest first. */
export function auditAfter(database: Database, sequence: number, limit: number): ChainedEntry[] {
  return database
    .all(`select ${columns} from audit where sequence > $sequence order by sequence limit $limit`, { sequence, limit })
    .map((row) => ({ ...row, detail: JSON.parse(String(row['detail'])) }) as unknown as ChainedEntry)
}

/** The first entry whose chain does not follow from those before it, or that was taken out; null when the log is whole. */
export function brokenEntry(database: Database): number | null {
  let chain: string | null = null
  let previous = 0
  for (const row of database.all(`select ${columns} from audit order by sequence`)) {
    const sequence = Number(row['sequence'])
    const entry = row as unknown as Omit<AuditEntry, 'detail'> & { detail: string }
    const isOlder = row['chain'] === null && chain === null
    if (!isOlder && (row['chain'] !== link(chain, entry) || (chain !== null && sequence !== previous + 1)))
      return sequence
    chain = textOf(row['chain'])
    previous = sequence
  }
  return null
}

function link(before: string | null, entry: Omit<AuditEntry, 'detail'> & { readonly detail: string }): string {
  const { at, actor, action, subject, detail } = entry
  return createHash('sha256')
    .update(JSON.stringify([before, at, actor, action, subject, detail]))
    .digest('hex')
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : null)
