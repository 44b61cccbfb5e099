import { describe, expect, test } from 'vitest'
import type { LakeState } from '../../src/api/context.ts'
import { loadCatalog } from '../../src/catalog/catalog.ts'
import { findQuery } from '../../src/catalog/find.ts'
import { audiencesOf } from '../../src/publish/audiences.ts'
import { questionsOf, type Values, valuesOf } from '../../src/publish/questions.ts'

const catalog = loadCatalog()
const values: Values = {
  metrics: ['orders', 'requests'],
  currencies: ['EUR'],
  months: ['2025-12', '2026-01'],
  years: ['2025', '2026'],
}
const asked = (name: string, offered = values) =>
  questionsOf(findQuery(catalog, name), offered).map(({ params }) => params)

describe('the questions about a query', () => {
  test('without parameters are one', () => {
    expect(asked('account_inventory')).toEqual([{}])
  })

  test('are its defaults, each month half open, and all months to the end', () => {
    expect(asked('cost_by_team')).toEqual([
      { start_date: null, end_date: null },
      { start_date: '2025-12-01', end_date: null },
      { start_date: '2025-12-01', end_date: '2026-01-01' },
      { start_date: '2026-01-01', end_date: '2026-02-01' },
    ])
    expect(asked('invoices')).toContainEqual({ start_month: '2025-12', end_month: '2026-01' })
  })

  test('are every combination of its choices, and each choice in each period', () => {
    const all = asked('cost_explorer')
    const without = all.filter(({ start_date }) => start_date === null)
    expect(without).toHaveLength(20 * 4)
    expect(new Set(without.map(({ group_by, grain }) => `${group_by} ${grain}`)).size).toBe(80)
    const within = all.filter(({ end_date }) => end_date === '2026-01-01')
    expect(within).toHaveLength(1 + 19 + 3)
    expect(new Set(all.map((params) => JSON.stringify(params))).size).toBe(all.length)
  })

  test('that requires what the data list are asked for each of it', () => {
    expect(new Set(asked('unit_cost').map(({ metric }) => metric))).toEqual(new Set(['orders', 'requests']))
    expect(new Set(asked('budget_year').map(({ year }) => year))).toEqual(new Set(['2025', '2026']))
    expect(asked('variance_bridge')).toEqual([
      { month: '2025-12', previous: null },
      { month: '2026-01', previous: null },
    ])
    expect(asked('unit_cost', { ...values, metrics: [] })).toEqual([])
  })

  test('are none where it requires anything else, or is a mart', () => {
    for (const name of ['charges_of_day', 'causes', 'budgets_ahead', 'daily', 'focus_1_2'])
      expect([name, asked(name)]).toEqual([name, []])
  })

  test('stay below their bound, whatever the data hold', () => {
    const many = Array.from({ length: 120 }, (_, index) => `metric ${index}`)
    const months = Array.from(
      { length: 14 },
      (_, index) => `${2025 + Math.floor(index / 12)}-${String((index % 12) + 1).padStart(2, '0')}`,
    )
    for (const entry of catalog.values()) {
      const { length } = questionsOf(entry, { ...values, metrics: many, months })
      expect([entry.name, length <= 500]).toEqual([entry.name, true])
    }
    expect(asked('unit_cost', { ...values, metrics: many })).toHaveLength(120)
  })
})

test('the months shown are the newest complete ones and the one in flight', () => {
  const months = Array.from({ length: 30 }, (_, index) => ({
    charge_month: `${2024 + Math.floor(index / 12)}-${String((index % 12) + 1).padStart(2, '0')}`,
    is_complete: index < 29,
  }))
  const lake = {
    metrics: [],
    sources: [{ currency: 'USD' }, { currency: 'EUR' }, { currency: 'USD' }],
  } as unknown as LakeState
  expect(valuesOf(lake, months)).toMatchObject({ currencies: ['EUR', 'USD'], years: ['2025', '2026'] })
  expect(valuesOf(lake, months).months).toEqual(months.slice(-14).map(({ charge_month }) => charge_month))
  expect(valuesOf(lake, months.slice(0, 29)).months).toHaveLength(13)
  expect(valuesOf(lake, []).months).toEqual([])
})

describe('audiences', () => {
  const none = { open: false, audiences: [] }

  test('are each set of teams once, whoever has it in whatever order', () => {
    const keys = [{ teams: ['b', 'a'] }, { teams: ['a', 'b', 'a'] }, { teams: ['c'] }]
    expect(audiencesOf(keys, [{ teams: ['c'] }], { ...none, audiences: [['c', 'a']] })).toEqual([
      ['a', 'b'],
      ['a', 'c'],
      ['c'],
    ])
  })

  test('hold everything only for whom may see it', () => {
    expect(audiencesOf([{ teams: ['a'] }], [], none)).toEqual([['a']])
    expect(audiencesOf([], [{ teams: undefined }], none)).toEqual([null])
    expect(audiencesOf([{ teams: ['a'] }], [], { ...none, open: true })).toEqual([null, ['a']])
    expect(audiencesOf([], [], none)).toEqual([])
  })
})
