import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { UserError } from '../../src/errors.ts'
import { runCommand } from '../support/run-command.ts'
import { csvOf, on, type Row, steady, wobble } from './rows.ts'

interface Alert {
  readonly series: Record<string, string>
  readonly root: Record<string, string>
  readonly date: string
  readonly detected_on: string
  readonly onset: string
  readonly direction: string
  readonly rule: string
  readonly score: number
  readonly fired: boolean
  readonly kind: string
  readonly suppressed_by: string | null
  readonly actual: string
  readonly expected: string
  readonly excess: string
}

const folder = mkdtempSync(join(tmpdir(), 'costwright-detect-'))
let runs = 0

async function run(csv: string, config?: object, questions?: object) {
  const base = join(folder, String(runs++))
  writeFileSync(`${base}.csv`, csv)
  const args = ['detect', '--series', `${base}.csv`, '--out', `${base}.json`]
  if (config) writeFileSync(`${base}.config.json`, JSON.stringify(config))
  if (questions) writeFileSync(`${base}.questions.json`, JSON.stringify(questions))
  const { code } = await runCommand(
    [
      ...args,
      ...(config ? ['--config', `${base}.config.json`] : []),
      ...(questions ? ['--explain', `${base}.questions.json`] : []),
    ],
    folder,
  )
  expect(code).toBe(0)
  return JSON.parse(readFileSync(`${base}.json`, 'utf8'))
}

const alertsOf = async (rows: readonly Row[], config?: object): Promise<Alert[]> =>
  (await run(csvOf(rows), config)).alerts

const spike = (day: number) => (day === 150 ? 300 : 0)

test('a spike is told on its day, with region, usage type and exact money', async () => {
  const rows = [
    ...steady(200, (day) => 100 * wobble(day)),
    { day: 150, cost: 250.37, region: 'far', usage_type: 'gpu' },
  ]
  const [alert, ...more] = await alertsOf(rows)
  expect(more).toEqual([])
  expect(alert).toMatchObject({
    series: { provider: 'p', account: 'a', service: 's', team: 't' },
    root: { region: 'far', usage_type: 'gpu' },
    date: on(150),
    detected_on: on(150),
    direction: 'up',
    kind: 'opened',
    fired: true,
  })
  const [actual, expected, excess] = [alert?.actual, alert?.expected, alert?.excess].map((money) =>
    BigInt(String(money).replace('.', '')),
  )
  expect((actual as bigint) - (expected as bigint)).toBe(excess)
})

test.each([
  ['constant', steady(200, () => 100)],
  [
    'zeros but one',
    [
      { day: 0, cost: 0 },
      { day: 199, cost: 0 },
    ],
  ],
  ['one row', [{ day: 0, cost: 5 }]],
  [
    'one day',
    [
      { day: 0, cost: 5 },
      { day: 0, cost: 7, team: 'x' },
    ],
  ],
  ['negative', steady(200, (day) => -100 * wobble(day))],
  [
    'a fee on the 3rd, once three days late',
    steady(300, (day) => 50 * wobble(day)).concat(
      [2, 33, 62, 93, 126, 154, 184, 215, 246, 276].map((day) => ({ day, cost: 900 })),
    ),
  ],
  [
    'month end on weekends too',
    steady(366, (day) => 40 * wobble(day) + (Number(on(day + 1).slice(8)) === 1 ? 700 : 0)),
  ],
  [
    'a tiny birth',
    [...steady(200, (day) => 100 * wobble(day)), ...steady(200, (day) => (day > 140 ? 1.5 : 0), { team: 'new' })],
  ],
  ['a refund', [...steady(200, (day) => 100 * wobble(day)), { day: 150, cost: -400, charge_category: 'Credit' }]],
  [
    'an up-front purchase',
    [...steady(200, (day) => 100 * wobble(day)), { day: 150, cost: 9000, charge_category: 'Purchase' }],
  ],
  [
    'a re-tag',
    [
      ...steady(200, (day) => (day < 150 ? 100 * wobble(day) : 0)),
      ...steady(200, (day) => (day >= 150 ? 100 * wobble(day) : 0), { team: 'x' }),
    ],
  ],
] as [string, Row[]][])('%s is silent', async (_, rows) => {
  expect(await alertsOf(rows)).toEqual([])
})

