import { createDice, type Dice } from '../acceptance/dice.ts'
import { type OpenApi, type Operation, type Parameter, resolve, type Schema } from './openapi.ts'

/** A request made from a description; `isRight` when every part of it is as described, and what it is asked of has no state that could refuse it. */
export interface Made {
  readonly path: string
  readonly operation: Operation
  /** Method under which the operation is described. */
  readonly described: string
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
  readonly isRight: boolean
}

const hostile: readonly string[] = [
  ...['', ' ', '\0', 'a\0b', '\u202e\u0301\u{1f4b8}', '\ufeff', '\r\nx: y', "' or 1=1 --", '"', '\\', '%', '%00', '$1'],
  ...['null', 'undefined', 'NaN', 'Infinity', '-1', '0', '-0', '+5', '1e308', '-1e308', '1e999', '0x10', '1_000'],
  ...[
    '0000-00-00',
    '0001-01-01',
    '-0001-01-01',
    '2024-02-30',
    '2023-02-29',
    '9999-12-31',
    '10000-01-01',
    '294247-01-10',
  ],
  ...['2026-13-01', '2026-01-01T25:00:00Z', '9999-12-31T23:59:59.999Z', '2026-01-01T00:00:00+99:99', 'infinity', 'now'],
  ...['__proto__', 'constructor', '{"a":1}', '[]', 'true', 'W10', 'WyJzdGF0ZTEiLDEsMWUzMDhd', 'WyJzdGF0ZTEiLDEsLTFd'],
  ...[
    'a'.repeat(500),
    'a'.repeat(5000),
    '9'.repeat(400),
    '\u{10ffff}'.repeat(200),
    '(',
    '[a-z',
    '.*',
    '%ff',
    '../../etc',
  ],
]
const accepts = [
  ...['*/*', '', 'text/csv', 'application/json', 'application/json;q=0', ';;;', 'text/html', 'a'.repeat(2000), ',,,'],
  ...[
    'application/vnd.apache.parquet',
    'application/vnd.apache.arrow.stream',
    'text/csv;q=abc, */*;q=0.1',
    '*/*;q=1e308',
  ],
]
const encodings = ['gzip', 'gzip;q=0', 'identity', '*', 'br, gzip;q=0.001', 'gzip'.repeat(300)]
const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']
const queries = ['', '&&', '=', '%', 'a[]=1', '%e0%a4=1', 'unknown=1', '\u{1f4b8}=1', '__proto__=1']
const bodies = [
  ...['', '{', 'null', '[]', '1e308', '"x"', '['.repeat(5000), `{"a":"${'x'.repeat(20_000)}"}`, '{"__proto__":{}}'],
  ...['{"sql":null}', '\ufeff{}', '{"a":1}{'],
]

/** Values that earlier answers held, by the name of the parameter that takes them. */
export type Seen = ReadonlyMap<string, readonly string[]>

/** What decides the next request: chance, and how much of it is to be wrong. */
interface Maker {
  readonly dice: Dice
  readonly seen: Seen
  chance(share: number): boolean
  /** Whether this part is to be wrong. */
  spoils(factor?: number): boolean
  /** Told of every part that could be left out: what does not go together cannot be described, so that one such part may be right only. */
  adds(): void
}

/** Endless requests made from the description alone, the same ones for the same seed: a third as described, the rest not. */
export function* requestsOf(description: OpenApi, seed: number, seen: Seen): Generator<Made, never> {
  const dice = createDice(seed)
  const operations = Object.entries(description.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([described, operation]) => ({ path, described, operation })),
  )
  const chance = (share: number) => dice.below(1000) < share * 1000
  for (;;) {
    for (const one of operations) {
      const wrong = dice.pick([0, 0.15, 0.5])
      let isRight = true
      const spoils = (factor = 1) => {
        const answer = chance(wrong * factor)
        if (answer) isRight = false
        return answer
      }
      const isStateless = one.described === 'get' || !one.path.includes('{')
      let optional = 0
      const adds = () => {
        optional += 1
      }
      const made = requestOf(description, one, { dice, seen, chance, spoils, adds })
      yield { ...made, isRight: isRight && optional < 2 && isStateless }
    }
  }
}

type Described = Pick<Made, 'path' | 'described' | 'operation'>

function requestOf(description: OpenApi, one: Described, maker: Maker): Omit<Made, 'isRight'> {
  const { dice, chance, spoils } = maker
  const { path, query, headers } = placed(description, one, maker)
  if (spoils(0.3)) query.push(dice.pick(queries))
  if (spoils(0.5)) headers['accept'] = dice.pick(accepts)
  if (chance(0.2)) headers['accept-encoding'] = dice.pick(encodings)
  if (chance(0.05)) headers['if-none-match'] = dice.pick(['*', '"', 'W/"x", "y"', ',,'])
  const method = spoils(0.3) ? dice.pick(methods) : one.described.toUpperCase()
  const body = method === 'GET' || method === 'HEAD' ? undefined : bodyOf(one.operation, maker)
  const [type = 'application/json'] = Object.keys(one.operation.requestBody?.content ?? {})
  if (body !== undefined)
    headers['content-type'] = spoils(0.2) ? dice.pick(['text/plain', 'application/json; charset=utf-16', '']) : type
  return { ...one, method, url: `${path}${query.length > 0 ? `?${query.join('&')}` : ''}`, headers, body }
}

