import { expect, test } from 'vitest'
import { estateOf } from '../support/rows.ts'

const price = (sku: string, service: string, region: string, tier: number, unitPrice: string, currency = 'USD') =>
  `insert into list_prices by name select 'Google Cloud' as provider, '${sku}' as sku_id, 'Name of ${sku}' as sku_name,
     '${service}' as service, '${region}' as region, 'h' as unit, '${currency}' as currency, ${tier} as tier_start,
     ${unitPrice}::decimal(38, 15) as unit_price, '' as purchase_option;`

test('prices are found by service, SKU, region and currency, their tiers in order and exact', async () => {
  const setup = [
    price('A-1', 'Cloud Storage', 'eu', 1024, '0.000000000000001'),
    price('A-1', 'Cloud Storage', 'eu', 0, '0.02'),
    price('A-1', 'Cloud Storage', 'us', 0, '0.03'),
    price('B-2', 'Compute Engine', 'eu', 0, '7', 'EUR'),
  ]
  const estate = await estateOf([], { setup: setup.join('') })
  const found = async (params: Record<string, string>) =>
    (await estate.run('price_list', params)).map((row) => [row['sku_id'], row['region'], row['unit_price']])
  expect(await found({ service: 'STORAGE', region: 'eu' })).toEqual([
    ['A-1', 'eu', '0.020000000000000'],
    ['A-1', 'eu', '0.000000000000001'],
  ])
  expect(await found({ sku: 'name of b' })).toEqual([['B-2', 'eu', '7.000000000000000']])
  expect(await found({ sku: 'B-2', currency: 'usd' })).toEqual([])
  expect(await found({ currency: 'eur' })).toHaveLength(1)
})
