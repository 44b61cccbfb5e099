import { expect, onTestFinished, test } from 'vitest'
import { createAlerts } from '../../src/runtime-notify.ts'
import { parseDetectionRun } from '../../src/state/detection-run.ts'
import { recordRun } from '../../src/state/runs.ts'
import { detection } from '../support/alert-state.ts'
import { notifications } from '../support/alerts.ts'

const config = notifications(`channels: [{ name: it, type: webhook, url: 'https://a.example/', secret_env: S }]
routes: [{ channels: [it] }]`)

/** Morning after morning on one state; returns how many messages are owed. */
function mornings() {
  let clock = new Date('2026-11-21T07:00:00Z')
  const alerts = createAlerts({ path: ':memory:', config, now: () => clock, env: () => undefined })
  onTestFinished(() => alerts.close())
  return (today: string, found: string, data_through: string) => {
    clock = new Date(`${today}T07:00:00Z`)
    const run = parseDetectionRun(
      detection([{ service: found, onset: found, kinds: [['opened', found]], last_day: found }], data_through),
      'USD',
    )
    const { told } = alerts.apply(run, null)
    recordRun(alerts.database, run, { lake_state: data_through, at: clock.toISOString() })
    return told
  }
}

test('a first run tells the last three days only', () => {
  expect(mornings()('2026-11-21', '2026-11-18', '2026-11-20')).toBe(1)
  expect(mornings()('2026-11-21', '2026-11-17', '2026-11-20')).toBe(0)
})

test('days that no run has judged before are told however late they come, older data are not', () => {
  const morning = mornings()
  expect(morning('2026-11-10', '2026-11-09', '2026-11-09')).toBe(1)
  expect(morning('2026-11-20', '2026-11-10', '2026-11-19')).toBe(1)
  expect(morning('2026-11-21', '2026-11-11', '2026-11-20')).toBe(0)
})

test('after a gap of more than a month only that month is told', () => {
  const morning = mornings()
  morning('2026-09-01', '2026-08-31', '2026-08-31')
  expect(morning('2026-11-21', '2026-10-20', '2026-11-20')).toBe(0)
  expect(mornings()('2026-11-21', '2026-11-20', '2026-11-20')).toBe(1)
})
