import { describe, expect, it } from 'vitest'
import { niceTicks } from '../../src/web/charts.ts'
import {
  formatDecimal,
  formatInstant,
  formatMoney,
  formatMonth,
  formatPercent,
  formatShare,
} from '../../src/web/format.ts'

const plain = (text: string) => text.replaceAll('\u00a0', ' ')

describe('formatMoney', () => {
  it.each([
    ['1234567.895', 'USD', 'full', 'USD 1,234,567.90'],
    ['0.005', 'USD', 'full', 'USD 0.01'],
    ['-0.005', 'USD', 'full', 'USD −0.01'],
    ['-0.0049', 'USD', 'full', 'USD 0.00'],
    ['1234567.5', 'JPY', 'full', 'JPY 1,234,568'],
    ['1.2345', 'KWD', 'full', 'KWD 1.235'],
    ['99999999999999999999999.125', 'USD', 'full', 'USD 99,999,999,999,999,999,999,999.13'],
    ['-1234.5', 'GBP', 'whole', 'GBP −1,235'],
    ['1284567.5', 'EUR', 'compact', 'EUR 1.28M'],
    ['12845.5', 'Credits', 'full', 'Credits 12,845.50'],
  ] as const)('writes %s %s %s as %s', (amount, currency, style, expected) => {
    expect(plain(formatMoney(amount, currency, style))).toBe(expected)
  })

  it('shows a dash for an unknown amount, never zero', () => {
    expect(formatMoney(null, 'USD')).toBe('–')
  })
})

describe('other figures', () => {
  it('writes ratios in percent and volumes exactly', () => {
    expect(plain(formatShare(0.91279))).toBe('91.3 %')
    expect(plain(formatPercent(-0.04, { signed: true }))).toBe('0.0 %')
    expect(plain(formatPercent(5.25, { signed: true }))).toBe('+5.3 %')
    expect(formatShare(null)).toBe('–')
    expect(formatDecimal('123456789012345678901')).toBe('123,456,789,012,345,678,901')
  })

  it('writes months and instants', () => {
    expect(formatMonth('2026-03')).toBe('Mar 2026')
    expect(formatInstant('2026-03-01T04:05:06Z')).toBe('1 Mar 2026, 04:05 UTC')
    expect(formatInstant(null)).toBe('unknown')
  })
})

describe('niceTicks', () => {
  it('encloses the values with round steps and holds zero', () => {
    expect(niceTicks(0, 620_000)).toEqual([0, 200_000, 400_000, 600_000, 800_000])
    expect(niceTicks(-30, 90)).toEqual([-50, 0, 50, 100])
    expect(niceTicks(0, 0)).toEqual([0, 1])
  })
})