test('an account without rows for a day is a gap, one series without is a fall', async () => {
  const account = (day: number) => (day === 150 ? 0 : 1)
  const teams = ['t', 'x', 'y'].flatMap((team, i) =>
    steady(200, (day) => account(day) * 100 * wobble(day, i), { team }),
  )
  expect(await alertsOf(teams)).toEqual([])
  const one = ['t', 'x', 'y'].flatMap((team, i) =>
    steady(200, (day) => (team === 't' ? account(day) : 1) * 100 * wobble(day, i), { team }),
  )
  expect((await alertsOf(one)).map(({ series, direction, date }) => [series['team'], direction, date])).toEqual([
    ['t', 'down', on(150)],
  ])
})

test('a re-tag and a real rise on one day: only the rise is told', async () => {
  const alerts = await alertsOf([
    ...steady(200, (day) => (day < 150 ? 100 * wobble(day) : 0)),
    ...steady(200, (day) => (day >= 150 ? 100 * wobble(day) : 0), { team: 'x' }),
    ...steady(200, (day) => (day < 150 ? 80 : 190) * wobble(day, 2), { team: 'y', region: 'q' }),
  ])
  expect(new Set(alerts.map(({ series }) => series['team']))).toEqual(new Set(['y']))
  expect(alerts.filter(({ kind }) => kind === 'opened')).toHaveLength(1)
})

test('a fee that trebles is told, and the same fee next month is not told again', async () => {
  const due = [14, 45, 74, 105, 135, 166, 196, 227]
  const fees = due.map((day) => ({ day, cost: day === 196 ? 1500 : 500, usage_type: 'fee' }))
  const alerts = await alertsOf([...steady(260, (day) => 60 * wobble(day)), ...fees])
  expect(alerts.map(({ date, root }) => [date, root['usage_type']])).toEqual([[on(196), 'fee']])
})

test('a slow ramp that no day-to-day rule sees is found, once', async () => {
  const alerts = await alertsOf(
    steady(240, (day) => 200 * wobble(day) * (1 + 0.6 * Math.min(1, Math.max(0, (day - 150) / 30)))),
  )
  expect(alerts.filter(({ kind }) => kind === 'opened')).toHaveLength(1)
  expect(alerts[0]?.date && alerts[0].date <= on(185)).toBe(true)
})

test('half a percent a day on a calm series is found within five weeks of its start; a monthly price in a shorter month is not', async () => {
  const ramp = (day: number) => 2000 * (1 + 0.002 * Math.sin(day * 7.1)) + Math.max(0, day - 199) * 10
  const [alert, ...more] = await alertsOf(steady(300, ramp))
  expect(more).toEqual([])
  expect(alert).toMatchObject({ direction: 'up', rule: 'drift', fired: true })
  expect((alert?.detected_on ?? '') <= on(235)).toBe(true)
  expect([on(199), on(200), on(201)]).toContain(alert?.onset)
  const monthly = (day: number) =>
    60_000 / new Date(Date.UTC(2024, new Date(`${on(day)}T00:00:00Z`).getUTCMonth() + 1, 0)).getUTCDate()
  expect(await alertsOf(steady(420, monthly))).toEqual([])
})

test('a holiday on which the few series of office hours fall is no drop of any; one of them alone on another day is', async () => {
  const [holiday, outage] = [150, 172]
  const office = (phase: number) => (day: number) =>
    100 *
    wobble(day, phase) *
    (day % 7 >= 5 ? 0.4 : 1) *
    (day === holiday || day === holiday + 1 ? 0.35 : day === outage && phase === 0 ? 0.05 : 1)
  const rows = Array.from({ length: 50 }, (_, index) =>
    steady(200, index < 8 ? office(index) : (day) => 100 * wobble(day, index), {
      account: `a${index % 5}`,
      service: `s${index}`,
    }),
  ).flat()
  const alerts = await alertsOf(rows)
  expect(alerts.map(({ date, series, direction }) => [date, series['service'], direction])).toEqual([
    [on(outage), 's0', 'down'],
  ])
})

test('an ended credit is a rise although usage stands still', async () => {
  const alerts = await alertsOf([
    ...steady(200, (day) => 100 * wobble(day)),
    ...steady(200, (day) => (day < 150 ? -60 : 0), { usage_type: 'credit', charge_category: 'Credit' }),
  ])
  expect(alerts.map(({ rule, date, root }) => [rule, date, root['usage_type']])).toEqual([
    ['credit_end', on(150), 'credit'],
  ])
})

test('all teams of one account and service rising by one factor are one incident there', async () => {
  const rows = ['t', 'x', 'y'].flatMap((team, i) =>
    steady(200, (day) => (day < 150 ? 100 : 122) * wobble(day, i), { team }),
  )
  const alerts = await alertsOf(rows)
  expect(alerts.filter(({ series }) => !('team' in series)).length).toBe(1)
})

