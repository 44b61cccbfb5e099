import type { Database } from './sqlite.ts'

/** Signatures are kept longer than their timestamps are accepted. */
const keptMs = 15 * 60_000

/** Takes a signed request once: false when the same signature was taken before, whichever process did it. */
export function claimSignature(database: Database, signature: string, now: Date): boolean {
  return database.transaction(() => {
    const old = new Date(now.getTime() - keptMs).toISOString()
    database.run('delete from used_signatures where at < $old', { old })
    return (
      database.run(
        'insert into used_signatures (signature, at) values ($signature, $at) on conflict (signature) do nothing',
        { signature, at: now.toISOString() },
      ) === 1
    )
  })
}
