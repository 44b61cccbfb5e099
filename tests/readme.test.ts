import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { loadCatalog } from '../src/catalog/catalog.ts'
import { findQuery } from '../src/catalog/find.ts'
import { checkParams } from '../src/catalog/params.ts'
import { commands } from '../src/commands/registry.ts'
import { writeEstate } from '../src/estate/estate.ts'
import awsColumns from '../src/formats/aws-cur-columns.json' with { type: 'json' }
import { formats } from '../src/formats/registry.ts'
import { createRuntime } from '../src/runtime.ts'
import { codeBlocks, costwrightCommands, mentionedPaths, outputBlock } from './support/markdown.ts'
import { parseCommand, runCommand } from './support/run-command.ts'

const root = resolve(import.meta.dirname, '..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const readme = read('README.md')
const documents = ['README.md', 'CONTRIBUTING.md', ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`)]

/** With README_FULL=1 the demo runs at full size and every line shown must be printed; else a small one must have the same shape. */
const full = process.env['README_FULL'] === '1'
const data = mkdtempSync(join(tmpdir(), 'costwright-readme-'))
/** Lines that a command prints on the sample estate. */
async function run(args: readonly string[]): Promise<string[]> {
  const { code, out } = await runCommand(args, data)
  expect(code).toBe(0)
  return out.split('\n').map((line) => line.trimEnd())
}

describe.each(documents)('%s', (document) => {
  const text = read(document)

  test('shows commands that exist, with options and queries that exist', async () => {
    for (const args of costwrightCommands(text)) {
      const { positionals, values } = await parseCommand(args)
      if (args[0] === 'queries' && positionals[0]) expect([...loadCatalog().keys()]).toContain(positionals[0])
      if (args[0] !== 'query') continue
      const given = [values['param'] ?? []].flat().map((pair) => String(pair).split('='))
      checkParams(findQuery(loadCatalog(), positionals[0] ?? ''), Object.fromEntries(given))
    }
    for (const [, name] of text.matchAll(/`costwright ([a-z]+)/g))
      expect(commands.map((one) => one.name)).toContain(name)
  })

  test('mentions files and folders that exist', () => {
    const missing = mentionedPaths(text).filter(
      (path) => !existsSync(path.startsWith('/') ? join(root, path) : resolve(root, dirname(document), path)),
    )
    expect(missing).toEqual([])
  })

  test('runs npm scripts that exist', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
    for (const [, name] of text.matchAll(/npm run (?:-s |--silent )?([a-z:-]+)/g))
      expect(Object.keys(scripts)).toContain(name)
  })
})

describe('the sample estate', () => {
  let demo: string[]

  beforeAll(async () => {
    if (!full) {
      mkdirSync(join(data, 'exports'))
      const warehouse = await createRuntime({ data }).scratch()
      await writeEstate({
        directory: join(data, 'exports'),
        seed: 7,
        scale: 0.02,
        months: ['2026-10'],
        warehouse,
      })
      warehouse.close()
    }
    demo = await run(['demo'])
  }, 600_000)

  test('prints the summary that the README shows', () => {
    const shown = outputBlock(readme, 'demo').filter((line) => !/^(serving|ask further)/.test(line))
    expect(shown.length).toBeGreaterThan(30)
    if (full) expect(outOfOrder(shown, demo)).toEqual([])
    else expect(shapes(shown).filter((shape) => !shapes(demo).includes(shape))).toEqual([])
  })

  const shownQueries = costwrightCommands(readme).filter(
    (args) => readme.includes(`<!-- output: ${args[1]} -->`) || readme.includes(`<!-- output: ${args[0]} -->`),
  )

  test('answers the four questions, and reconciles', () => {
    const names = shownQueries.map((args) => (args[0] === 'query' ? args[1] : args[0]))
    expect(names).toEqual(
      expect.arrayContaining(['tag_coverage', 'unit_cost', 'spend_variance', 'commitment_utilization', 'reconcile']),
    )
  })

  test.each(shownQueries.map((args) => [args.join(' '), args] as const))(
    'prints what the README shows for %s',
    async (_, args) => {
      const shown = outputBlock(readme, (args[0] === 'query' ? args[1] : args[0]) ?? '')
      const printed = await run(args)
      if (full) return expect(outOfOrder(shown, printed)).toEqual([])
      const whole = (line = '') => line.split(/\s+/).filter((name) => !name.endsWith('…'))
      const both = Math.min(whole(shown[0]).length, whole(printed[0]).length)
      expect(both).toBeGreaterThan(5)
      expect(whole(printed[0]).slice(0, both)).toEqual(whole(shown[0]).slice(0, both))
      expect(printed.length).toBeGreaterThan(3)
    },
  )
})

