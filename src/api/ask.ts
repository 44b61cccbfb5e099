import type { CatalogEntry } from '../catalog/catalog.ts'
import { checkParams } from '../catalog/params.ts'
import { UserError } from '../errors.ts'
import type { Params } from '../warehouse/warehouse.ts'
import type { StreamFormat } from './context.ts'
import { type ApiRequest, refuse } from './http.ts'

export const defaultLimit = 1000
export const maximalLimit = 10_000

/** What one request asks of a query. */
export interface Ask {
  readonly params: Params
  readonly format: 'json' | StreamFormat
  /** ISO instant. */
  readonly asOf: string | undefined
  readonly limit: number
  readonly cursor: string | undefined
}

export const mediaTypes: Readonly<Record<Ask['format'], string>> = {
  json: 'application/json',
  csv: 'text/csv',
  arrow: 'application/vnd.apache.arrow.stream',
  parquet: 'application/vnd.apache.parquet',
}

/** Names with a meaning of their own in the query string, unless the query declares a parameter of that name. */
export const reservedNames = ['as_of', 'limit', 'cursor', 'format'] as const

/**
 * Reads a request for `entry`: its parameters, checked against the header, and the reserved names.
 *
 * @throws UserError (400) naming every wrong parameter; 406 when no format suits
 */
export function readAsk(c: ApiRequest, entry: CatalogEntry): Ask {
  const given: Record<string, string> = {}
  const own: Partial<Record<(typeof reservedNames)[number], string>> = {}
  const declared = new Set(entry.params.map((param) => param.name))
  for (const [name, values] of Object.entries(c.req.queries())) {
    const value = values[0] ?? ''
    if (values.length > 1)
      throw new UserError(`${name} is given ${values.length} times`, { hint: 'Give every parameter once.' })
    const reserved = reservedNames.find((one) => one === name)
    if (reserved && !declared.has(name)) own[reserved] = value
    else given[name] = value
  }
  const format = formatOf(c, own.format)
  if (format !== 'json' && (own.limit !== undefined || own.cursor !== undefined)) {
    throw new UserError(`limit and cursor page through JSON only; ${format} carries every row`, {
      hint: 'Leave them out.',
    })
  }
  return {
    params: checked(entry, given),
    format,
    asOf: own.as_of ? asInstant(own.as_of) : undefined,
    limit: limitOf(own.limit),
    cursor: own.cursor || undefined,
  }
}

function checked(entry: CatalogEntry, given: Readonly<Record<string, string>>): Params {
  try {
    return checkParams(entry, given)
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    throw new UserError(error.message, {
      hint: `/openapi.json and /queries/${entry.name} describe its parameters.`,
      cause: error,
    })
  }
}

export function limitOf(text: string | undefined): number {
  if (text === undefined || text === '') return defaultLimit
  const limit = /^\d{1,9}$/.test(text) ? Number(text) : 0
  if (limit < 1 || limit > maximalLimit) {
    throw new UserError(`limit: "${text}" is not between 1 and ${maximalLimit}`, {
      hint: 'Follow meta.next_cursor for more, or take text/csv, Arrow or Parquet, which carry every row.',
    })
  }
  return limit
}

/** An ISO instant; a date means the end of that day, UTC. Throws UserError for anything else. */
export function asInstant(text: string): string {
  const whole = /^\d{4}-\d{2}-\d{2}$/.test(text)
  const instant = new Date(whole ? `${text}T23:59:59.999Z` : text)
  if (Number.isNaN(instant.getTime()) || !/^\d{4}-\d{2}-\d{2}(T[\d:.]+(Z|[+-]\d{2}:\d{2}))?$/.test(text)) {
    throw new UserError(`as_of: "${text}" is no instant`, {
      hint: 'Write 2026-03-31 (end of that day, UTC) or 2026-03-31T12:00:00Z.',
    })
  }
  return instant.toISOString()
}

/** What `named` says, else the first type of Accept by quality that can be served; 406 when none can. */
export function formatOf(c: ApiRequest, named: string | undefined): Ask['format'] {
  const formats = Object.keys(mediaTypes) as Ask['format'][]
  if (named !== undefined) {
    const found = formats.find((format) => format === named)
    if (!found)
      throw new UserError(`format: "${named}" is not one of: ${formats.join(', ')}`, {
        hint: 'For example format=csv.',
      })
    return found
  }
  const accepted = (c.req.header('accept') ?? '*/*')
    .split(',')
    .map((part, order) => {
      const [type = '', ...rest] = part.split(';').map((piece) => piece.trim().toLowerCase())
      const quality = Number(rest.find((piece) => piece.startsWith('q='))?.slice(2) ?? '1')
      return { type, quality: Number.isNaN(quality) ? 1 : quality, order }
    })
    .filter(({ quality }) => quality > 0)
    .sort((a, b) => b.quality - a.quality || a.order - b.order)
  for (const { type } of accepted) {
    const found = formats.find((format) => mediaTypes[format] === type)
    if (found) return found
    if (type === '*/*' || type === 'application/*') return 'json'
  }
  return refuse({
    status: 406,
    code: 'not-acceptable',
    detail: `none of the accepted types can be served: ${(c.req.header('accept') ?? '').slice(0, 200)}`,
    hint: `Accept one of ${Object.values(mediaTypes).join(', ')}, or add ?format=csv.`,
  })
}
