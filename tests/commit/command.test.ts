import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { UserError } from '../../src/errors.ts'
import { runCommand } from '../support/run-command.ts'

const folder = mkdtempSync(join(tmpdir(), 'costwright-commit-'))
let files = 0

function file(text: string): string {
  const path = join(folder, `${files++}.csv`)
  writeFileSync(path, text)
  return path
}

const at = (hour: number) => new Date(Date.UTC(2026, 0, 1, hour)).toISOString().replace('.000', '')
const plain = (values: readonly (number | string)[]) =>
  `hour,ode\n${values.map((ode, i) => `${at(i)},${ode}`).join('\n')}\n`
const c08 = [4, 6, 6, 8, 10, 10, 12, 14, 16, 20]

async function size(text: string, ...options: string[]) {
  const { code, out } = await runCommand(['commit', 'size', '--hours', file(text), '--json', ...options], folder)
  expect(code).toBe(0)
  return JSON.parse(out)
}

async function refusal(...args: string[]): Promise<UserError> {
  const error = await runCommand(['commit', ...args], folder).catch((caught: unknown) => caught)
  expect(error).toBeInstanceOf(UserError)
  return error as UserError
}

describe('the contract of specs/commitments.md section 16', () => {
  test('one discount: vector C08', async () => {
    expect(await size(plain(c08), '--discount', '0.30')).toMatchObject({
      commitment_per_hour: '4.2',
      ode_per_hour: '6',
      cost_per_hour: '9',
      on_demand_cost_per_hour: '10.6',
      savings_per_hour: '1.6',
      net_savings_total: '16',
      utilisation: '0.966666666667',
      coverage: '0.547169811321',
      hours: 10,
      granularity: 'hourly',
    })
  })

  test('rows and columns in any order, spellings of an hour, exponents and blanks', async () => {
    const text = 'ode,hour\n2e1,2026-01-01T01\n 10.0 ,2026-01-01 00:00\n0.15e2,2026-01-01T04:00:00+02:00\n'
    expect(await size(text, '--discount', '0.5')).toMatchObject({ hours: 3, ode_per_hour: '15' })
  })

  test('several discounts: vector C30, and no on-demand level', async () => {
    const rows = [0, 1, 2, 3].flatMap((hour) => [`${at(hour)},Y,10,0.2`, `${at(hour)},X,10,0.4`])
    const text = `hour,item,ode,discount\n${rows.join('\n')}\n${at(4)},X,5,0.40\n`
    expect(await size(text)).toMatchObject({
      commitment_per_hour: '6',
      ode_per_hour: null,
      net_savings_total: '15',
      utilisation: '0.9',
      hours: 5,
    })
  })

  test('existing commitments are subtracted hour by hour, coverage counts them', async () => {
    const existing = file(plain(c08.map((_, i) => (i < 2 ? 7 : 4))))
    const found = await size(plain(c08), '--discount', '0.30', '--existing', existing)
    expect(found).toMatchObject({
      commitment_per_hour: '1.4',
      ode_per_hour: '2',
      on_demand_cost_per_hour: '6.4',
      coverage: '0.547169811321',
    })
  })

  test('what covers an hour and ends within the horizon is put back before sizing', async () => {
    const covered = (end: string) =>
      file(`hour,ode,end\n${c08.map((_, i) => `${at(i)},${i < 2 ? 7 : 4},${end}\n${at(i)},1,2026-06-01`).join('\n')}\n`)
    const sized = (end: string) =>
      size(plain(c08), '--discount', '0.30', '--existing', covered(end), '--until', '2026-12-01')
    expect(await sized('2026-12-01')).toMatchObject({ commitment_per_hour: '4.2', ode_per_hour: '6' })
    for (const end of ['2026-12-02', '']) expect(await sized(end)).toMatchObject({ commitment_per_hour: '1.4' })
    const base = ['size', '--hours', file(plain(c08)), '--discount', '0.30', '--existing']
    expect((await refusal(...base, covered(''))).message).toContain('--until is missing')
    expect((await refusal(...base, covered('soon'), '--until', '2026-12-01')).message).toMatch(
      /row 2, column end: "soon"/,
    )
    const plainFile = file(plain(c08))
    expect((await refusal(...base, plainFile, '--until', '2026-12-01')).message).toContain('has no column end')
  })

  test('vanish, salvage, floor and cap', async () => {
    const at30 = ['--discount', '0.30']
    expect((await size(plain(c08), ...at30, '--vanish', '0.2')).ode_per_hour).toBe('6')
    expect((await size(plain(c08), ...at30, '--vanish', '0.25')).ode_per_hour).toBe('4')
    expect((await size(plain(c08), ...at30, '--salvage', '0.5')).ode_per_hour).toBe('10')
    expect((await size(plain(c08), ...at30, '--cap', '2.1')).ode_per_hour).toBe('3')
    expect((await size(plain(c08), ...at30, '--utilisation-floor', '1')).ode_per_hour).toBe('4')
  })

  test('nothing worth buying: amounts are "0", ratios of nothing are null, and the reason says so', async () => {
    const found = await size(plain(c08), '--discount', '0')
    expect(found).toMatchObject({
      commitment_per_hour: '0',
      ode_per_hour: '0',
      savings_per_hour: '0',
      net_savings_total: '0',
      cost_per_hour: '10.6',
      utilisation: null,
      coverage: '0',
    })
    expect(found.reason).toContain('nothing is worth buying')
    expect(await size(plain([0, 0]), '--discount', '0.5')).toMatchObject({ coverage: null, utilisation: null })
  })

  test('a missing hour is named; --missing zero makes it zero', async () => {
    const gap = 'hour,ode\n2026-01-01T00:00:00Z,5\n2026-01-01T02:00:00Z,5\n'
    const error = await refusal('size', '--hours', file(gap), '--discount', '0.5')
    expect(error.message).toContain('the hour 2026-01-01T01:00:00Z is missing')
    expect(error.hint).toContain('--missing zero')
    expect(await size(gap, '--discount', '0.5', '--missing', 'zero')).toMatchObject({ hours: 3, ode_per_hour: '5' })
    const existing = file('hour,ode\n2026-01-01T00:00:00Z,5\n')
    const short = await refusal('size', '--hours', file(plain([5, 5])), '--discount', '0.5', '--existing', existing)
    expect(short.message).toContain(`${existing}: column hour: the hour 2026-01-01T01:00:00Z is missing`)
  })

  test('one row a day is daily, of low confidence, and a missing day is named', async () => {
    const days = 'hour,ode\n2026-02-27,240\n2026-02-28,240\n2026-03-01,480\n'
    expect(await size(days, '--discount', '0.5')).toMatchObject({
      granularity: 'daily',
      confidence: 'low',
      hours: 72,
      ode_per_hour: '10',
      commitment_per_hour: '5',
    })
    const stamped = 'hour,ode\n2026-02-27T00:00:00Z,240\n2026-02-28T00:00:00Z,240\n'
    expect(await size(stamped, '--discount', '0.5')).toMatchObject({ granularity: 'daily', hours: 48 })
    const error = await refusal('size', '--discount', '0.5', '--hours', file('hour,ode\n2026-02-27,1\n2026-03-01,1\n'))
    expect(error.message).toContain('the day 2026-02-28 is missing')
  })

  test('a file as spreadsheets write it: byte order mark, CRLF, quotes, no last line end', async () => {
    const text = '\uFEFF"hour","ode"\r\n"2026-01-01T00:00:00Z","4"\r\n2026-01-01T01:00:00Z,6'
    expect(await size(text, '--discount', '0.3')).toMatchObject({ hours: 2, ode_per_hour: '4' })
  })

  test('amounts longer than a number holds stay exact', async () => {
    const text = 'hour,ode\n2026-01-01T00:00:00Z,123456789012345678.123456789012345\n'
    expect(await size(text, '--discount', '0.5')).toMatchObject({
      ode_per_hour: '123456789012345678.123456789012345',
      commitment_per_hour: '61728394506172839.0617283945061725',
      savings_per_hour: '61728394506172839.0617283945061725',
    })
  })

  test('a year of hours comes with postures, a range and back-tests; the same answer every time', async () => {
    const year = plain(Array.from({ length: 8760 }, (_, i) => 10 + (i % 24) / 4 + ((i * 7919) % 13) / 10))
    const found = await size(year, '--discount', '0.3')
    expect(found).toMatchObject({ confidence: 'high', suggested: true, refused: [] })
    expect(found.postures).toHaveLength(3)
    expect(found.back_tests.map((each: { lookback_days: number }) => each.lookback_days)).toEqual([7, 30, 60, 90])
    expect(await size(year, '--discount', '0.3')).toEqual(found)
  })

  test('a purchase whose past forbids it is not suggested, and the reason says so', async () => {
    const falling = plain(Array.from({ length: 6000 }, (_, i) => (40 * Math.exp(-i / 800)).toFixed(6)))
    const found = await size(falling, '--discount', '0.3')
    expect(found.suggested).toBe(false)
    expect(found.reason).toContain('not suggested: in the back-test it lost money')
  })

  test('for people the same figures, in words', async () => {
    const { out } = await runCommand(['commit', 'size', '--hours', file(plain(c08)), '--discount', '0.3'], folder)
    expect(out).toContain('commitment  4.2 per hour')
    expect(out).toContain('no back-test')
  })
})

