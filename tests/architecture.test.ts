import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { expect, test } from 'vitest'

const root = resolve(import.meta.dirname, '..', 'src')

/** Inside out: a folder or file may import from its own layer and from those before it. */
const layers: readonly (readonly string[])[] = [
  ['core', 'errors.ts', 'catalog/files.ts', 'catalog/header.ts'],
  ['stats'],
  [
    'warehouse/warehouse.ts',
    'formats',
    'config.ts',
    'config-schema.ts',
    'config-auth.ts',
    'config-notify.ts',
    'config-publish.ts',
    'config-forecast.ts',
    'config-reports.ts',
    'config-sources.ts',
    'config-values.ts',
  ],
  ['catalog'],
  ['lake'],
  ['detect'],
  ['forecast'],
  ['commit'],
  ['pipeline', 'conformance'],
  ['collectors', 'collect'],
  ['state'],
  ['jobs'],
  ['web/format.ts', 'web/palette.ts'],
  ['notify'],
  ['estate'],
  ['recommend'],
  ['api', 'web', 'report', 'mcp', 'edge'],
  ['warehouse'],
  ['log.ts', 'user-name.ts', 'telemetry.ts', 'request-histogram.ts', 'metrics.ts', 'listen.ts'],
  ['runtime.ts', 'runtime-sources.ts', 'runtime-notify.ts', 'runtime-auth.ts', 'runtime-savings.ts'],
  ['runtime-jobs.ts', 'runtime-uploads.ts', 'runtime-desks.ts'],
  [
    'publish',
    'answer-streams.ts',
    'api-context.ts',
    'audience-apps.ts',
    'audience-view.ts',
    'explorer-script.ts',
    'lake-state.ts',
    'open-state.ts',
    'report-source.ts',
    'server-door.ts',
    'report-thread.ts',
    'report-threads.ts',
    'server.ts',
    'statement-file.ts',
    'commands',
  ],
  ['cli.ts', 'worker.ts'],
]

function files(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
}

function layerOf(file: string): number {
  const exact = layers.findIndex((layer) => layer.includes(file))
  const folder = layers.findIndex((layer) => layer.includes(file.split('/')[0] ?? ''))
  return exact >= 0 ? exact : folder
}

function importsOf(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8')
  return [...text.matchAll(/(?:from|import\()\s*'(\.[^']+\.ts)'/g)].map((match) =>
    relative(root, resolve(root, dirname(file), match[1] ?? '')),
  )
}

test('every source file belongs to a layer', () => {
  expect(files(root).filter((file) => layerOf(file) < 0)).toEqual([])
})

test('imports point inwards only', () => {
  const outward = files(root).flatMap((file) =>
    importsOf(file)
      .filter((target) => layerOf(target) > layerOf(file))
      .map((target) => `${file} imports ${target}`),
  )
  expect(outward).toEqual([])
})

test('the API and the pages never import the engine, so that they bundle for the edge', () => {
  const engine = files(root).filter(
    (file) =>
      /^(api|web)\//.test(file) &&
      /duckdb/i.test(readFileSync(join(root, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')),
  )
  expect(engine).toEqual([])
})

// A provider mapping reads a delivered file in one pass, so it is one statement however many columns the provider has.
test('no source file is longer than 300 lines; no query than 120, header aside, a provider mapping than 300', () => {
  const long = files(root).filter((file) => readFileSync(join(root, file), 'utf8').split('\n').length > 301)
  expect(long).toEqual([])
  const queries = resolve(root, '..', 'queries')
  const longQueries = readdirSync(queries, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.sql') && !name.startsWith('prelude'))
    .map((name) => ({
      name,
      lines: readFileSync(join(queries, name), 'utf8')
        .replace(/^(--.*\n)+/, '')
        .trimEnd()
        .split('\n').length,
    }))
    .filter(({ name, lines }) => lines > (name.startsWith('focus/') ? 300 : 120))
  expect(longQueries).toEqual([])
})
