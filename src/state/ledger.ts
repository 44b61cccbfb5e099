import { DatabaseSync } from 'node:sqlite'
import { UserError } from '../errors.ts'
import { openDatabase } from './sqlite.ts'
import { checkMove, type SavingState } from './transitions.ts'

/** One saving as it stands. Amounts are decimal text per month; days are YYYY-MM-DD; instants ISO. */
export interface Saving {
  readonly finding_id: string
  readonly finding_key: string
  readonly rule: string
  readonly step: string
  readonly provider: string | null
  readonly sub_account_id: string | null
  readonly resource_id: string | null
  readonly currency: string
  readonly state: SavingState
  /** Saving a month when it was identified; null when no price was known. */
  readonly identified_amount: string | null
  readonly one_off_cost: string | null
  readonly verified_amount: string | null
  readonly owner: string | null
  readonly reason: string | null
  readonly until: string | null
  readonly identified_on: string
  readonly accepted_on: string | null
  readonly implemented_on: string | null
  readonly verified_on: string | null
  readonly changed_at: string
}

/** What a change says beyond the new state; every field lands in the audit. */
export interface Change {
  readonly to: SavingState
  readonly actor: string
  readonly at: Date
  readonly owner?: string | undefined
  readonly reason?: string | undefined
  readonly until?: string | undefined
  /** Day of acceptance, implementation or measurement. */
  readonly day?: string | undefined
  readonly amount?: string | null | undefined
  readonly detail?: object | undefined
}

type Finding = Readonly<Record<string, unknown>>

export interface Ledger {
  /**
   * Enters findings that are new as proposed, and re-opens done savings whose finding is back (`state` regressed).
   *
   * @param complete rules whose findings these all are: what they proposed before and do not find now expires
   */
  propose(findings: readonly Finding[], now: Date, complete?: readonly string[]): void
  /** Enters one finding as proposed, advice too, whose promise is no amount; nothing changes where it is known. */
  enter(finding: Finding, now: Date): void
  /** Every saving, largest identified amount first. */
  list(state?: string): readonly Saving[]
  change(findingId: string, change: Change): Saving
  /** Rises with every event. */
  revision(): number
  decisions(): { finding_key: string; state: string; hidden_until: string | null }[]
  events(findingId: string): readonly Readonly<Record<string, unknown>>[]
  close(): void
}

/** A dismissal that names no end holds for this long (specs/optimisation.md section 2: both suppressions expire). */
const dismissDays = 180

/** A done saving is not proposed again for this long: bills need time to show it. */
const settleDays = 30

/** Opens (and creates) the savings ledger in the SQLite file at `path`; several processes may hold it open (WAL). */
export function openLedger(path: string): Ledger {
  openDatabase(path).close()
  const db = new DatabaseSync(path, { timeout: 10_000, enableForeignKeyConstraints: true })
  const find = db.prepare('select * from savings where finding_id = ?')
  const log = db.prepare(
    'insert into savings_events (finding_id, at, actor, from_state, to_state, detail) values (?, ?, ?, ?, ?, ?)',
  )
  const open = db.prepare(
    "select * from savings where state in ('proposed', 'expired') and identified_amount is not null",
  )
  const newest = db.prepare('select coalesce(max(event), 0) as event from savings_events')
  const insert = db.prepare(
    `insert into savings (finding_id, finding_key, rule, step, provider, sub_account_id, resource_id, currency, state, identified_amount, one_off_cost, identified_on, changed_at)
    values (?, ?, ?, ?, ?, ?, ?, ?, 'proposed', ?, ?, ?, ?) on conflict (finding_key) do nothing`,
  )
  const update = db.prepare(
    `update savings set state = ?, owner = coalesce(?, owner), reason = coalesce(?, reason), until = ?, accepted_on = coalesce(?, accepted_on),
      implemented_on = coalesce(?, implemented_on), verified_on = coalesce(?, verified_on), verified_amount = coalesce(?, verified_amount), changed_at = ?
    where finding_id = ?`,
  )
  const write = (row: Finding, at: string, from: string | null, to: SavingState) => {
    const detail = { rule_version: row['rule_version'], amount: row['cash_saving_month'] }
    log.run(String(row['finding_id']), at, 'recommend', from, to, JSON.stringify(detail))
  }
  const enter = (row: Finding, at: string) => {
    const { changes } = insert.run(...identityOf(row), at.slice(0, 10), at)
    if (Number(changes) > 0) write(row, at, null, 'proposed')
  }
  const review = (findings: readonly Finding[], complete: readonly string[], at: string) => {
    const roles = new Map(findings.map((row) => [String(row['finding_key']), String(row['role'])]))
    for (const saving of open.all() as unknown as Saving[]) {
      const turn = turnOf(saving, roles.get(saving.finding_key), complete)
      if (turn === null) continue
      update.run(turn.to, null, turn.reason, null, null, null, null, null, at, saving.finding_id)
      log.run(saving.finding_id, at, 'recommend', saving.state, turn.to, JSON.stringify({ reason: turn.reason }))
    }
  }
  return {
    propose(findings, now, complete = []) {
      const at = now.toISOString()
      const entered = findings.filter(({ role }) => role === 'counted' || role === 'unpriced')
      transaction(db, () => {
        for (const row of entered) enter(row, at)
        review(findings, complete, at)
        for (const row of entered.filter(({ state }) => state === 'regressed')) {
          const before = String(find.get(String(row['finding_id']))?.['state'])
          if (before !== 'done' && before !== 'verified') continue
          update.run('regressed', null, null, null, null, null, null, null, at, String(row['finding_id']))
          write(row, at, before, 'regressed')
        }
      })
    },
    enter: (finding, now) => transaction(db, () => enter(finding, now.toISOString())),
    list(state) {
      const rows = db
        .prepare(
          `select * from savings where ?1 is null or state = ?1 order by cast(identified_amount as real) desc, finding_id`,
        )
        .all(state ?? null)
      return rows as unknown as Saving[]
    },
    change(findingId, change) {
      return transaction(db, () => {
        const saving = find.get(findingId) as unknown as Saving | undefined
        if (!saving)
          throw new UserError(`there is no saving ${findingId}`, {
            hint: '`costwright savings list` shows them; `costwright recommend` enters new ones.',
          })
        checkMove(saving.state, change.to)
        const day = change.day ?? change.at.toISOString().slice(0, 10)
        checkDay(saving, change.to, day)
        const until = change.to === 'dismissed' ? checkedEnd(change) : change.until
        update.run(...fieldsOf({ ...change, until }, day), findingId)
        const { actor, at, to, ...detail } = change
        log.run(findingId, at.toISOString(), actor, saving.state, to, JSON.stringify({ ...detail, until, day }))
        return find.get(findingId) as unknown as Saving
      })
    },
    revision: () => Number(newest.get()?.['event']),
    decisions: () => {
      const rows = db.prepare('select finding_key, state, until, implemented_on from savings').all()
      return rows.map((row) => ({
        finding_key: String(row['finding_key']),
        state: String(row['state']),
        hidden_until: hiddenUntil(String(row['state']), row['until'], row['implemented_on']),
      }))
    },
    events: (findingId) =>
      db
        .prepare(
          'select at, actor, from_state, to_state, detail from savings_events where finding_id = ? order by event',
        )
        .all(findingId),
    close: () => db.close(),
  }
}