function placed(description: OpenApi, one: Described, maker: Maker) {
  let { path } = one
  const query: string[] = []
  const headers: Record<string, string> = {}
  for (const parameter of one.operation.parameters ?? []) {
    const found = parameter.$ref ? (resolve(description, parameter.$ref) as Parameter) : parameter
    const { name, in: place } = found
    if (isLeftOut(found, maker)) continue
    const value = textFor(found, maker)
    if (place === 'path') path = path.replace(`{${name}}`, encoded(value) || 'x')
    if (place === 'header') headers[name] = value.replaceAll(/[^ -~]/g, '?').slice(0, 500)
    const times = maker.spoils(0.1) ? 2 : 1
    if (place === 'query') query.push(...Array.from({ length: times }, () => `${name}=${encoded(value)}`))
  }
  return { path, query, headers }
}

/** A cursor belongs to another question, mostly, so that it is always wrong. */
function isLeftOut({ name, in: place, required }: Parameter, { chance, spoils, adds }: Maker): boolean {
  if (place === 'path' || required) return false
  if (name === 'cursor' ? !spoils() : chance(0.6)) return true
  adds()
  return false
}

function textFor({ name, schema }: Parameter, { dice, chance, spoils, seen }: Maker): string {
  const known = seen.get(name) ?? []
  if (spoils()) return dice.pick(hostile)
  return known.length > 0 && chance(0.8) ? dice.pick(known) : String(valid(schema, dice))
}

/** Percent signs and bytes that are no UTF-8 go as they are. */
function encoded(value: string): string {
  return /^%[0-9a-f]{0,2}$/.test(value) ? value : encodeURIComponent(value).replaceAll('.', '%2E')
}

function bodyOf({ requestBody }: Operation, { dice, chance, spoils, adds }: Maker): string {
  const described = Object.values(requestBody?.content ?? {})[0]?.schema
  const schema = described?.oneOf ? dice.pick(described.oneOf) : described
  if (spoils(0.3)) return dice.pick(bodies)
  const value: Record<string, unknown> = {}
  for (const [name, one] of Object.entries(schema?.properties ?? {})) {
    const isOptional = !schema?.required?.includes(name)
    if (isOptional && chance(0.6)) continue
    if (isOptional) adds()
    value[name] = spoils() ? dice.pick([...hostile, null, -1, 1e308, 0.5, [], {}, [[]], true]) : valid(one, dice)
  }
  if (spoils(0.2)) value[dice.pick(hostile)] = 1
  return JSON.stringify(value)
}

/** A value as the schema has it, often at its edge. */
function valid(schema: Schema, dice: Dice): unknown {
  if (schema.enum) return dice.pick(schema.enum.filter((one) => one !== null))
  if (schema.examples) return dice.pick(schema.examples)
  const type = typeof schema.type === 'string' ? schema.type : schema.type?.[0]
  if (type === 'object') {
    const inner = Object.entries(schema.properties ?? {}).filter(
      ([name]) => schema.required?.includes(name) || dice.below(2) === 0,
    )
    return Object.fromEntries(inner.map(([name, one]) => [name, valid(one, dice)]))
  }
  if (type === 'boolean') return dice.below(2) === 0
  if (type === 'array' && schema.items) return [valid(schema.items, dice)]
  if (type === 'integer') {
    const { minimum = -5, maximum = 100 } = schema
    return dice.pick([minimum, maximum, minimum + 1, minimum + dice.below(Math.min(50, maximum - minimum + 1))])
  }
  return dice.pick(textsOf(schema))
}

function textsOf({ format, pattern, maxLength = 300 }: Schema): readonly string[] {
  if (format === 'date')
    return [
      '2026-09-01',
      '2026-10-01',
      '2026-11-01',
      '2024-02-29',
      '2026-12-31',
      '1970-01-01',
      '9999-12-31',
      '0001-01-01',
    ]
  if (format === 'date-time') return ['2026-09-03T00:00:00Z', '2026-10-01T12:30:00.5Z', '2026-10-01T00:00:00+02:00']
  if (pattern) return ['0', '1', '-1', '+7', '12', '999999999'].filter((text) => new RegExp(pattern).test(text))
  return ['a', 'team', 'USD', 'Compute', 'Grüße', '\u{1f4b8}', 'x'.repeat(Math.min(maxLength, 300))]
}
