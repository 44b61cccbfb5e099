import { describe, expect, test } from 'vitest'
import { loadCatalog } from '../../src/catalog/catalog.ts'
import { findQuery } from '../../src/catalog/find.ts'
import { parseHeader } from '../../src/catalog/header.ts'
import { checkParams } from '../../src/catalog/params.ts'
import { UserError } from '../../src/errors.ts'

const catalog = loadCatalog()

describe('header', () => {
  const text = `-- What is it?
--
-- Two lines of
-- explanation.
--
-- grain:   one row per a
-- params:
--   $day date  a day
--   $name varchar default null  one of: x, y; a
--     name
--   $n decimal(9, 6) default 0.5  a number
-- columns:
--   a  varchar
--   b  map(varchar, decimal(38, 15))  in currency
-- source:  somewhere,
--     else
-- scope:   team, account

select 1 -- not a header`

  test('every part is read', () => {
    const header = parseHeader(text, 'x.sql')
    expect(header).toMatchObject({
      title: 'What is it?',
      notes: 'Two lines of explanation.',
      grain: 'one row per a',
      source: 'somewhere, else',
      scope: ['team', 'account'],
    })
    expect(header.params).toMatchObject([
      { name: 'day', type: 'date', fallback: undefined, description: 'a day' },
      { name: 'name', type: 'varchar', fallback: null, choices: ['x', 'y'] },
      { name: 'n', type: 'decimal(9, 6)', fallback: '0.5', choices: undefined },
    ])
    expect(header.columns).toEqual([
      { name: 'a', type: 'varchar', description: '' },
      { name: 'b', type: 'map(varchar, decimal(38, 15))', description: 'in currency' },
    ])
  })

  test('a line that cannot be read, or a missing part, names the file', () => {
    expect(() => parseHeader(text.replace('$day date', 'day date'), 'x.sql')).toThrow('x.sql: cannot read parameter')
    expect(() => parseHeader('-- Title\n--\n-- columns:\n--   a  date', 'x.sql')).toThrow(
      'x.sql: the header has no grain',
    )
  })
})

describe('parameters', () => {
  const explorer = findQuery(catalog, 'cost_explorer')
  const day = findQuery(catalog, 'charges_of_day')

  test('defaults fill in, empty text counts as not given', () => {
    expect(checkParams(explorer, { provider: '' })).toMatchObject({
      group_by: 'service',
      provider: null,
      start_date: null,
    })
    expect(checkParams(day, { date: '2028-02-29', limit: 5 })).toMatchObject({ date: '2028-02-29', limit: '5' })
  })

  test('every problem is named with an example', () => {
    const failure = catchError(() => checkParams(explorer, { group_by: 'colour', start_date: '2026-02-30', teem: 'x' }))
    expect(failure).toBeInstanceOf(UserError)
    expect(failure.message).toContain('teem: cost_explorer has no such parameter')
    expect(failure.message).toContain('group_by: "colour" is not one of: service, provider')
    expect(failure.message).toContain('start_date: "2026-02-30" is no date, e.g. start_date=2026-01-31')
  })

  test('a required one that is missing says how to give it', () => {
    expect(catchError(() => checkParams(day, {})).message).toBe('date: is required, e.g. date=2026-01-31')
    expect(catchError(() => checkParams(day, { date: '2026-01-01', limit: '1; drop' })).message).toContain(
      'limit: "1; drop" is no integer',
    )
  })
})

test('an unknown query suggests similar ones', () => {
  const failure = catchError(() => findQuery(catalog, 'tag_cover'))
  expect(failure).toMatchObject({
    message: 'there is no query called tag_cover',
    hint: expect.stringMatching(/^similar: .*\btag_coverage\b/),
  })
})

test('every check returns a severity', () => {
  for (const query of catalog.values()) {
    if (query.kind === 'checks' && query.name !== 'duplicate_metrics')
      expect(query.columns[0], query.name).toMatchObject({ name: 'severity' })
  }
})

// provider_coverage_compared counts what AWS holds eligible, meter by meter, which no mart keeps.
const readCharges = [
  'commitment_month_to_date',
  'commitment_usage',
  'variance_bridge',
  'charges_of_day',
  'provider_coverage_compared',
]

test('reports read marts only; the charges themselves are for drill-down and checks', () => {
  for (const query of catalog.values()) {
    if (query.kind === 'reports' && !readCharges.includes(query.name))
      expect(query.sql.replaceAll(/^--.*$/gm, ''), query.name).not.toMatch(/\b(from|join) charges\b/)
  }
})

function catchError(run: () => unknown): Error {
  try {
    run()
  } catch (error) {
    if (error instanceof Error) return error
  }
  throw new Error('nothing was thrown')
}
