import { expect, test } from 'vitest'
import { createAnnouncer } from '../../src/notify/announce.ts'
import { isTold } from '../../src/notify/impact.ts'
import { measureText } from '../../src/notify/measure.ts'
import { reduce } from '../../src/state/incidents.ts'
import { seriesName } from '../../src/state/series-name.ts'
import { isWithin } from '../../src/state/silences.ts'
import { finding, notifications } from '../support/alerts.ts'

const incident = (given: Parameters<typeof finding>[0]) => {
  const outcome = reduce(null, { type: 'detected', finding: finding(given) })
  if (outcome.refused !== undefined) throw new Error(outcome.refused)
  return outcome.incident
}
const of = (
  excess: string,
  expected: string,
  series: object = { provider: 'AWS', account: '1', service: 's', team: 'payments' },
) => incident({ excess, expected, series })

test('money and percent are both needed, and the limits themselves are told', () => {
  const config = notifications('{}')
  expect(isTold(config, of('10.00', '100.00'))).toBe(true)
  expect(isTold(config, of('9.99', '10.00'))).toBe(false)
  expect(isTold(config, of('99.99', '1000.00'))).toBe(false)
  expect(isTold(config, of('-10.00', '-100.00'))).toBe(true)
  expect(isTold(config, of('10.00', '0.00'))).toBe(true)
})

test('a sum has a percentage of its own, and overrides go by team, provider, account and level, the first that fits', () => {
  const config = notifications(`
impact:
  sums_percent: 2.5
  overrides:
    - { teams: [payments], accounts: ['2'], amount: 500 }
    - { levels: [total], amount: 1000, percent: 1 }
    - { levels: [utilisation], percent: 20 }`)
  const team = { team: 'search', level: 'team' }
  expect(isTold(config, of('25.00', '1000.00', team))).toBe(true)
  expect(isTold(config, of('24.99', '1000.00', team))).toBe(false)
  expect(isTold(config, of('400.00', '100.00', { account: '2', team: 'payments' }))).toBe(false)
  expect(isTold(config, of('400.00', '100.00', { account: '2', team: 'search' }))).toBe(true)
  expect(isTold(config, of('1000.00', '100000.00', { level: 'total' }))).toBe(true)
  expect(isTold(config, of('999.99', '100.00', { level: 'total' }))).toBe(false)
  expect(isTold(config, of('-19.00', '100.00', { provider: 'AWS', level: 'utilisation' }))).toBe(false)
})

test('what is too small goes to no channel', () => {
  const config = notifications(`
channels: [{ name: hook, type: webhook, url: 'https://example.com/hook', secret_env: S }]
routes: [{ channels: [hook] }]
impact: { amount: 50 }`)
  const { route } = createAnnouncer(config)
  expect(route(of('49.00', '100.00'))).toEqual([])
  expect(route(of('50.00', '100.00'))).toEqual(['hook'])
})

test('sums and ratios have names, and a silence of one holds for no leaf below it', () => {
  expect(seriesName({ level: 'total' })).toBe('All usage')
  expect(seriesName({ team: '', level: 'team' })).toBe('All usage without a team')
  expect(seriesName({ team: 'a', level: 'team', value: 'EUR' })).toBe('All usage of team a in EUR')
  expect(seriesName({ level: 'product', value: 'checkout' })).toBe('All usage with product checkout')
  expect(seriesName({ provider: 'AWS', level: 'utilisation', value: 'sp-1' })).toBe('Commitment utilisation of sp-1')
  expect(seriesName({ provider: 'AWS', account: '1', service: 'Amazon EC2' })).toBe('Amazon EC2 in 1')
  expect(isWithin({ provider: 'AWS', account: '1' }, { provider: 'AWS', level: 'provider' })).toBe(false)
  expect(isWithin({ provider: 'AWS', level: 'provider' }, { provider: 'AWS' })).toBe(true)
})

test('a ratio is told as what it fell from and to, and what that costs a day', () => {
  const measure = { name: 'utilisation', unit: 'share', actual: '0.71', expected: '0.97', daily: '212.00' } as const
  expect(measureText(measure, 'USD').replaceAll('\u00a0', ' ')).toBe(
    'fell from 97.0 % to 71.0 %: USD 212.00 a day unused',
  )
  const late = { name: 'data_freshness', unit: 'hours', actual: '55', expected: '30', daily: '1200.00' } as const
  expect(measureText(late, 'USD').replaceAll('\u00a0', ' ')).toBe(
    'is 55 h old, usually at most 30 h: USD 1,200.00 a day that is not delivered',
  )
  const unit = { name: 'unit_cost', unit: 'money', actual: '0.000233', expected: '0.0002', daily: '2728.18' } as const
  expect(measureText(unit, 'USD').replaceAll('\u00a0', ' ')).toBe(
    'rose from USD 0.0002 to USD 0.000233: USD 2,728.18 a day more',
  )
})
