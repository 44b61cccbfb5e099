import type { Principal } from '../api/principal.ts'
import type { PublishConfig } from '../config-publish.ts'

type Teams = Principal['teams']

/**
 * Who there is to publish for: a set of teams for every live key and every group of the identity provider, and those of the configuration
 * for people of several groups; null, everything, where somebody may see it. Each once, everything first.
 *
 * The union that the groups of one person come to is only published when the configuration names it: groups have 2^n unions.
 */
export function audiencesOf(
  keys: readonly { readonly teams: Teams }[],
  groups: readonly { readonly teams?: readonly string[] | undefined }[],
  { open, audiences }: Pick<PublishConfig, 'open' | 'audiences'>,
): Teams[] {
  const all: Teams[] = [
    ...(open ? [null] : []),
    ...keys.map(({ teams }) => teams),
    ...groups.map(({ teams }) => teams ?? null),
    ...audiences,
  ]
  const found = new Map(all.map((teams) => [teams === null ? '' : JSON.stringify([...new Set(teams)].sort()), teams]))
  return [...found]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([name]) => (name === '' ? null : (JSON.parse(name) as string[])))
}
