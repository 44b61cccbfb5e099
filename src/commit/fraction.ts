import { type Fraction, parseDecimal } from '../core/money.ts'

export const zero: Fraction = { numerator: 0n, denominator: 1n }
export const one: Fraction = { numerator: 1n, denominator: 1n }

/** Digits in which a decimal expansion has to end to be printed in full. */
const longest = 60

/** An exact number of decimal text, with an exponent or without. `fraction('1.5e-3')` is 3/2000. Throws RangeError for other text. */
export function fraction(text: string): Fraction {
  const [digits, exponent] = text.split(/e/i)
  const value = parseDecimal(digits ?? '')
  if (exponent === undefined) return value
  const power = Number(exponent)
  if (!/^[+-]?\d{1,3}$/.test(exponent)) throw new RangeError(`not a decimal number: ${text}`)
  return power < 0
    ? { numerator: value.numerator, denominator: value.denominator * 10n ** BigInt(-power) }
    : { numerator: value.numerator * 10n ** BigInt(power), denominator: value.denominator }
}

export function whole(value: bigint | number): Fraction {
  return { numerator: BigInt(value), denominator: 1n }
}

export function plus(a: Fraction, b: Fraction): Fraction {
  return a.denominator === b.denominator
    ? { numerator: a.numerator + b.numerator, denominator: a.denominator }
    : {
        numerator: a.numerator * b.denominator + b.numerator * a.denominator,
        denominator: a.denominator * b.denominator,
      }
}

export function minus(a: Fraction, b: Fraction): Fraction {
  return plus(a, { numerator: -b.numerator, denominator: b.denominator })
}

export function times(a: Fraction, b: Fraction): Fraction {
  return { numerator: a.numerator * b.numerator, denominator: a.denominator * b.denominator }
}

/** a ÷ b, or null for b = 0. */
export function over(a: Fraction, b: Fraction): Fraction | null {
  if (b.numerator === 0n) return null
  const sign = b.numerator < 0n ? -1n : 1n
  return { numerator: a.numerator * b.denominator * sign, denominator: a.denominator * b.numerator * sign }
}

/** Negative for a < b, 0 for equal numbers, positive for a > b. */
export function compare(a: Fraction, b: Fraction): number {
  const difference = a.numerator * b.denominator - b.numerator * a.denominator
  return difference < 0n ? -1 : difference > 0n ? 1 : 0
}

export function lower(a: Fraction, b: Fraction): Fraction {
  return compare(a, b) <= 0 ? a : b
}

/** The exact sum, added up pairwise so that long denominators meet late. */
export function sum(values: readonly Fraction[]): Fraction {
  if (values.length <= 1) return values[0] ?? zero
  const middle = values.length >> 1
  return plus(sum(values.slice(0, middle)), sum(values.slice(middle)))
}

/** The largest multiple of `step` that is not above the value, which is not negative. */
export function floorTo(value: Fraction, step: Fraction): Fraction {
  const steps = (value.numerator * step.denominator) / (value.denominator * step.numerator)
  return { numerator: steps * step.numerator, denominator: step.denominator }
}

export function toNumber({ numerator, denominator }: Fraction): number {
  const excess = Math.max(numerator.toString(2).length, denominator.toString(2).length) - 1000
  const shift = excess > 0 ? BigInt(excess) : 0n
  return Number(numerator >> shift) / Number(denominator >> shift)
}

/**
 * Decimal text: exact where the expansion ends, else 12 decimals, halves away from zero (the convention of specs/vectors.json).
 *
 * `decimalText({ numerator: 9n, denominator: 4n })` is `'2.25'`, a third is `'0.333333333333'`.
 */
export function decimalText({ numerator, denominator }: Fraction): string {
  const ends = (numerator * 10n ** BigInt(longest)) % denominator === 0n
  const decimals = ends ? longest : 12
  const scaled = numerator * 10n ** BigInt(decimals)
  const magnitude = scaled < 0n ? -scaled : scaled
  const units = ends ? magnitude / denominator : (2n * magnitude + denominator) / (2n * denominator)
  const digits = units.toString().padStart(decimals + 1, '0')
  const text = `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`.replace(/\.?0+$/, '')
  return numerator < 0n && text !== '0' ? `-${text}` : text
}
