import { UserError } from '../errors.ts'
import type { ApiRequest } from './http.ts'

/** The values of each name in the query string. Names are a stranger's: kept in a map, where none means anything. */
export function searchOf(c: ApiRequest): Map<string, string[]> {
  const found = new Map<string, string[]>()
  for (const [name, value] of new URL(c.req.url).searchParams) found.set(name, [...(found.get(name) ?? []), value])
  return found
}

/**
 * The query string of a request.
 *
 * @param what the resource, for the message
 * @param names every parameter that it has
 * @throws UserError for one that it does not have, or that is given twice
 */
export function queryParams<Name extends string>(
  c: ApiRequest,
  what: string,
  names: readonly Name[],
): Partial<Record<Name, string>> {
  const given = [...searchOf(c)]
  const unknown = given.filter(([name]) => !names.some((one) => one === name)).map(([name]) => name.slice(0, 100))
  if (unknown.length > 0)
    throw new UserError(`${what} has no parameter ${unknown.join(', ')}`, { hint: `It has: ${names.join(', ')}.` })
  const twice = given.find(([, values]) => values.length > 1)
  if (twice)
    throw new UserError(`${twice[0]} is given ${twice[1].length} times`, { hint: 'Give every parameter once.' })
  return Object.fromEntries(given.map(([name, values]) => [name, values[0]])) as Partial<Record<Name, string>>
}
