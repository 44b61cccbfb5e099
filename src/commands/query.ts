import { join } from 'node:path'
import { loadCatalog } from '../catalog/catalog.ts'
import { findQuery } from '../catalog/find.ts'
import { checkParams } from '../catalog/params.ts'
import { runQuery } from '../catalog/run.ts'
import { UserError } from '../errors.ts'
import { dataMeta } from '../pipeline/meta.ts'
import type { Runtime } from '../runtime.ts'
import { openReadOnly } from '../warehouse/duckdb-stream.ts'
import { openSandbox } from '../warehouse/sandbox.ts'
import { asOfHelp, asOfInstant, asOfOption } from './as-of.ts'
import { type Command, type CommandArgs, textOption } from './command.ts'
import { checkOutput, formatHelp, isFileFormat, outHelp, writeQueryFile, writeResult } from './output.ts'

const outputOptions = { ...asOfOption, format: { type: 'string' }, out: { type: 'string' } } as const

/** `costwright query`: runs one query of the catalogue. */
export const queryCommand: Command = {
  options: { ...outputOptions, param: { type: 'string', multiple: true, short: 'p' } },
  help: [
    '--param k=v     a parameter of the query, repeatable; `costwright queries NAME` lists them',
    formatHelp,
    outHelp,
    asOfHelp,
  ],
  async run(args, io) {
    const name = args.positionals[0]
    if (!name) {
      io.note('Name a query; `costwright queries` lists them.')
      return 2
    }
    const format = formatOf(args)
    const out = textOption(args, 'out')
    checkOutput(format, out)
    const query = findQuery(loadCatalog(), name)
    const params = checkParams(query, paramsOf(args))
    const runtime = io.runtime()
    const asOf = asOfInstant(args, runtime)
    if (isFileFormat(format) && out !== undefined) {
      await writeBinary(runtime, asOf, query.sql, params, format, out)
      return 0
    }
    const warehouse = await runtime.open(asOf)
    try {
      const result = await runQuery(warehouse, loadCatalog(), name, params)
      const meta = {
        query: name,
        title: query.title,
        source: query.source,
        params,
        as_of: asOf ?? null,
        ...(await dataMeta(warehouse)),
      }
      writeResult(result, meta, format, out, io)
    } finally {
      warehouse.close()
    }
    return 0
  },
}

async function writeBinary(
  runtime: Runtime,
  asOf: string | undefined,
  ...[sql, params, format, out]: [string, ReturnType<typeof checkParams>, string, string]
): Promise<void> {
  const { path } = await runtime.build(asOf)
  const database = await openReadOnly(path, {
    memoryLimit: runtime.config.memory_limit,
    threads: runtime.config.threads,
  })
  try {
    const reader = await database.connect()
    await writeQueryFile(reader, sql, params, format, out)
    reader.close()
  } finally {
    database.close()
  }
}

/** `costwright sql`: ad-hoc SQL on the warehouse, read-only and without access to files or network. */
export const sqlCommand: Command = {
  options: outputOptions,
  help: [
    'One statement. It can read the warehouse and the charges of the lake: no other file, no network, no setting.',
    '"show tables" lists the tables, "describe charges" the columns of one.',
    '--format F      table, json, csv; default: table',
    '--out FILE      instead of standard output',
    asOfHelp,
  ],
  async run(args, io) {
    const text = args.positionals.join(' ')
    if (!text) {
      io.note('Give a statement: costwright sql "select service_name, sum(effective_cost) from daily group by 1"')
      return 2
    }
    const format = formatOf(args)
    checkOutput(format, textOption(args, 'out'))
    if (isFileFormat(format))
      throw new UserError(`sql cannot write ${format}`, {
        hint: 'Use json or csv, or `costwright export focus` for all charges.',
      })
    const runtime = io.runtime()
    const asOf = asOfInstant(args, runtime)
    const { result, data } = await questioned(runtime, text, asOf)
    writeResult(result, { query: text, as_of: asOf ?? null, ...data }, format, textOption(args, 'out'), io)
    return 0
  },
}

/** The owner of the machine may ask for everything, for a day. */
const unlimited = { rows: Number.MAX_SAFE_INTEGER, characters: Number.MAX_SAFE_INTEGER, timeout_ms: 86_400_000 }

async function questioned(runtime: Runtime, text: string, asOf: string | undefined) {
  const warehouse = await runtime.open(asOf)
  const data = await dataMeta(warehouse).finally(() => warehouse.close())
  const { path } = await runtime.build(asOf)
  const { memory_limit: memoryLimit, threads } = runtime.config
  const [lake, spill] = ['focus', 'spill'].map((name) => join(runtime.layout.data, 'lake', name)) as [string, string]
  const sandbox = await openSandbox({ path, lake, spill, memoryLimit, threads })
  try {
    return { result: await sandbox.run(text, unlimited, new AbortController().signal), data }
  } finally {
    sandbox.close()
  }
}

/** `costwright queries`: the catalogue, or one query's parameters and columns. */
export const queriesCommand: Command = {
  async run(args, io) {
    const catalog = loadCatalog()
    const name = args.positionals[0]
    const shown = [...catalog.values()].filter((entry) => (name ? entry.name === name : entry.kind === 'reports'))
    if (args.values['json']) {
      io.out(`${JSON.stringify(shown.map(({ sql: _, ...header }) => header))}\n`)
      return 0
    }
    if (name && shown.length === 0)
      throw new UserError(`there is no query called ${name}`, { hint: '`costwright queries` lists them all.' })
    const longest = Math.max(...shown.map((entry) => entry.name.length))
    for (const entry of shown) {
      if (!name) {
        io.out(`${entry.name.padEnd(longest)}  ${entry.title}\n`)
        continue
      }
      io.out(`${entry.name}: ${entry.title}\n\ngrain   ${entry.grain}\nsource  ${entry.source}\n\nparameters\n`)
      for (const param of entry.params) io.out(`  --param ${param.name}=…  ${param.type}  ${param.description}\n`)
      io.out('\ncolumns\n')
      for (const column of entry.columns) io.out(`  ${column.name}  ${column.type}  ${column.description}\n`)
    }
    return 0
  },
}

function paramsOf(args: CommandArgs): Record<string, string> {
  const given = args.values['param']
  const pairs = Array.isArray(given) ? given : []
  return Object.fromEntries(
    pairs.map((pair: string) => {
      const at = pair.indexOf('=')
      if (at < 1)
        throw new UserError(`--param ${pair} is not of the form key=value`, {
          hint: 'For example --param group_by=team.',
        })
      return [pair.slice(0, at), pair.slice(at + 1)]
    }),
  )
}

function formatOf(args: CommandArgs): string {
  return textOption(args, 'format') ?? (args.values['json'] ? 'json' : 'table')
}