test('planned changes and thresholds silence; candidates never change what fires', async () => {
  const rows = steady(200, (day) => 100 * wobble(day) + spike(day))
  expect(
    await alertsOf(rows, { planned: [{ scope: { team: 't' }, start: on(150), end: on(151), direction: 'up' }] }),
  ).toEqual([])
  expect(await alertsOf(rows, { min_impact: { amount: 1000 } })).toEqual([])
  const wide = await alertsOf(rows, { emit_candidates: true })
  expect(wide.filter(({ fired }) => fired)).toEqual(await alertsOf(rows))
})

test('a noise verdict mutes as much again and not twice as much', async () => {
  const rows = (second: number) => steady(260, (day) => 100 * wobble(day) + spike(day) + (day === 220 ? second : 0))
  const feedback = [{ series: { team: 't' }, date: on(150), direction: 'up', verdict: 'noise', given_on: on(152) }]
  expect((await alertsOf(rows(300), { feedback })).map(({ date }) => date)).toEqual([on(150)])
  expect((await alertsOf(rows(700), { feedback })).map(({ date }) => date)).toEqual([on(150), on(220)])
})

test('rows in another order, and rows that cancel, change nothing', async () => {
  const rows = steady(200, (day) => 100 * wobble(day) + spike(day))
  const shuffled = rows.toSorted((a, b) => ((a.day * 7919) % 200) - ((b.day * 7919) % 200))
  expect(await alertsOf(shuffled)).toEqual(await alertsOf(rows))
  expect(await alertsOf([...rows, { day: 120, cost: 5000 }, { day: 120, cost: -5000 }])).toEqual(await alertsOf(rows))
})

test('a day that is still coming in is no fall, and its spike is told before it is complete', async () => {
  const parts = (day: number, cost: number, names: Partial<Row>): Row[] =>
    [0.6, 0.3, 0.1].map((share, lag) => ({ day, cost: cost * share, seen: day + 1 + lag, ...names }))
  const rows = Array.from({ length: 12 }, (_, i) => i).flatMap((i) =>
    Array.from({ length: 200 }, (_, day) =>
      parts(day, 100 * wobble(day, i) + (i === 3 ? spike(day) : 0), { team: `t${i}` }),
    ).flat(),
  )
  const alerts = await alertsOf(rows)
  expect(alerts.map(({ series, direction, date }) => [series['team'], direction, date])).toEqual([
    ['t3', 'up', on(150)],
  ])
  expect(alerts[0]?.detected_on).toBe(on(151))
})

test('a question is answered with the leaf and cell that moved, and not with a noisy giant', async () => {
  const rows = [
    ...steady(200, (day) => 5000 * (1 + 0.2 * Math.sin(day * 7.7)), { team: 'giant' }),
    ...steady(200, (day) => 100 * wobble(day) + spike(day), { team: 't', region: 'q' }),
  ]
  const { answers } = await run(csvOf(rows), undefined, [{ id: 'q1', level: 'total', scope: {}, date: on(150) }])
  expect(answers[0].id).toBe('q1')
  expect(answers[0].ranked[0]).toMatchObject({ team: 't', region: 'q', usage_type: 'u' })
})

test.each([
  ['', 'row 1, column date: the file is empty'],
  ['date,provider,account,service,cost\n', 'row 1, column team: is not in the header'],
  ['date,provider,account,service,team,cost\n2024-02-30,p,a,s,t,1\n', 'row 2, column date: "2024-02-30" is not valid'],
  [
    'date,provider,account,service,team,cost\n2024-02-01,p,a,s,t,1\n2024-02-02,p,a,s,t,ten\n',
    'row 3, column cost: "ten" is not valid',
  ],
  ['date,provider,account,service,team,cost\n2024-02-01,p,a,s,t\n', 'row 2'],
])('a bad file %j is refused with its place', async (csv, message) => {
  const refusal = await run(csv).catch((error: unknown) => error)
  expect(refusal).toBeInstanceOf(UserError)
  expect(String(refusal)).toContain(message)
})

test('a fault deep in a file of several read blocks is named by its row, the first one first', async () => {
  const rows = Array.from(
    { length: 400_000 },
    (_, i) => `2024-01-01,p,a,s,t,${i === 313_131 || i === 399_999 ? 'x' : i}`,
  )
  const refusal = await run(`date,provider,account,service,team,cost\n${rows.join('\n')}\n`).catch((error) => error)
  expect(String(refusal)).toContain('row 313133, column cost: "x" is not valid')
})
