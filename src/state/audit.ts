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

/** The newest entries, oldest of them first. */
export function newestAudit(database: Database, count: number): ChainedEntry[] {
  const [last] = database.all('select coalesce(max(sequence), 0) as sequence from audit')
  return auditAfter(database, Number(last?.['sequence']) - count, count)
}

/** What the log shows of itself. Whoever keeps `last` elsewhere can tell later that nothing before it was replaced. */
export interface ChainCheck {
  readonly entries: number
  /** Entries at the beginning that have no chain, being older than chains: what they say is not proved. */
  readonly unchained: number
  /** The first entry that does not follow from those before it, or before which one was taken out; null when the log is whole. */
  readonly broken_at: number | null
  /** Chain of the newest entry. */
  readonly last: string | null
}

const checkedAtOnce = 2000

/** Judges every entry; yields now and then, so that a server can answer others in between. */
export function* checkChain(database: Database): Generator<undefined, ChainCheck> {
  const written = database.all("select seq from sqlite_sequence where name = 'audit'")
  let entries = 0
  let unchained = 0
  let chain: string | null = null
  let previous = 0
  for (;;) {
    const rows = database.all(
      `select ${columns} from audit where sequence > $previous order by sequence limit ${checkedAtOnce}`,
      { previous },
    )
    for (const row of rows) {
      const sequence = Number(row['sequence'])
      const entry = row as unknown as Omit<AuditEntry, 'detail'> & { detail: string }
      const isOlder = row['chain'] === null && chain === null
      const follows = sequence === previous + 1 && (isOlder || row['chain'] === link(chain, entry))
      if (!follows) return { entries, unchained, broken_at: sequence, last: chain }
      chain = textOf(row['chain'])
      previous = sequence
      entries += 1
      if (chain === null) unchained += 1
    }
    if (rows.length === 0) {
      const isCut = previous < Number(written[0]?.['seq'] ?? 0)
      return { entries, unchained, broken_at: isCut ? previous + 1 : null, last: chain }
    }
    yield
  }
}

/** `broken_at` of the whole log; see `checkChain`. */
export function brokenEntry(database: Database): number | null {
  const check = checkChain(database)
  for (;;) {
    const { done, value } = check.next()
    if (done) return value.broken_at
  }
}

function link(before: string | null, entry: Omit<AuditEntry, 'detail'> & { readonly detail: string }): string {
  const { at, actor, action, subject, detail } = entry
  return createHash('sha256')
    .update(JSON.stringify([before, at, actor, action, subject, detail]))
    .digest('hex')
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : null)
