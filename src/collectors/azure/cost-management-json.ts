/** JSON whose numbers are decimal text. */
export type Json = { readonly [name: string]: Json } | readonly Json[] | string | boolean | null

const tokens = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g

/**
 * Parses JSON, every number as the plain decimal text it was sent as: `{"cost":1.10,"rate":5E-7}` has cost `'1.10'` and rate
 * `'0.0000005'`. Throws SyntaxError for what is no JSON.
 */
export function parseExactJson(text: string): Json {
  const quoted = text
    .replace(/^\uFEFF/, '')
    .replace(tokens, (token) => (token.startsWith('"') ? token : `"${plainDecimal(token)}"`))
  return JSON.parse(quoted) as Json
}

function plainDecimal(number: string): string {
  const [, sign = '', whole = '', fraction = '', exponent] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(number) ?? []
  if (exponent === undefined) return number
  const digits = whole + fraction
  const point = whole.length + Number(exponent)
  const padded = point <= 0 ? '0'.repeat(1 - point) + digits : digits.padEnd(point, '0')
  const split = Math.max(point, 1)
  const places = padded.slice(split)
  return `${sign}${padded.slice(0, split).replace(/^0+(?=\d)/, '')}${places === '' ? '' : `.${places}`}`
}

/** What lies at a path of names; null when it is not there. */
export function at(json: Json, ...path: readonly string[]): Json {
  return path.reduce<Json>((value, name) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return null
    return (value as { readonly [name: string]: Json })[name] ?? null
  }, json)
}

/** Text or number at a path, as text; null when there is neither. */
export function textAt(json: Json, ...path: readonly string[]): string | null {
  const value = at(json, ...path)
  return typeof value === 'string' ? value : null
}

/** Elements at a path; none when there is no list. */
export function listAt(json: Json, ...path: readonly string[]): readonly Json[] {
  const value = at(json, ...path)
  return Array.isArray(value) ? value : []
}
