import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { lakeAlerts } from '../../src/detect/lake-alerts.ts'
import { accountKey, type CompleteDays } from '../../src/detect/lake-series.ts'
import { type Parts, partsOf } from '../../src/detect/level-parts.ts'
import { levelAlerts } from '../../src/detect/level-records.ts'
import { judgeLevels, type LeafIncident } from '../../src/detect/levels.ts'
import { type Estate, estateOf } from '../support/rows.ts'

const days = 180

interface Leaf {
  readonly provider?: string
  readonly account?: string
  readonly service: string
  readonly team: string
}

/** Numbers in (-1, 1) that look like noise and are the same in each run. */
const noise = (leaf: number, day: number) => {
  const value = Math.sin(12.9898 * (leaf + 1) + 78.233 * (day + 1)) * 43758.5453
  return 2 * (value - Math.floor(value)) - 1
}

/** Leaves that spend about 100 a day, less at weekends, within five percent; `factor` says what happened to a leaf on a day. */
function parts(
  leaves: readonly Leaf[],
  factor: (leaf: number, day: number) => number,
  { length = days, complete = new Map() }: { length?: number; complete?: CompleteDays } = {},
): Parts {
  const rows = leaves.flatMap((_, leaf) =>
    Array.from({ length }, (_day, day) => {
      const weekend = day % 7 >= 5 ? 0.7 : 1
      return { leaf, day, amount: Math.round(10_000 * weekend * (1 + 0.05 * noise(leaf, day)) * factor(leaf, day)) }
    }),
  )
  const kept = rows.filter(({ amount }) => amount !== 0)
  return partsOf(
    {
      ...{ first_date: '2026-01-05', days: length, scale: 2, last_seen: length - 1 },
      leaves: leaves.map((one) => ({ provider: 'p', account: 'a', ...one })),
      cells: leaves.map((_, leaf) => ({ leaf, region: 'leaf', usage_type: '', charge_category: 'Usage' })),
      rows: {
        length: kept.length,
        cell: Int32Array.from(kept, (row) => row.leaf),
        day: Int32Array.from(kept, (row) => row.day),
        seen: Int32Array.from(kept, (row) => row.day),
        amount: Float64Array.from(kept, (row) => row.amount),
      },
    },
    complete,
  )
}

/** Forty leaves of team red, eighty of blue, over four accounts. */
const many: readonly Leaf[] = Array.from({ length: 120 }, (_, index) => ({
  ...{ account: `a${index % 4}`, service: `s${Math.floor(index / 4) % 15}`, team: index < 40 ? 'red' : 'blue' },
}))
const isRed = (leaf: number) => leaf < 40
const start = 130
const shift = (share: number) => (leaf: number, day: number) => (isRed(leaf) && day >= start ? 1 + share : 1)
const opened = (found: ReturnType<typeof judgeLevels>) =>
  found.notices.filter(({ kind }) => kind === 'opened').map(({ incident }) => incident.series)

test('six percent on forty leaves of one team is one incident at the team, within ten days, and its parts add up to it', () => {
  const { notices } = judgeLevels(parts(many, shift(0.06)), [])
  expect(notices.map(({ kind, incident }) => [kind, incident.series])).toEqual([
    ['opened', { team: 'red', level: 'team' }],
  ])
  const { finding } = notices[0] as (typeof notices)[number]
  expect(finding.direction).toBe('up')
  expect(finding.day - start).toBeLessThanOrEqual(10)
  expect(finding.actual / finding.usual).toBeCloseTo(1.06, 1)
  const sum = finding.moves.reduce((all, { actual, usual }) => all + actual - usual, 0)
  expect(sum).toBeCloseTo(finding.actual - finding.usual, 3)
})

test('nothing is said of quiet leaves, of three percent, and of a season that all leaves show and that goes', () => {
  for (const factor of [shift(0), shift(0.03)]) expect(opened(judgeLevels(parts(many, factor), []))).toEqual([])
})

test('a rise of everything is one incident of the whole', () => {
  expect(
    opened(
      judgeLevels(
        parts(many, (_, day) => (day >= start ? 1.1 : 1)),
        [],
      ),
    ),
  ).toEqual([{ level: 'total' }])
})

test('what one leaf explains stays with the leaf, whether it has an incident or was judged to be usual', () => {
  const one = parts(many, (leaf, day) => (leaf === 3 && day >= start ? 9 : 1))
  expect(opened(judgeLevels(one, []))).toEqual([])
})

test('a leaf of its own and a common cause on one team are two: the leaf is not in the excess of the team', () => {
  const world = parts(many, (leaf, day) => (day < start || !isRed(leaf) ? 1 : leaf === 3 ? 5 : 1.08))
  const incident: LeafIncident = {
    covers: ({ service, account }) => account === 'a3' && service === 's0',
    opened: start,
    onset: start,
  }
  const { notices } = judgeLevels(world, [incident])
  expect(notices.map(({ incident: { series } }) => series)).toEqual([{ team: 'red', level: 'team' }])
  const { actual, usual } = (notices[0] as (typeof notices)[number]).finding
  expect(actual / usual).toBeLessThan(1.12)
})

