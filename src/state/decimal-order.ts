import { parseDecimal } from '../core/money.ts'

/** Whether the first of two decimal texts is the larger amount, signs aside: `isLarger('-2.50', '2.4')` is true. */
export function isLarger(amount: string, than: string): boolean {
  const a = parseDecimal(amount.replace(/^[+-]/, ''))
  const b = parseDecimal(than.replace(/^[+-]/, ''))
  return a.numerator * b.denominator > b.numerator * a.denominator
}

/** A decimal text times a whole number over 100, digits kept: `percentOfAmount('10.50', 200)` is `'21.0000'`. */
export function percentOfAmount(amount: string, percent: number): string {
  const [whole = '', fraction = ''] = amount.replace(/^[+-]/, '').split('.')
  const digits = String(BigInt(whole + fraction) * BigInt(percent)).padStart(fraction.length + 3, '0')
  const point = digits.length - fraction.length - 2
  return `${digits.slice(0, point)}.${digits.slice(point)}`
}
