import { createHash } from 'node:crypto'
import type { Scope } from './config.ts'

/**
 * Identity of an incident: hash of series, direction and onset (specs/anomalies.md section 5), whatever file or period it was found in.
 *
 * @param scope the series; a dimension that is left out is all of it
 * @param onset first deviating day, `YYYY-MM-DD`, as it was told when the incident opened
 * @returns sixteen hexadecimal digits
 */
export function incidentId(
  {
    provider = null,
    account = null,
    service = null,
    team = null,
  }: { readonly [Key in keyof Scope]?: Scope[Key] | null },
  direction: 'up' | 'down',
  onset: string,
): string {
  return createHash('sha256')
    .update(JSON.stringify([provider, account, service, team, direction, onset]))
    .digest('hex')
    .slice(0, 16)
}
