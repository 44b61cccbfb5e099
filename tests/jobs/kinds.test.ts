import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openApi } from '../../src/api/openapi.ts'
import { loadCatalog } from '../../src/catalog/catalog.ts'
import { commands } from '../../src/commands/registry.ts'
import { argumentsOf, checkedOptions, kindNamed } from '../../src/jobs/arguments.ts'
import { jobKinds } from '../../src/jobs/kinds.ts'
import { optionTypes } from '../../src/jobs/options.ts'
import { parseCommand } from '../support/run-command.ts'

const set = '5f0c1d2e3a4b5c6d7e8f90a1b2c3d4e5'
const context = {
  pathOf: (_: string, value: string) => `/data/uploads/${value}`,
  actor: 'key 1 ci',
  out: '/tmp/out.json',
}
const rightValue = (type: string, choices: readonly string[] = []) =>
  type === 'flag'
    ? true
    : type === 'choice'
      ? (choices[0] ?? '')
      : optionTypes[type as keyof typeof optionTypes].example

describe('kinds of jobs', () => {
  test.each(jobKinds.map((kind) => [kind.kind, kind] as const))(
    '%s is a command line that the command takes',
    async (_, kind) => {
      const given = Object.fromEntries(
        Object.entries(kind.options).map(([name, { type, choices, many }]) => {
          const value = rightValue(type, choices)
          return [name, many ? [value] : value]
        }),
      )
      const args = argumentsOf(kind, checkedOptions(kind, given), context)
      const { values, positionals } = await parseCommand(args)
      const [, ...subcommands] = kind.command
      expect(positionals.slice(0, subcommands.length)).toEqual(subcommands)
      const named = Object.entries(kind.options).filter(([, { positional }]) => !positional)
      for (const [name] of named) expect(values).toHaveProperty([name.replaceAll('_', '-')])
      expect(positionals.length).toBe(subcommands.length + Object.keys(kind.options).length - named.length)
    },
  )

  test('take no path, no data folder and no place for output from whoever starts them', () => {
    for (const { options, onFiles } of jobKinds)
      for (const [name, { type }] of Object.entries(options)) {
        expect(['data', 'out', 'json', 'by', 'port', 'host']).not.toContain(name)
        if (name === 'config') expect([type, onFiles]).toEqual(['file', true])
      }
  })

  test('that write the lake, or reach the outside for others, are for administrators', () => {
    const admin = jobKinds.filter(({ role }) => role === 'admin').map(({ kind }) => kind)
    expect(admin).toEqual(['import', 'collect', 'backfill', 'build', 'alerts_apply', 'alerts_deliver'])
    expect(jobKinds.filter(({ writes }) => writes).every(({ role }) => role === 'admin')).toBe(true)
  })
})

describe('options', () => {
  test.each([
    ['collect', { sources: ['--data=/etc'] }, 'options.sources: must be a list'],
    ['collect', { sources: ['-h'] }, 'options.sources'],
    ['collect', { sources: ['a\0b'] }, 'options.sources'],
    ['collect', { sources: [] }, 'options.sources'],
    ['collect', { sources: 'aws' }, 'options.sources'],
    ['collect', { period: ['2026-13'] }, 'options.period'],
    ['collect', { dry_run: 'yes' }, 'options.dry_run: must be true or false'],
    ['collect', { data: '/etc' }, 'options.data: unknown'],
    ['collect', JSON.parse('{"__proto__": ["x"]}'), 'options.__proto__: unknown'],
    ['build', { constructor: 1 }, 'build has no options'],
    ['import', {}, 'options.import: is missing'],
    ['import', { import: '../../etc' }, 'options.import'],
    ['commit_size', { hours: `${set}/../x` }, 'options.hours'],
    ['commit_size', { hours: '/etc/passwd' }, 'options.hours'],
    ['alerts_plan', { scope: 'account=1\n--by=x', start: '2026-01-01', end: '2026-01-02' }, 'options.scope'],
    ['alerts_plan', { scope: 'a=1', start: '2026-01-01', end: '2026-01-02', note: '--by=root' }, 'options.note'],
    ['commit_suggest', { term: '24' }, 'must be one of 12, 36'],
    ['recommend', { min: '-1' }, 'options.min'],
  ])('%s with %j is refused by name', (kind, options, message) => {
    const refusal = () => checkedOptions(kindNamed(kind), options as Record<string, unknown>)
    expect(refusal).toThrow(expect.objectContaining({ name: 'UserError' }))
    const said = (() => {
      try {
        return String(refusal())
      } catch (error) {
        return `${error} ${(error as { hint?: string }).hint}`
      }
    })()
    expect(said).toContain(message)
  })

  test('are arguments of their own, whatever they hold', () => {
    const kind = kindNamed('alerts_plan')
    const options = { scope: 'service=a b;$(x) "y"', start: '2026-01-01', end: '2026-01-02', note: 'a `b` && c' }
    expect(argumentsOf(kind, checkedOptions(kind, options), context)).toEqual([
      ...['alerts', 'plan', '--scope=service=a b;$(x) "y"', '--start=2026-01-01', '--end=2026-01-02'],
      ...['--note=a `b` && c', '--by=key 1 ci', '--json'],
    ])
  })

  test('name a kind that exists', () => {
    expect(() => kindNamed('serve')).toThrow('"serve" is no kind of job')
  })
})

describe('docs/api.md', () => {
  const text = readFileSync(resolve(import.meta.dirname, '../../docs/api.md'), 'utf8')
  const table = text.slice(text.indexOf('## Every command'), text.indexOf('## Jobs'))
  const rows = [...table.matchAll(/^\| (`.*?) \| (.*) \|$/gm)]

  test('says of every command where the API has it', () => {
    const named = rows.flatMap(([, names = '']) => [...names.matchAll(/`(\w+)`/g)].map(([, name]) => name))
    expect(named.sort()).toEqual(commands.map(({ name }) => name).sort())
  })

  test('names every kind of job, and paths that exist', () => {
    const paths = Object.keys(openApi(loadCatalog())['paths'] as object)
    const cells = rows.map(([, names, cell]) => `${names} ${cell}`).join(' ')
    for (const { kind } of jobKinds) expect(cells).toContain(`\`${kind}\``)
    for (const [, path = ''] of cells.matchAll(/(?:GET |POST |PUT |DELETE |, )`?(\/[a-z]\w*(?:\/[\w{}]+)*)/g)) {
      const shape = path.replace('/alerts/{id}/{decision}', '/alerts/{id}/{decision}')
      const isThere = [`/api/v1${shape}`, shape, '/api/v1/queries/tag_coverage'].some((one) => paths.includes(one))
      expect(isThere, path).toBe(true)
    }
  })
})
