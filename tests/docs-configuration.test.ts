import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parseYamlConfig } from '../src/config.ts'
import { configSchema } from '../src/config-schema.ts'
import { sourceKeys } from '../src/config-sources.ts'
import { codeBlocks } from './support/markdown.ts'

const root = resolve(import.meta.dirname, '..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const documents = ['README.md', ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`)]
const isConfiguration = (block: string) => (/^(\w+):/.exec(block)?.[1] ?? '') in configSchema.shape

const blocks = documents.flatMap((document) =>
  codeBlocks(read(document), 'yaml')
    .filter(isConfiguration)
    .map((block, index) => [`${document}, block ${index + 1}`, block] as const),
)

test.each(blocks)('the configuration in %s is valid', (name, block) => {
  expect(() => parseYamlConfig(block, name)).not.toThrow()
})

test('the README, and docs on configuration and collecting, show a configuration', () => {
  for (const document of ['README.md', 'docs/configuration.md', 'docs/collecting.md'])
    expect(blocks.map(([name]) => name)).toContainEqual(expect.stringContaining(document))
})

describe('docs/configuration.md', () => {
  const text = read('docs/configuration.md')
  const sources = text.slice(text.indexOf('## Sources'), text.indexOf('## Budget files'))
  const example = codeBlocks(sources, 'yaml')[0] ?? ''

  test('shows a source of each type', () => {
    const shown = parseYamlConfig(example).sources.map(({ type }) => type)
    expect([...new Set(shown)].sort()).toEqual([...sourceKeys.keys()].sort())
  })

  test('describes every key of every type, and no other', () => {
    const tables = sources.replace(/```[\s\S]*?```/g, '')
    const keys = [...sourceKeys.values()].flat()
    expect(keys.filter((key) => !tables.includes(`\`${key}\``))).toEqual([])
    const described = [...tables.matchAll(/^\|([^|]*)\|([^|]*)\|([^|]*)\|([^|]*)\|$/gm)].flatMap(([, , cell = '']) =>
      [...cell.matchAll(/`(\w+)`/g)].map(([, key]) => key ?? ''),
    )
    expect(described.length).toBeGreaterThan(30)
    expect(described.filter((key) => !keys.includes(key))).toEqual([])
  })

  test('states the defaults that the configuration has', () => {
    const [first] = parseYamlConfig('sources: [{ name: a, type: aws_export, bucket: b }]').sources
    expect(first).toMatchObject({ late_after_hours: 36, look_back_months: 2, region: 'us-east-1' })
    const [google] = parseYamlConfig('sources: [{ name: a, type: gcp_export, project: p, dataset: d }]').sources
    expect(google).toMatchObject({ max_gib_billed: 100, look_back_days: 35 })
    for (const row of [
      '| `late_after_hours` | 36 |',
      '| | `look_back_months` | 2 |',
      '| | `region` | `us-east-1` |',
      '| | `max_gib_billed` | 100 |',
      '| | `look_back_days` | 35 |',
    ])
      expect(sources).toContain(row)
  })
})
