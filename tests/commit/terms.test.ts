import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { UserError } from '../../src/errors.ts'
import { runCommand } from '../support/run-command.ts'

const folder = mkdtempSync(join(tmpdir(), 'costwright-terms-'))

function file(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

const offers = file(
  'offers.csv',
  `offer,term_months,upfront,recurring_per_hour,on_demand_per_hour
no upfront,12,0,0.065,0.10
partial,12,262.80,0.032,0.10
all upfront,12,525.60,0,0.10
three years,36,1314,0,0.10
dear,12,0,0.11,0.10
`,
)
const plans = file(
  'plans.csv',
  `id,start,end,commitment_per_hour
A,2026-01-01,2027-01-01,2
B,2026-04-01,2027-04-01,2
C,2026-07-01,2027-07-01,2
`,
)

async function answer(...args: string[]) {
  const { code, out } = await runCommand(['commit', ...args, '--json'], folder)
  expect(code).toBe(0)
  return JSON.parse(out)
}

test('offers: break-even as in vector C07, and what the upfront earns against the same term without it', async () => {
  const { rows } = await answer('offers', '--offers', offers, '--break-even', '8')
  const [none, partial, all, three, dear] = rows
  expect(all).toMatchObject({
    effective_per_hour: '0.06',
    discount: '0.4',
    break_even_utilisation: '0.6',
    break_even_months: '7.2',
    compared_with: 'no upfront',
  })
  expect(none).toMatchObject({ break_even_months: '0', implied_interest: null, compared_with: null, objections: '' })
  expect(partial.effective_per_hour).toBe('0.062')
  expect(Number(partial.implied_interest)).toBeGreaterThan(0.08)
  const monthly = (1 + Number(all.implied_interest)) ** (1 / 12) - 1
  const worth = Array.from({ length: 12 }, (_, k) => (0.065 * 730) / (1 + monthly) ** (k + 1)).reduce((a, b) => a + b)
  expect(worth).toBeCloseTo(525.6, 2)
  expect(three).toMatchObject({ break_even_months: '18', effective_per_hour: '0.05' })
  expect(three.objections).toContain('breaks even after more than 8 months')
  expect(dear.objections).toContain('not cheaper than on demand')
})

test('an upfront that earns less than the cost of capital is objected to', async () => {
  const { rows } = await answer('offers', '--offers', offers, '--capital', '5')
  expect(rows[2].objections).toContain('cost of capital of 5')
})

test('expiry: vector C20 from a file', async () => {
  const found = await answer('expiry', '--plans', plans, '--at', '2026-08-01', '--eligible', '10')
  expect(found).toMatchObject({
    remaining_obligation: '35040',
    weighted_remaining_days: '265.772602739726',
    active_per_hour: '6',
    lock_in_months: '4.8',
    expiring_within_days: { 90: 0, 180: 1, 365: 3 },
  })
  expect(found.rows.map((row: { remaining_obligation: string }) => row.remaining_obligation)).toEqual([
    '7344',
    '11664',
    '16032',
  ])
  const unknown = await answer('expiry', '--plans', plans, '--at', '2026-08-01')
  expect(unknown.lock_in_months).toBeNull()
})

test('ladder: equal purchases a quarter apart', async () => {
  const { rows } = await answer('ladder', '--amount', '12', '--tranches', '4', '--term', '12', '--at', '2026-01-01')
  expect(rows).toEqual(
    ['01', '04', '07', '10'].map((month) => ({
      buy: `2026-${month}-01`,
      end: `2027-${month}-01`,
      commitment_per_hour: '3',
    })),
  )
})

test('the same as a table for people', async () => {
  const { out } = await runCommand(['commit', 'expiry', '--plans', plans, '--at', '2026-08-01'], folder)
  expect(out).toContain('7344')
  expect(out).toMatch(/lock_in_months\s+unknown/)
})

describe('a fault is named with its remedy', () => {
  const plan = 'id,start,end,commitment_per_hour\n'
  test.each([
    [`${plan}A,2026-01-01,2025-01-01,2\n`, 'row 2, column end: "2025-01-01" is not after the start'],
    [`${plan}A,2026-13-01,2027-01-01,2\n`, 'row 2, column start: "2026-13-01" is not valid'],
    [`${plan}A,2026-01-01,2027-01-01,-2\n`, 'row 2, column commitment_per_hour: "-2" is not valid'],
    [`${plan},2026-01-01,2027-01-01,2\n`, 'row 2, column id: is empty'],
    ['id,start,end\n', 'row 1, column commitment_per_hour: is not in the header'],
  ])('%j', async (text, message) => {
    const bad = file('bad.csv', text)
    const error = await runCommand(['commit', 'expiry', '--plans', bad, '--at', '2026-08-01'], folder).catch(
      (one) => one,
    )
    expect(error).toBeInstanceOf(UserError)
    expect(String(error)).toContain(message)
  })

  test.each([
    [['offers'], '--offers is missing'],
    [['expiry', '--plans', plans], '--at is missing'],
    [['expiry', '--plans', plans, '--at', 'today'], '--at today is not a date'],
    [['ladder', '--at', '2026-01-01'], '--amount is missing'],
    [['ladder', '--amount', '1', '--tranches', '0', '--at', '2026-01-01'], '--tranches 0 is not a whole number'],
    [
      [
        'offers',
        '--offers',
        file('term.csv', 'offer,term_months,upfront,recurring_per_hour,on_demand_per_hour\na,0,1,1,1\n'),
      ],
      'column term_months: "0"',
    ],
  ])('%j', async (args, message) => {
    const error = await runCommand(['commit', ...args], folder).catch((one) => one)
    expect(error).toBeInstanceOf(UserError)
    expect(String(error)).toContain(message)
  })
})
