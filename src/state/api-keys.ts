import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { UserError } from '../errors.ts'
import { appendAudit } from './audit.ts'
import { keyParts } from './key-token.ts'
import type { Database } from './sqlite.ts'

export const roles = ['viewer', 'analyst', 'admin'] as const
export type Role = (typeof roles)[number]

/** A key as it may be shown: never its secret, of which only a digest is kept. */
export interface ApiKey {
  readonly key_id: string
  readonly name: string
  readonly role: Role
  /** The teams whose charges it may see; null for all. */
  readonly teams: readonly string[] | null
  /** ISO instants. */
  readonly created_at: string
  readonly created_by: string
  readonly expires_at: string | null
  readonly revoked_at: string | null
}

export interface NewKey extends Pick<ApiKey, 'name' | 'role' | 'teams' | 'expires_at'> {
  readonly actor: string
}

/** Makes a key and returns it with its token, `cw_<id>_<secret>`, which nobody can ask for again. 256 random bits need no slow hash. */
export function createKey(database: Database, key: NewKey, now: Date): { key: ApiKey; token: string } {
  const key_id = randomBytes(16).toString('hex').slice(0, 12)
  const secret = randomBytes(32).toString('base64url')
  const { actor, teams, ...rest } = key
  const made = { key_id, ...rest, created_at: now.toISOString(), created_by: actor }
  database.transaction(() => {
    database.run(
      `insert into api_keys (key_id, name, digest, role, teams, created_at, created_by, expires_at)
       values ($key_id, $name, $digest, $role, $teams, $created_at, $created_by, $expires_at)`,
      { ...made, digest: digestOf(secret), teams: teams && JSON.stringify(teams) },
    )
    const detail = { name: key.name, role: key.role, teams, expires_at: key.expires_at }
    appendAudit(database, { at: made.created_at, actor, action: 'key_created', subject: key_id, detail })
  })
  return { key: { ...made, teams, revoked_at: null }, token: `cw_${key_id}_${secret}` }
}

/** The key that a token belongs to, if it is known, not revoked and not past its end. */
export function findKey(database: Database, token: string, now: Date): ApiKey | null {
  const parts = keyParts(token)
  if (parts === null) return null
  const { id, secret } = parts
  const [row] = database.all('select * from api_keys where key_id = $id', { id })
  if (!row || !timingSafeEqual(Buffer.from(String(row['digest'])), Buffer.from(digestOf(secret)))) return null
  const key = keyOf(row)
  return keyStatus(key, now) === 'works' ? key : null
}

const mostRemembered = 1000
const changes = 'select data_version, total_changes() as own from pragma_data_version'

/**
 * `findKey` for one who asks often: a key that was found is found again without its digest, until anything in the database changes,
 * whoever changed it. That is looked at once a turn of the event loop, so a key that is revoked, in whatever process, is refused to
 * every request that comes after.
 */
export function keyFinder(database: Database): (token: string, now: Date) => ApiKey | null {
  const found = new Map<string, ApiKey>()
  let version: string | null = null
  let isSeen = false
  const look = () => {
    if (isSeen) return
    const [state] = database.all(changes)
    const next = `${state?.['data_version']} ${state?.['own']}`
    if (next !== version) found.clear()
    version = next
    isSeen = true
    setImmediate(() => {
      isSeen = false
    })
  }
  return (token, now) => {
    look()
    const known = found.get(token)
    if (known) return keyStatus(known, now) === 'works' ? known : null
    const key = findKey(database, token, now)
    if (key && found.size < mostRemembered) found.set(token, key)
    return key
  }
}

/** All keys, newest first. */
export function listKeys(database: Database): ApiKey[] {
  return database.all('select * from api_keys order by created_at desc, key_id').map(keyOf)
}

/** Keys that work at `now`, with the SHA-256 of their secrets in hex, oldest first. */
export function liveKeys(database: Database, now: Date): (ApiKey & { readonly digest: string })[] {
  return database
    .all(
      `select * from api_keys where revoked_at is null and (expires_at is null or expires_at > $now)
       order by created_at, key_id`,
      { now: now.toISOString() },
    )
    .map((row) => ({ ...keyOf(row), digest: String(row['digest']) }))
}

/** Ends a key at once. Throws UserError for one that is not there; ending it again changes nothing. */
export function revokeKey(database: Database, { key_id, actor }: { key_id: string; actor: string }, now: Date): void {
  database.transaction(() => {
    const [row] = database.all('select revoked_at from api_keys where key_id = $key_id', { key_id })
    if (!row) throw new UserError(`there is no key ${key_id}`, { hint: '`costwright keys` lists them.' })
    if (row['revoked_at'] !== null) return
    const at = now.toISOString()
    database.run('update api_keys set revoked_at = $at where key_id = $key_id', { at, key_id })
    appendAudit(database, { at, actor, action: 'key_revoked', subject: key_id, detail: {} })
  })
}

/** The instant at which a key ends that is given `text`, its first day without effect: default in a year; null for `never`. Throws UserError for a day that is no day to come. */
export function keyEnd(text: string | undefined, now: Date): string | null {
  if (text === 'never') return null
  if (text === undefined)
    return new Date(Date.UTC(now.getUTCFullYear() + 1, now.getUTCMonth(), now.getUTCDate())).toISOString()
  const end = new Date(`${text}T00:00:00Z`)
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text) || Number.isNaN(end.getTime()) || end.getTime() <= now.getTime())
    throw new UserError(`expires: ${text} is no day to come`, { hint: 'Write it as 2027-06-30, or never.' })
  return end.toISOString()
}

export const keyStates = ['works', 'expired', 'revoked'] as const

/** Whether a key works at `now`. */
export function keyStatus({ revoked_at, expires_at }: ApiKey, now: Date): (typeof keyStates)[number] {
  if (revoked_at !== null) return 'revoked'
  return expires_at !== null && Date.parse(expires_at) <= now.getTime() ? 'expired' : 'works'
}

function keyOf(row: Readonly<Record<string, unknown>>): ApiKey {
  const { digest: _, teams, ...rest } = row
  return { ...rest, teams: teams === null ? null : JSON.parse(String(teams)) } as unknown as ApiKey
}

const digestOf = (secret: string) => createHash('sha256').update(secret).digest('hex')
