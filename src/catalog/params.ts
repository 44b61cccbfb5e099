import { UserError } from '../errors.ts'
import type { Param, Params } from '../warehouse/warehouse.ts'
import type { CatalogEntry } from './catalog.ts'
import type { QueryParam } from './header.ts'

interface ParamType {
  readonly example: string
  accepts(text: string): boolean
}

const types: Readonly<Record<string, ParamType>> = {
  date: { example: '2026-01-31', accepts: isDate },
  timestamp: {
    example: '2026-01-31T00:00:00Z',
    accepts: (text) => isDate(text.slice(0, 10)) && !Number.isNaN(Date.parse(text)),
  },
  varchar: { example: 'text', accepts: () => true },
  integer: { example: '10', accepts: (text) => /^[+-]?\d{1,9}$/.test(text) },
  bigint: { example: '10', accepts: (text) => /^[+-]?\d{1,18}$/.test(text) },
  decimal: { example: '1234.56', accepts: (text) => /^[+-]?\d{1,22}(\.\d{1,15})?$/.test(text) },
  double: { example: '0.05', accepts: (text) => text.trim() !== '' && Number.isFinite(Number(text)) },
  boolean: { example: 'true', accepts: (text) => text === 'true' || text === 'false' },
}

/**
 * Checks what a caller gave for a query against the query's header and fills in defaults.
 *
 * @param given values by parameter name (without `$`), as text from a command line or URL or as JSON values; money as text
 * @returns one value for every parameter of the query, ready to bind
 * @throws UserError that names every unknown, missing or mistyped key with an example of a right value
 */
export function checkParams(entry: CatalogEntry, given: Readonly<Record<string, Param | undefined>>): Params {
  const problems: string[] = []
  const names = entry.params.map((param) => param.name)
  for (const name of Object.keys(given)) {
    if (!names.includes(name))
      problems.push(`${name}: ${entry.name} has no such parameter (it has: ${names.join(', ') || 'none'})`)
  }
  const bound: Record<string, Param> = {}
  for (const param of entry.params) {
    const value = given[param.name]
    const problem = value === undefined || value === null || value === '' ? missing(param) : mistyped(param, value)
    if (problem) problems.push(`${param.name}: ${problem}`)
    bound[param.name] = problem ? null : bindable(param, value)
  }
  if (problems.length > 0)
    throw new UserError(problems.join('\n'), { hint: `costwright queries ${entry.name} describes its parameters` })
  return bound
}

function missing(param: QueryParam): string | undefined {
  return param.fallback === undefined ? `is required, e.g. ${param.name}=${exampleOf(param)}` : undefined
}

function mistyped(param: QueryParam, value: Param): string | undefined {
  const text = String(value)
  if (param.choices) {
    return param.choices.includes(text)
      ? undefined
      : `"${text}" is not one of: ${param.choices.join(', ')}, e.g. ${param.name}=${exampleOf(param)}`
  }
  if (!typeOf(param).accepts(text)) return `"${text}" is no ${param.type}, e.g. ${param.name}=${exampleOf(param)}`
  const [least, most] = param.range ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]
  return Number(text) < least || Number(text) > most ? `"${text}" is not from ${least} to ${most}` : undefined
}

function bindable(param: QueryParam, value: Param | undefined): Param {
  const text = value === undefined || value === null || value === '' ? param.fallback : String(value)
  return text === undefined ? null : text
}

function exampleOf(param: QueryParam): string {
  return param.choices?.[0] ?? /e\.g\. (\S+)/.exec(param.description)?.[1] ?? typeOf(param).example
}

function typeOf(param: QueryParam): ParamType {
  const type = types[param.type.replace(/\(.*/, '')]
  if (!type) throw new Error(`$${param.name}: no rule for parameters of type ${param.type}`)
  return type
}

function isDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false
  const parsed = new Date(`${text}T00:00:00Z`)
  return !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(text)
}
