import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { parseDetectConfig } from '../../src/detect/config.ts'
import { readSeries } from '../../src/detect/read-series.ts'
import { alertsDocument } from '../../src/detect/records.ts'
import { detect } from '../../src/detect/walk.ts'
import { parseDetectionRun } from '../../src/state/detection-run.ts'
import { openDuckDb } from '../../src/warehouse/duckdb.ts'
import { csvOf, on, type Row, steady, wobble } from './rows.ts'

const folder = mkdtempSync(join(tmpdir(), 'costwright-incidents-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function documentOf(csv: string, config: object = {}) {
  const file = join(folder, 'series.csv')
  writeFileSync(file, csv)
  const warehouse = await openDuckDb({ path: ':memory:' })
  try {
    const input = await readSeries(warehouse, file)
    return alertsDocument(detect(input, parseDetectConfig(config, input)))
  } finally {
    warehouse.close()
  }
}

const opened = async (rows: readonly Row[], config?: object) =>
  (await documentOf(csvOf(rows), config)).alerts.map(({ date, direction }) => [date, direction])

const verdict = (name: string, date: number, given: number, more = {}) => ({
  feedback: [{ series: { team: 't' }, date: on(date), direction: 'up', verdict: name, given_on: on(given), ...more }],
})

const stepAt = (first: number, second: number) => (day: number) =>
  (day < first ? 100 : day < second ? 200 : 300) * wobble(day)

test('an expected verdict adopts the new level at once: a further rise is judged against it', async () => {
  const rows = steady(260, stepAt(150, 175))
  const { alerts, incidents } = await documentOf(csvOf(rows), verdict('expected', 150, 153))
  expect(alerts.map(({ date }) => date)).toEqual([on(150), expect.any(String)])
  expect(Number(alerts[1]?.expected)).toBeGreaterThan(190)
  expect(incidents[0]).toMatchObject({ state: 'expected' })
})

test('an expected verdict with an end is silent until it, and the old level stands after it', async () => {
  const until = on(200)
  expect(await opened(steady(260, stepAt(150, 999)), verdict('expected', 150, 153, { until }))).toEqual([
    [on(150), 'up'],
    [on(200), 'up'],
  ])
  const back = steady(260, (day) => (day >= 150 && day < 200 ? 200 : 100) * wobble(day))
  expect(await opened(back, verdict('expected', 150, 153, { until }))).toEqual([[on(150), 'up']])
})

test('an incident has one identity: series, direction and onset, whatever days the file holds before or after', async () => {
  const rows = steady(260, stepAt(150, 999))
  const ids = async (from: number, to: number) => {
    const document = await documentOf(csvOf(rows.filter(({ day }) => day >= from && day <= to)))
    expect(new Set(document.alerts.map(({ incident_id }) => incident_id)).size).toBe(1)
    expect(parseDetectionRun(document, 'USD').findings[0]?.incident_id).toBe(document.incidents[0]?.incident_id)
    return document.incidents.map(({ incident_id }) => incident_id)
  }
  const [whole, short, late] = [await ids(0, 259), await ids(0, 155), await ids(20, 259)]
  expect(whole).toHaveLength(1)
  expect([short, late]).toEqual([whole, whole])
})

test('an actionable verdict keeps the level from before, and decides nothing backwards', async () => {
  const rows = steady(240, stepAt(150, 999))
  const plain = await documentOf(csvOf(rows), { emit_candidates: true })
  const judged = await documentOf(csvOf(rows), { emit_candidates: true, ...verdict('actionable', 150, 153) })
  const before = ({ alerts }: typeof plain) => alerts.filter(({ detected_on }) => detected_on < on(153))
  expect(before(judged)).toEqual(before(plain))
  expect(judged.incidents[0]?.state).toBe('open')
  expect(plain.incidents[0]?.state).not.toBe('open')
})

test('planned days are no training: the cost that stays after their end is a rise', async () => {
  const planned = [{ scope: { team: 't' }, start: on(120), end: on(150) }]
  const back = steady(220, (day) => (day >= 120 && day < 150 ? 400 : 100) * wobble(day))
  expect(await opened(back, { planned })).toEqual([])
  const stays = steady(220, (day) => (day >= 120 ? 400 : 100) * wobble(day))
  expect(await opened(stays, { planned })).toEqual([[on(150), 'up']])
})

test('a late row that takes the evidence away retracts the incident and leaves the alert', async () => {
  const rows: Row[] = [
    ...['t', 'x', 'y'].flatMap((team, i) =>
      steady(200, (day) => 100 * wobble(day, i), { team }).map((row) => ({ ...row, seen: row.day + 1 })),
    ),
    { day: 150, cost: 300, team: 't', seen: 151 },
  ]
  const told = await documentOf(csvOf(rows))
  expect(told.alerts.map(({ date }) => date)).toEqual([on(150)])
  const { alerts, incidents } = await documentOf(csvOf([...rows, { day: 150, cost: -300, team: 't', seen: 154 }]))
  expect(alerts).toEqual(told.alerts)
  expect(incidents).toMatchObject([{ state: 'retracted', reason: expect.stringContaining(on(154)) }])
})

test('a day restated weeks later is judged again with its true date', async () => {
  const rows = ['t', 'x', 'y'].flatMap((team, i) =>
    steady(200, (day) => 100 * wobble(day, i), { team }).map((row) => ({ ...row, seen: row.day + 1 })),
  )
  const { alerts } = await documentOf(csvOf([...rows, { day: 150, cost: 300, team: 't', seen: 165 }]))
  expect(alerts.map(({ date, detected_on }) => [date, detected_on])).toEqual([[on(150), on(165)]])
})

test('two rises on one series far apart are two incidents', async () => {
  const { incidents } = await documentOf(
    csvOf(steady(260, (day) => 100 * wobble(day) + (day === 130 || day === 200 ? 300 : 0))),
  )
  expect(incidents.map(({ onset }) => onset)).toEqual([on(130), on(200)])
})

test('a gap on the first of a month with its fee is silent, and the leap day is a day like another', async () => {
  const fee = (day: number) => (on(day).endsWith('-01') ? 800 : 0)
  const rows = ['t', 'x', 'y'].flatMap((team, i) =>
    steady(425, (day) => (on(day) === '2024-08-01' ? 0 : 100 * wobble(day, i) + (team === 't' ? fee(day) : 0)), {
      team,
    }),
  )
  expect(await opened(rows)).toEqual([])
  const leap = '2024-02-29'
  const late = steady(240, (day) => 100 * wobble(day)).map((row) => ({ ...row, day: row.day - 100 }))
  const { alerts } = await documentOf(csvOf([...late, { day: 59, cost: 300 }].map((row) => row)))
  expect(alerts.map(({ date }) => date)).toEqual([leap])
})

test('a credit larger than usage hides no rise of usage', async () => {
  const rows = [
    ...steady(200, (day) => (day < 150 ? 100 : 190) * wobble(day)),
    ...steady(200, () => -500, { usage_type: 'credit', charge_category: 'Credit' }),
  ]
  expect(await opened(rows)).toEqual([[on(150), 'up']])
})

test('a header without rows gives an empty document', async () => {
  expect(await documentOf('date,provider,account,service,team,cost\n')).toMatchObject({
    data_through: null,
    alerts: [],
    incidents: [],
  })
})

test('amounts in a currency a hundred times smaller give the same alerts when the thresholds follow', async () => {
  const rows = (unit: number) => steady(200, (day) => unit * (100 * wobble(day) + (day === 150 ? 300 : 0)))
  const yen = await opened(rows(100), { min_impact: { amount: 1000 } })
  expect(yen).toEqual(await opened(rows(1)))
})
