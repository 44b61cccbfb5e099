import { loadCatalog } from '../catalog/catalog.ts'
import { runQuery } from '../catalog/run.ts'
import { UserError } from '../errors.ts'
import { dataMeta } from '../pipeline/meta.ts'
import { type Command, type CommandArgs, textOption } from './command.ts'
import { writeResult } from './output.ts'

const outputOptions = { format: { type: 'string' }, out: { type: 'string' }, 'as-of': { type: 'string' } } as const

/** `costwright query`: runs one query of the catalogue. */
export const queryCommand: Command = {
  options: { ...outputOptions, param: { type: 'string', multiple: true, short: 'p' } },
  async run(args, io) {
    const name = args.positionals[0]
    if (!name) {
      io.note('Name a query; `costwright queries` lists them.')
      return 2
    }
    const asOf = textOption(args, 'as-of')
    const warehouse = await io.runtime().open(asOf)
    try {
      const result = await runQuery(warehouse, loadCatalog(), name, paramsOf(args))
      const meta = {
        query: name,
        title: result.query.title,
        source: result.query.source,
        params: result.params,
        as_of: asOf ?? null,
        ...(await dataMeta(warehouse)),
      }
      await writeResult(result, meta, formatOf(args), textOption(args, 'out'), io)
    } finally {
      warehouse.close()
    }
    return 0
  },
}

/** `costwright sql`: ad-hoc SQL on the warehouse, read-only and without access to files or network. */
export const sqlCommand: Command = {
  options: outputOptions,
  async run(args, io) {
    const text = args.positionals.join(' ')
    if (!text) {
      io.note('Give a statement: costwright sql "select service_name, sum(effective_cost) from daily group by 1"')
      return 2
    }
    const asOf = textOption(args, 'as-of')
    const warehouse = await io.runtime().open(asOf)
    try {
      const meta = { query: text, as_of: asOf ?? null, ...(await dataMeta(warehouse)) }
      const result = await warehouse.query(text).catch((cause: unknown) => {
        throw new UserError(cause instanceof Error ? cause.message : String(cause), {
          hint: 'The warehouse is read-only; `costwright queries` lists its tables.',
          cause,
        })
      })
      await writeResult(result, meta, formatOf(args), textOption(args, 'out'), io)
    } finally {
      warehouse.close()
    }
    return 0
  },
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
