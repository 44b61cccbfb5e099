import { expect, test } from 'vitest'
import { estateOf } from '../support/rows.ts'

test('whole months and cut months add up to the days asked for', async () => {
  const days = [
    '2027-12-31',
    '2028-01-01',
    '2028-01-15',
    '2028-01-31',
    '2028-02-01',
    '2028-02-28',
    '2028-02-29',
    '2028-03-01',
    '2028-03-31',
    '2028-04-01',
  ]
  const estate = await estateOf(
    days.map((day, i) => ({ BilledCost: String(2 ** i), ChargePeriodStart: `${day}T00:00:00Z` })),
  )
  const bounds = [
    null,
    '2027-12-31',
    '2028-01-01',
    '2028-01-02',
    '2028-01-31',
    '2028-02-01',
    '2028-02-29',
    '2028-03-01',
    '2028-03-31',
    '2028-04-02',
  ]
  for (const first of bounds) {
    for (const last of bounds) {
      const expected = days.reduce(
        (sum, day, i) => ((first === null || day >= first) && (last === null || day < last) ? sum + 2 ** i : sum),
        0,
      )
      const rows = await estate.run('cost_explorer', { group_by: 'total', start_date: first, end_date: last })
      expect(Number(rows[0]?.['effective_cost'] ?? 0), `${first} to ${last}`).toBe(expected)
    }
  }
})