test('an open incident of the whole does not silence another team', () => {
  const found = judgeLevels(
    parts(many, (leaf, day) => (day >= start ? 1.1 : 1) * (isRed(leaf) && day >= start + 12 ? 1.25 : 1)),
    [],
  )
  expect(opened(found)).toEqual([{ level: 'total' }, { team: 'red', level: 'team' }])
})

test('forty leaves that change their team are no news, neither for the old nor for the new one', () => {
  const leaves = [...many, ...many.slice(0, 20).map((leaf) => ({ ...leaf, team: 'green' }))]
  const moved = parts(leaves, (leaf, day) =>
    leaf >= 120 ? (day >= start ? 1 : 0.25) : leaf < 20 && day >= start ? 0.25 : 1,
  )
  expect(opened(judgeLevels(moved, []))).toEqual([])
})

test('a source that stopped is unknown, not less: others are judged on', () => {
  const complete = new Map(
    ['a0', 'a1', 'a2', 'a3'].map((account) => [
      accountKey('p', account),
      account === 'a0' ? '2026-05-01' : '2026-07-04',
    ]),
  )
  const dead = parts(many, (leaf, day) => (leaf % 4 === 0 && day >= 116 ? 0 : isRed(leaf) && day >= start ? 1.1 : 1), {
    complete,
  })
  const { notices } = judgeLevels(dead, [])
  expect(notices.map(({ finding, incident }) => [incident.series, finding.direction])).toEqual([
    [{ team: 'red', level: 'team' }, 'up'],
  ])
})

test('each day is judged as if the later ones were not there', () => {
  const factor = (leaf: number, day: number) => shift(0.08)(leaf, day) * (leaf > 100 && day > 150 ? 1.3 : 1)
  const told = (length: number) =>
    judgeLevels(parts(many, factor, { length }), []).notices.map(
      ({ finding: { day, onset, score, actual, usual }, incident, kind }) => [
        ...[day, onset, score, actual, usual, kind, incident.series],
      ],
    )
  const whole = told(days)
  expect(whole.length).toBeGreaterThan(1)
  for (const cut of [134, 138, 152, 161, 170]) expect(told(cut)).toEqual(whole.filter(([day]) => (day as number) < cut))
})

describe('on a lake', () => {
  let estate: Estate
  beforeAll(async () => {
    const rows = Array.from({ length: 24 }, (_, leaf) =>
      Array.from({ length: 150 }, (_day, day) => {
        const product = leaf < 12 ? 'checkout' : 'search'
        const cost = 50 * (1 + 0.04 * noise(leaf, day)) * (leaf < 12 && day >= 125 ? 1.09 : 1)
        const at = Date.UTC(2026, 0, 5 + day)
        return {
          ...{
            ServiceName: `s${leaf}`,
            SubAccountId: `a${leaf % 3}`,
            Tags: { product, team: `t${leaf % 4}`, 'cost-center': `${leaf % 2}` },
          },
          ...{ BilledCost: cost.toFixed(6), ChargePeriodStart: new Date(at).toISOString() },
          ChargePeriodEnd: new Date(at + 86_400_000).toISOString(),
        }
      }),
    ).flat()
    const setup = `insert into policy_keys values ('cost-center', true, null)`
    estate = await estateOf(rows, { setup })
  }, 60_000)
  afterAll(() => estate.warehouse.close())

  test('a product that costs nine percent more is found though no leaf is, and the causes add up to the last decimal', async () => {
    const complete = new Map()
    const leaves = await lakeAlerts(estate.warehouse, 'USD', complete)
    expect(leaves.alerts).toEqual([])
    const { alerts, incidents } = await levelAlerts(estate.warehouse, 'USD', {
      complete,
      found: { incidents: [], ends: [] },
    })
    expect(alerts.map(({ series, rule, direction }) => [series, rule, direction])).toEqual([
      [{ level: 'product', value: 'checkout' }, 'sum_shift', 'up'],
    ])
    expect(incidents).toMatchObject([{ state: 'open', series: { level: 'product', value: 'checkout' } }])
    const [alert] = alerts as [(typeof alerts)[number]]
    const units = (text: string) => BigInt(text.replace('.', ''))
    const causes = alert.causes.reduce((all, { excess }) => all + units(excess), 0n)
    expect(causes).toBe(units(alert.excess))
    expect(units(alert.actual) - units(alert.expected)).toBe(units(alert.excess))
    expect(Number(alert.expected_low)).toBeLessThan(Number(alert.expected))
    expect(alert.history).toHaveLength(30)
  })

  test('every level has parts: families, environments where there are some, and further policy tags', async () => {
    const rows = await estate.run('level_series', { currency: 'USD' })
    expect([...new Set(rows.map(({ level }) => level))].sort()).toEqual(['leaf', 'product', 'tag:cost-center'])
  })
})
