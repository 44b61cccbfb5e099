import { UserError } from '../errors.ts'

/** What a statement may read besides the tables of the warehouse: descriptions of them. */
const described = new Set(['tables', 'columns'])

/** Table functions that read nothing but their arguments. */
const harmless = new Set(['range', 'generate_series', 'unnest', 'costs_between'])

/** A name that can be no file: the engine takes an unknown name with a dot or a slash for a path. */
const plainName = /^[a-z_][a-z0-9_]*$/i

type Node = Readonly<Record<string, unknown>>

/**
 * Refuses a statement that does more than read tables of the warehouse: files, network, settings and functions that reach for them.
 *
 * @param tree what the engine's `json_serialize_sql` says of the statement, so that it is judged as the engine reads it
 * @param tables names of the warehouse's tables and views
 * @throws UserError that names what is not allowed
 */
export function checkStatement(tree: Node, tables: ReadonlySet<string>): void {
  if (tree['error'] === true) {
    const isOther = tree['error_type'] === 'not implemented'
    throw refusal(isOther ? 'the statement does not only read' : String(tree['error_message']))
  }
  const statements = tree['statements']
  if (!Array.isArray(statements) || statements.length !== 1) throw refusal('there is more than one statement')
  const own = new Set<string>()
  visit(statements[0], (node) => {
    for (const name of commonTables(node)) {
      if (!plainName.test(name)) throw refusal(`"${name}" is no plain name`)
      own.add(name.toLowerCase())
    }
  })
  visit(statements[0], (node) => checkNode(node, tables, own))
}

function checkNode(node: Node, tables: ReadonlySet<string>, own: ReadonlySet<string>): void {
  const { type } = node
  if (type === 'BASE_TABLE') {
    const [catalog, schema, table] = ['catalog_name', 'schema_name', 'table_name'].map((key) =>
      String(node[key] ?? '').toLowerCase(),
    ) as [string, string, string]
    const isDescribed = catalog === '' && schema === 'information_schema' && described.has(table)
    const isOwn = catalog === '' && schema === '' && own.has(table)
    const isTable = catalog === '' && (schema === '' || schema === 'main') && tables.has(table)
    if (!isDescribed && !isOwn && !isTable) throw refusal(`there is no table "${node['table_name']}" to read`)
  }
  if (type === 'TABLE_FUNCTION') {
    const call = node['function'] as Node | undefined
    const name = String(call?.['function_name'] ?? '').toLowerCase()
    if (!harmless.has(name) || call?.['catalog'] || (call?.['schema'] ?? '') !== '')
      throw refusal(`the table function "${name}" is not allowed`)
  }
  if (typeof type === 'string' && /_REF$/.test(type) && !references.has(type))
    throw refusal(`${type.toLowerCase().replaceAll('_', ' ')} is not allowed`)
}

const references = new Set(['COLUMN_REF', 'POSITIONAL_REF', 'LAMBDA_REF', 'BOUND_REF', 'SHOW_REF'])

/** Names that a `with` gives. */
function commonTables(node: Node): string[] {
  const map = (node['cte_map'] as Node | undefined)?.['map']
  const inMap = Array.isArray(map) ? map.map((entry) => String((entry as Node)['key'])) : []
  return typeof node['cte_name'] === 'string' ? [...inMap, node['cte_name']] : inMap
}

function visit(value: unknown, check: (node: Node) => void): void {
  if (Array.isArray(value)) for (const item of value) visit(item, check)
  else if (typeof value === 'object' && value !== null) {
    check(value as Node)
    for (const item of Object.values(value)) visit(item, check)
  }
}

function refusal(what: string): UserError {
  return new UserError(what, {
    hint: 'One statement that reads tables is allowed; "show tables" lists them, "describe daily" the columns of one.',
  })
}
