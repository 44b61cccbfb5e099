import { expect, test } from 'vitest'
import { parseDocument } from 'yaml'
import { parseYamlConfig } from '../src/config.ts'
import examples from '../src/config-examples.json' with { type: 'json' }
import { sourceKeys } from '../src/config-sources.ts'
import { UserError } from '../src/errors.ts'

type Keys = Readonly<Record<string, unknown>>

const exampleOf = new Map(Object.entries(examples))
const types = [...sourceKeys.keys()]

function problems(yaml: string): string[] {
  try {
    parseYamlConfig(yaml)
  } catch (error) {
    if (error instanceof UserError) return error.message.split('\n  ').slice(1)
    throw error
  }
  return []
}

const read = (yaml: string) => parseDocument(yaml, { schema: 'failsafe' }).toJS() as Keys
const entryOf = (type: string) => (read(exampleOf.get(`sources[${type}]`) ?? '') as unknown as Keys[])[0] ?? {}
const oneSource = (source: Keys) => JSON.stringify({ sources: [source] })

test.each(types)('the example of a %s source is a valid one', (type) => {
  expect(entryOf(type)['type']).toBe(type)
  expect(problems(oneSource(entryOf(type)))).toEqual([])
})

const everyKey = types.flatMap((type) => (sourceKeys.get(type) ?? []).map((key) => [type, key] as const))

test.each(everyKey)('%s: a wrong %s is answered with an example that is right', (type, key) => {
  const [problem = ''] = problems(oneSource({ ...entryOf(type), [key]: [[{}]] }))
  expect(problem).toMatch(new RegExp(`^sources\\[0\\]\\.${key}\\b`))
  const example = problem.split(', e.g. ')[1] ?? ''
  const written = key === 'type' ? { type } : read(example)
  expect(Object.keys(written)).toEqual([key])
  const { files: _, ...others } = entryOf(type)
  const rest = ['prometheus', 'sql'].includes(key) ? others : entryOf(type)
  expect(problems(oneSource({ ...rest, ...written }))).toEqual([])
})

test('the keys known in a source are those of its type', () => {
  expect(problems('sources: [{ name: a, type: gcp_export, project: p, dataset: d, bukcet: x }]')[0]).toMatch(
    /^sources\[0\]\.bukcet: unknown key; known here: type, project, endpoint, dataset, /,
  )
  expect(problems('sources: [{ name: a, type: aws_export, bukcet: x }]')).toContain(
    'sources[0].bukcet: unknown key; did you mean bucket?, e.g. bucket: acme-billing',
  )
})

test('a type that there is not, or none, is answered with the types that there are', () => {
  for (const source of ['{ name: a, type: aws }', '{ name: a }'])
    expect(problems(`sources: [${source}]`)[0]).toBe(
      `sources[0].type: must be one of ${types.join(', ')}, e.g. type: aws_export`,
    )
  expect(problems('sources: [aws_export]')[0]).toMatch(/^sources\[0\]: must be a map of keys, e\.g\. - \{ name: /)
})

test('the parts that a source can collect are named, with an example of its own type', () => {
  expect(problems('sources: [{ name: a, type: gcp_billing, project: p, collect: [budget] }]')[0]).toBe(
    'sources[0].collect[0]: must be one of projects, prices, budgets, e.g. collect: [projects, prices, budgets]',
  )
})

test.each(['secret_access_key', 'account_key', 'sas', 'sas_token', 'client_secret'])(
  'a secret does not belong into a source: %s',
  (key) => {
    const [problem = ''] = problems(oneSource({ ...entryOf('azure_export'), [key]: 'hunter2' }))
    expect(problem).toBe(`sources[0].${key}: unknown key; secrets belong in the environment, never in this file`)
  },
)

test('two sources cannot have one name', () => {
  const source = '{ name: a, type: aws_organizations }'
  expect(problems(`sources: [${source}, ${source}]`)).toEqual([
    'sources[1].name: is the name of another source, e.g. name: aws',
  ])
})

test.each([
  '61 * * * *',
  '0 24 * * *',
  '0 0 30 2 *',
  '*/0 * * * *',
  '0 6 * * 8',
  '* * * * * *',
  '@daily',
  '2026-01-01',
  'a b c d e',
])('a schedule that cannot be is refused with an example: %s', (line) => {
  for (const [yaml, key] of [
    [`collect: { schedule: '${line}' }`, 'collect.schedule'],
    [oneSource({ ...entryOf('aws_export'), schedule: line }), 'sources[0].schedule'],
  ] as const)
    expect(problems(yaml)).toEqual([
      `${key}: must be a cron line of five fields that comes due, in UTC, e.g. schedule: '0 6 * * *'`,
    ])
})

test.each(['0 6 * * *', '*/30 * * * *', '15 4,16 * * MON-FRI', '0 7 L * *', '0 0 29 2 *'])(
  'a schedule that comes due is taken: %s',
  (line) => {
    expect(parseYamlConfig(`collect: { schedule: '${line}' }`).collect.schedule).toBe(line)
  },
)

test('what is wrong in collect is answered with an example', () => {
  expect(problems('collect: { downloads: 0, schedul: 1 }')).toEqual([
    'collect.downloads: must be a whole number from 1 to 32, e.g. downloads: 4',
    "collect.schedul: unknown key; did you mean schedule?, e.g. schedule: '0 6 * * *'",
  ])
})

test('queries of Prometheus are metrics and PromQL', () => {
  const wrong = 'sources: [{ name: a, type: business_metrics, prometheus: { url: u, queries: { x: [] } } }]'
  expect(problems(wrong)[0]).toMatch(/^sources\[0\]\.prometheus\.queries\.x: .+, e\.g\. requests: sum by/)
})
