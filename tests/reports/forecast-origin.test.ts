import { expect, test } from 'vitest'
import { estateOf } from '../support/rows.ts'

const charge = (day: string, currency = 'USD') => ({
  ChargePeriodStart: `${day}T00:00:00Z`,
  BilledCost: '1',
  BillingCurrency: currency,
})
const version = (source: string, period: string, complete: string | null, landed: string, currency = 'USD') =>
  `insert into lake_versions (source, billing_period, version, currency, complete_through, landed_at)
   values ('${source}', '${period}', 1, '${currency}', ${complete === null ? 'null' : `'${complete}'`}, '${landed}');`

test.each([
  ['long landed: the day before the instant', '2026-10-15 00:00', '2026-11-20 00:00', '2026-10-14'],
  ['a day begun is not complete', '2026-10-15 09:00', '2026-11-20 00:00', '2026-10-14'],
  ['landed at once: the last two days still grow', '2026-10-15 09:00', '2026-10-15 12:00', '2026-10-12'],
  ['a month that has ended, landed days later', '2026-11-01 00:00', '2026-11-05 00:00', '2026-10-31'],
])('%s', async (_, complete, landed, last) => {
  const estate = await estateOf([charge('2026-10-02')], { setup: version('aws', '2026-10', complete, landed) })
  expect(await estate.run('forecast_origin')).toMatchObject([{ first_day: '2026-10-02', last_day: last }])
})

test('the source that is behind holds its currency back, not another; a source that never says is left out', async () => {
  const setup = [
    version('aws', '2026-09', '2026-10-01', '2026-10-05'),
    version('aws', '2026-10', '2026-10-20', '2026-11-20'),
    version('gcp', '2026-10', '2026-10-18', '2026-11-20'),
    version('azure', '2026-10', '2026-10-25', '2026-11-20', 'EUR'),
    version('saas', '2026-10', null, '2026-10-02'),
  ].join('')
  const estate = await estateOf([charge('2026-10-02'), charge('2026-10-03'), charge('2026-10-02', 'EUR')], { setup })
  expect(await estate.run('forecast_origin')).toMatchObject([
    { billing_currency: 'USD', last_day: '2026-10-17', held_back_by: 'gcp', furthest_day: '2026-10-19' },
    { billing_currency: 'EUR', last_day: '2026-10-24', held_back_by: 'azure' },
  ])
})