describe('a fault of the input names file, row, column and remedy', () => {
  test.each([
    ['hour,cost\n', 'row 1, column cost: is not expected here'],
    ['hour,ode,hour\n', 'row 1, column hour: is not expected here'],
    ['hour\n', 'row 1, column ode: is not in the header'],
    ['', 'the file is empty'],
    ['hour,ode\n', 'row 2, column hour: there is no row'],
    ['hour,ode\n2026-01-01T00:00:00Z,\n', 'row 2, column ode: is empty'],
    ['hour,ode\n2026-01-01T00:00:00Z,1\n2026-01-01T01:00:00Z,"1,5"\n', 'row 3, column ode: "1,5" is not valid'],
    ['hour,ode\n2026-01-01T00:00:00Z,-1\n', 'row 2, column ode: "-1" is not valid'],
    ['hour,ode\n2026-01-01T00:00:00Z,nan\n', 'row 2, column ode: "nan" is not valid'],
    ['hour,ode\n2026-01-01T00:30:00Z,1\n', 'row 2, column hour: "2026-01-01T00:30:00Z" is not valid'],
    ['hour,ode\n2026-02-29T00:00:00Z,1\n', 'row 2, column hour: "2026-02-29T00:00:00Z" is not valid'],
    ['hour,ode\n,1\n', 'row 2, column hour: is empty'],
    [
      'hour,ode\n2026-01-01T00:00:00Z,1\n2026-01-01T00:00:00Z,1\n',
      'row 3, column hour: 2026-01-01T00:00:00Z stands twice',
    ],
    [
      'hour,ode\n2026-01-01T00:00:00Z,1\n2026-01-01T00,1\n',
      'row 3, column hour: 2026-01-01T00:00:00Z stands twice, in two spellings',
    ],
    [
      'hour,ode\n2026-01-01T00:00:00Z,1\n2026-01-02,1\n',
      'row 3, column hour: "2026-01-02" is among others of another form',
    ],
    ['hour,ode\n2026-01-01T00:00:00Z,1,9\n', 'row 2'],
    [
      'hour,ode\n2026-01-01T00:00:00Z,1\n1926-01-01T01:00:00Z,1\n',
      'row 3, column hour: the file reaches from 1926-01-01T01:00:00Z',
    ],
  ])('%j', async (text, message) => {
    const path = file(text)
    const error = await refusal('size', '--hours', path, '--discount', '0.3')
    expect(error.message).toContain(path)
    expect(error.message).toContain(message)
    expect(error.hint).toBeTruthy()
  })

  test.each([
    ['hour,item,ode,discount\n2026-01-01T00:00:00Z,a,1,1\n', 'row 2, column discount: "1" is not valid'],
    ['hour,item,ode,discount\n2026-01-01T00:00:00Z,a,1,30 %\n', 'row 2, column discount: "30 %" is not valid'],
    ['hour,item,ode,discount\n2026-01-01T00:00:00Z,,1,0.3\n', 'row 2, column item: is empty'],
    [
      'hour,item,ode,discount\n2026-01-01T00:00:00Z,a,1,0.3\n2026-01-01T00:00:00Z,a,1,0.2\n',
      'row 3, column hour: 2026-01-01T00:00:00Z stands twice for one item',
    ],
  ])('%j', async (text, message) => {
    expect((await refusal('size', '--hours', file(text))).message).toContain(message)
  })

  test.each([
    [['size'], '--hours is missing'],
    [['size', '--hours', '/no/such.csv', '--discount', '0.3'], '/no/such.csv cannot be read'],
    [['size', '--hours', tmpdir(), '--discount', '0.3'], `${tmpdir()} cannot be read`],
    [['size', '--hours', 'x', '--discount', '30'], '--discount 30 is not a decimal below 1'],
    [['size', '--hours', 'x', '--discount', '1'], '--discount 1 is not a decimal below 1'],
    [['size', '--hours', 'x', '--discount', 'much'], '--discount much is not a decimal below 1'],
    [['size', '--hours', 'x', '--vanish', '1.5'], '--vanish 1.5 is not a fraction from 0 to 1'],
    [['size', '--hours', 'x', '--cap=-1'], '--cap -1 is not an amount of 0 or more'],
    [['size', '--hours', 'x', '--step', '0'], '--step 0 is not an amount above 0'],
    [['size', '--hours', 'x', '--missing', 'skip'], '--missing skip is not known'],
    [['grow'], 'commit grow is not known'],
    [[], 'commit what?'],
  ])('%j', async (args, message) => {
    expect((await refusal(...args)).message).toContain(message)
  })

  test('one discount for a file that has its own, and none for a file that has not', async () => {
    const mixed = file('hour,item,ode,discount\n2026-01-01T00:00:00Z,a,1,0.3\n')
    expect((await refusal('size', '--hours', mixed, '--discount', '0.3')).message).toContain(
      '--discount is given twice',
    )
    expect((await refusal('size', '--hours', file(plain([1])))).message).toContain('--discount is missing')
  })
})