/** What an undecided saving becomes whose finding now has this role, undefined when it is not found; null when nothing changes. */
function turnOf(
  { state, rule }: Saving,
  role: string | undefined,
  complete: readonly string[],
): { to: SavingState; reason: string } | null {
  const isFound = role === 'counted' || role === 'unpriced'
  if (isFound) return state === 'expired' ? { to: 'proposed', reason: 'found again' } : null
  if (state === 'expired' || !complete.includes(rule)) return null
  return { to: 'expired', reason: role === 'alternative' ? 'another move is better' : 'no longer found' }
}

/** Values of the `insert` statement that a finding gives. */
function identityOf(row: Finding): (string | null)[] {
  const text = (name: string) => (row[name] == null ? null : String(row[name]))
  const names = ['finding_id', 'finding_key', 'rule', 'step', 'provider', 'sub_account_id', 'resource_id', 'currency']
  return [...names.map(text), text('cash_saving_month'), text('one_off_cost')]
}

/** A saving is identified, then accepted, then done: anything else cannot be measured as its effect. */
function checkDay(saving: Saving, to: SavingState, day: string): void {
  const [what, earlier] =
    to === 'done' && saving.accepted_on !== null
      ? ['accepted', saving.accepted_on]
      : ['identified', saving.identified_on]
  if ((to === 'accepted' || to === 'done') && day < earlier)
    throw new UserError(`${saving.finding_id} cannot be ${to} on ${day}: it was ${what} on ${earlier}`)
}

/** Day until which a dismissal holds, its own or the default. */
function checkedEnd({ at, until }: Change): string {
  const end = until ?? daysAfter(at, dismissDays)
  if (end <= at.toISOString().slice(0, 10)) throw new UserError(`a dismissal until ${end} is over already`)
  return end
}

/** Values of the `update` statement: null leaves a field as it is. */
function fieldsOf(change: Change, day: string): (string | null)[] {
  const { to, at, owner = null, reason = null, until = null, amount = null } = change
  const on = (state: SavingState) => (to === state ? day : null)
  return [to, owner, reason, until, on('accepted'), on('done'), on('verified'), amount, at.toISOString()]
}

function hiddenUntil(state: string, until: unknown, implementedOn: unknown): string | null {
  if (state === 'dismissed') return until == null ? '9999-12-31' : String(until)
  if ((state !== 'done' && state !== 'verified') || implementedOn == null) return null
  return daysAfter(new Date(`${String(implementedOn)}T00:00:00Z`), settleDays)
}

function daysAfter(from: Date, days: number): string {
  return new Date(from.getTime() + days * 86_400_000).toISOString().slice(0, 10)
}

/** All or nothing; writers of other processes wait. */
function transaction<T>(db: DatabaseSync, work: () => T): T {
  db.exec('begin immediate')
  try {
    const result = work()
    db.exec('commit')
    return result
  } catch (cause) {
    db.exec('rollback')
    throw cause
  }
}