/** Lines of `shown` that `printed` lacks after the line before them. */
function outOfOrder(shown: readonly string[], printed: readonly string[]): string[] {
  let from = 0
  return shown.filter((line) => {
    const at = printed.indexOf(line, from)
    if (at >= 0) from = at + 1
    return at < 0
  })
}

/** What stays the same at any size: headings without months, column names, and the label and currency of each row. */
function shapes(lines: readonly string[]): string[] {
  const plain = (text: string) => text.replace(/\d{4}-\d{2}(-\d{2} [\d:]+)?/g, 'MONTH').replace(/\d[\d,]*/g, 'N')
  return lines.flatMap((line, index) => {
    if (/^[─ ]*$/.test(line)) return []
    const cells = line.split(/\s{2,}/)
    const isHead = /^─/.test(lines[index + 1] ?? '')
    if (isHead || cells.length < 4) return [plain(cells.join(' | '))]
    return [plain(/^[A-Z]{3}$/.test(cells[1] ?? '') ? `${cells[0]} | ${cells[1]}` : (cells[0] ?? ''))]
  })
}

describe('docs/exports.md', () => {
  const text = read('docs/exports.md')

  test('asks AWS for exactly the columns that the importer reads', () => {
    const query = codeBlocks(text, 'sql').find((block) => block.includes('COST_AND_USAGE_REPORT')) ?? ''
    const columns = query
      .replace(/^select|from COST_AND_USAGE_REPORT/gm, '')
      .split(',')
      .map((name) => name.trim())
    expect(columns.sort()).toEqual(
      Object.keys(awsColumns.input)
        .filter((name) => name !== 'tags')
        .sort(),
    )
  })

  test('shows policies that are JSON', () => {
    const policies = codeBlocks(text, 'json').map((block) => JSON.parse(block) as { Statement: unknown[] })
    expect(policies.map((policy) => policy.Statement.length)).toEqual([1, 1])
  })
})

describe('docs/formats.md', () => {
  const text = read('docs/formats.md')

  test('lists every format with how it is delivered', () => {
    for (const format of formats) expect(text).toMatch(new RegExp(`\\| \`${format.id}\` \\|`))
  })

  test('names every x_ column that a normalising query writes, and no other', () => {
    const written = readdirSync(join(root, 'queries/focus')).flatMap((name) =>
      [...read(`queries/focus/${name}`).matchAll(/\bas "?(x_[A-Z]\w+)/g)].map(([, column]) => column ?? ''),
    )
    const internal = ['x_BillingPeriod', 'x_ChargeSubcategory']
    const named = [...text.matchAll(/`(x_[A-Z]\w+)`/g)].map(([, column]) => column ?? '')
    expect(written.filter((column) => !named.includes(column) && !internal.includes(column))).toEqual([])
    const others = ['x_FocusVersion', 'x_SourceFormat']
    expect(named.filter((column) => !written.includes(column) && !others.includes(column))).toEqual([])
  })

  test('quotes messages as the code words them', () => {
    const source = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
      .filter((name) => /^(lake|pipeline)\/.*\.ts$/.test(name))
      .map((name) => read(`src/${name}`))
      .join('\n')
    const table = text.slice(text.indexOf('| message | why |'), text.indexOf('An *instant*'))
    const quoted = [...table.matchAll(/`([^`]+)`/g)].flatMap(([, message]) => message?.split('…') ?? [])
    const fragments = quoted
      .map((fragment) => fragment.trim())
      .filter((fragment) => fragment.length >= 9 && fragment.includes(' '))
    expect(fragments.length).toBeGreaterThan(12)
    expect(fragments.filter((fragment) => !source.includes(fragment))).toEqual([])
  })
})
