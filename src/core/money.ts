/** An exact fraction of two whole numbers; `denominator` is positive. */
export interface Fraction {
  readonly numerator: bigint
  readonly denominator: bigint
}

const pattern = /^([+-]?)(\d*)(?:\.(\d*))?$/

/**
 * Reads a plain decimal number exactly.
 *
 * @param text e.g. `-12.5`; no exponent, no separators
 * @throws RangeError when the text is no such number
 */
export function parseDecimal(text: string): Fraction {
  const match = pattern.exec(text.trim())
  const whole = match?.[2] ?? ''
  const fraction = match?.[3] ?? ''
  if (!match || whole + fraction === '') throw new RangeError(`not a decimal number: ${text}`)
  const numerator = BigInt(whole + fraction)
  return { numerator: match[1] === '-' ? -numerator : numerator, denominator: 10n ** BigInt(fraction.length) }
}

/** Whole minor units as decimal text: `formatMinorUnits(-305n, 2)` is `'-3.05'`; `decimals` is the currency's exponent (USD 2, JPY 0). */
export function formatMinorUnits(units: bigint, decimals: number): string {
  const digits = String(units < 0n ? -units : units).padStart(decimals + 1, '0')
  const whole = digits.slice(0, digits.length - decimals)
  const sign = units < 0n ? '-' : ''
  return decimals === 0 ? sign + whole : `${sign}${whole}.${digits.slice(-decimals)}`
}

/** The nearest whole number, halves away from zero. */
export function roundHalfAway({ numerator, denominator }: Fraction): bigint {
  const magnitude = (2n * (numerator < 0n ? -numerator : numerator) + denominator) / (2n * denominator)
  return numerator < 0n ? -magnitude : magnitude
}

/** The nearest whole number, halves to the even neighbour. */
export function roundHalfEven(value: Fraction): bigint {
  const rounded = roundHalfAway(value)
  const isHalf = 2n * (value.numerator % value.denominator) * (value.numerator < 0n ? -1n : 1n) === value.denominator
  if (!isHalf || rounded % 2n === 0n) return rounded
  return value.numerator < 0n ? rounded + 1n : rounded - 1n
}

/**
 * Gives each line whole minor units that add up to the posted total (specs/allocation.md section 5).
 *
 * Every exact amount is truncated toward zero; the missing units go, one each, to the lines with the largest fraction in the
 * direction of the gap, ties by ascending key. Every line ends within one unit of its exact amount.
 *
 * @param total posted total in minor units
 * @param exact exact amount of each line in minor units; their sum, or its rounding, is `total`
 * @returns minor units by key, in the order of `exact`
 * @throws RangeError when the lines miss the total by more units than there are lines
 *
 * `spread(10n, new Map([['a', third], ['b', third], ['c', third]]))` with 10/3 each is a 4, b 3, c 3
 */
export function spread(total: bigint, exact: ReadonlyMap<string, Fraction>): Map<string, bigint> {
  const lines = [...exact].map(([key, { numerator, denominator }]) => ({
    key,
    units: numerator / denominator,
    rest: numerator % denominator,
    denominator,
  }))
  const gap = total - lines.reduce((sum, line) => sum + line.units, 0n)
  const step = gap < 0n ? -1n : 1n
  const missing = Number(gap * step)
  if (missing > lines.length) throw new RangeError(`the lines miss the total by ${gap} units`)
  const byFraction = lines.toSorted((a, b) => {
    const difference = step * (b.rest * a.denominator - a.rest * b.denominator)
    return difference === 0n ? (a.key < b.key ? -1 : 1) : difference > 0n ? 1 : -1
  })
  for (const line of byFraction.slice(0, missing)) line.units += step
  return new Map(lines.map(({ key, units }) => [key, units]))
}

/**
 * Splits an amount by weights; the parts add up to it to the last minor unit.
 *
 * @param total decimal text with at most `decimals` digits after the point
 * @param weights decimal text by key, of one sign; all zero splits evenly
 * @param decimals minor-unit exponent of the currency
 * @returns decimal text by key
 * @throws RangeError when an amount is no number, or there is no key
 *
 * `split('10.00', { a: '1', b: '1', c: '1' }, 2)` is `{ a: '3.34', b: '3.33', c: '3.33' }`
 */
export function split(
  total: string,
  weights: Readonly<Record<string, string>>,
  decimals: number,
): Record<string, string> {
  const keys = Object.keys(weights)
  if (keys.length === 0) throw new RangeError(`nobody to split ${total} among`)
  const units = roundHalfAway(scaled(parseDecimal(total), decimals))
  const parsed = keys.map((key) => ({ key, weight: parseDecimal(weights[key] ?? '0') }))
  const common = largest(parsed.map(({ weight }) => weight.denominator))
  const whole = parsed.map(({ key, weight }) => ({ key, weight: weight.numerator * (common / weight.denominator) }))
  const sum = whole.reduce((all, { weight }) => all + weight, 0n)
  const exact = whole.map(({ key, weight }): [string, Fraction] => [
    key,
    sum === 0n ? { numerator: units, denominator: BigInt(keys.length) } : positive(units * weight, sum),
  ])
  return texts(spread(units, new Map(exact)), decimals)
}

/**
 * Converts lines into another currency: the total is converted and rounded once, the lines are made to add up to it.
 *
 * @param lines decimal text by key, in the source currency
 * @param rate target units per source unit, as decimal text
 * @param decimals minor-unit exponent of the target currency
 * @returns total (rounded half away from zero) and lines as decimal text
 * @throws RangeError when an amount or the rate is no number
 *
 * `convert({ l1: '24.99', l2: '8.15', l3: '4.11' }, '0.7934', 2).total` is `'29.55'`
 */
export function convert(
  lines: Readonly<Record<string, string>>,
  rate: string,
  decimals: number,
): { readonly total: string; readonly lines: Record<string, string> } {
  const factor = scaled(parseDecimal(rate), decimals)
  const exact = new Map(
    Object.entries(lines).map(([key, text]): [string, Fraction] => {
      const { numerator, denominator } = parseDecimal(text)
      return [key, { numerator: numerator * factor.numerator, denominator: denominator * factor.denominator }]
    }),
  )
  const common = largest([...exact.values()].map(({ denominator }) => denominator))
  const numerator = [...exact.values()].reduce((sum, part) => sum + part.numerator * (common / part.denominator), 0n)
  const total = roundHalfAway({ numerator, denominator: common })
  return { total: formatMinorUnits(total, decimals), lines: texts(spread(total, exact), decimals) }
}

function scaled({ numerator, denominator }: Fraction, decimals: number): Fraction {
  return { numerator: numerator * 10n ** BigInt(decimals), denominator }
}

function positive(numerator: bigint, denominator: bigint): Fraction {
  return denominator < 0n ? { numerator: -numerator, denominator: -denominator } : { numerator, denominator }
}

/** The common denominator of decimal fractions. */
function largest(denominators: readonly bigint[]): bigint {
  let found = 1n
  for (const each of denominators) if (each > found) found = each
  return found
}

function texts(units: ReadonlyMap<string, bigint>, decimals: number): Record<string, string> {
  return Object.fromEntries([...units].map(([key, value]) => [key, formatMinorUnits(value, decimals)]))
}
