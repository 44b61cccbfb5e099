import { createHash } from 'node:crypto'
import type { Scope } from './config.ts'

/**
 * Identity of an incident: hash of series, direction and onset (specs/anomalies.md section 5), whatever file or period it was found in.
 *
 * @param scope the series; a dimension that is left out is all of it, a level with its value is a sum or a ratio
 * @param onset first deviating day, `YYYY-MM-DD`, as it was told when the incident opened
 * @returns sixteen hexadecimal digits
 */
export function incidentId(
  scope: { readonly [Key in keyof Scope]?: Scope[Key] | null },
  direction: 'up' | 'down',
  onset: string,
): string {
  const { provider = null, account = null, service = null, team = null, level, value = null } = scope
  const sum = level === undefined ? [] : [level, value]
  return createHash('sha256')
    .update(JSON.stringify([provider, account, service, team, ...sum, direction, onset]))
    .digest('hex')
    .slice(0, 16)
}
