import { expect, test } from 'vitest'
import { withVisibleDays } from '../../src/commands/detect-visible.ts'
import { accountKey } from '../../src/detect/lake-series.ts'
import { noContext } from '../../src/state/announcer.ts'
import type { Scope } from '../../src/state/silences.ts'
import { finding } from '../support/alerts.ts'

const sources = new Map([
  [accountKey('AWS', '1'), 'aws'],
  [accountKey('GCP', '2'), 'gcp'],
])
const of = (date: string, series: Scope = { provider: 'AWS', account: '1' }, direction: 'up' | 'down' = 'up') => ({
  ...finding({ date, detected_on: date, series, direction }),
  context: noContext,
})
const landing = (source: string, landed_at: string, complete_through: string) => ({
  source,
  landed_at,
  complete_through,
})
const october = landing('aws', '2026-11-05T06:00:00Z', '2026-11-01 00:00:00')

/** The day on which a finding counts as found. */
const told = (one: ReturnType<typeof of>, landings = [october]) =>
  withVisibleDays([one], { landings, sources })[0]?.detected_on

test('what a monthly export brings is found on the day it landed, not on the day that was charged', () => {
  expect(told(of('2026-10-01'))).toBe('2026-11-05')
  expect(told(of('2026-10-31'))).toBe('2026-11-05')
})

test('months that are filled in are no news: their findings keep the day that was charged', () => {
  expect(told(of('2026-09-20'))).toBe('2026-09-20')
})

test('a rise is found when its day is there, a fall when its day is complete; later deliveries change neither', () => {
  const daily = [
    landing('aws', '2026-11-10T06:00:00Z', '2026-11-10 00:00:00'),
    landing('aws', '2026-11-11T06:00:00Z', '2026-11-11 00:00:00'),
    landing('aws', '2026-11-12T06:00:00Z', '2026-11-12 00:00:00'),
  ]
  expect(told(of('2026-11-09'), daily)).toBe('2026-11-10')
  expect(told(of('2026-11-09', { provider: 'AWS', account: '1' }, 'down'), daily)).toBe('2026-11-11')
  expect(told(of('2026-11-09'), daily.slice(0, 1))).toBe('2026-11-10')
})

test('a sum over several sources is found when the last of them is there; an unknown source changes nothing', () => {
  const both = [october, landing('gcp', '2026-11-07T06:00:00Z', '2026-11-01 00:00:00')]
  expect(told(of('2026-10-20', { level: 'total' }), both)).toBe('2026-11-07')
  expect(told(of('2026-10-20', { provider: 'AWS', level: 'provider' }), both)).toBe('2026-11-05')
  expect(told(of('2026-10-20', { provider: 'Azure', account: '3' }), both)).toBe('2026-10-20')
})
