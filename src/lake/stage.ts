import type { Format, InputType, Recognition } from '../formats/format.ts'
import { quoteIdentifier, quoteText, type Warehouse } from '../warehouse/warehouse.ts'
import { nullTexts } from './csv-head.ts'
import { type InspectedFile, isNested } from './inspect.ts'
import { type NumberStyle, numberStyle } from './number-style.ts'

interface StagedColumn {
  readonly position: number
  readonly canonical: string
  readonly physical: string
  readonly type: string
}

/**
 * Makes the view `staged` (one typed column per entry of `format.input`, and the struct `extras` of unknown `x_` columns)
 * and the one-row table `traits` on this connection. The view's text is generated because it names the columns of a
 * foreign file; each name passes `quoteIdentifier`, the path `quoteText`.
 */
export async function stageFile(
  warehouse: Warehouse,
  file: InspectedFile,
  format: Format,
  recognition: Recognition,
  traits: Readonly<Record<string, string>>,
): Promise<void> {
  const columns = stagedColumns(file, recognition)
  const style = numberStyle(file, format, recognition)
  const typed = Object.entries(format.input).map(
    ([name, type]) => `${inputExpression(name, type, columns, style)} as ${quoteIdentifier(name)}`,
  )
  const extras = columns.filter(({ canonical }) => canonical.startsWith('x_') && !(canonical in format.input))
  const packed = extras.map(
    ({ canonical, physical, type }) => `${quoteIdentifier(canonical)} := ${textOf(physical, type)}`,
  )
  typed.push(`${packed.length > 0 ? `struct_pack(${packed.join(', ')})` : 'null'} as extras`)
  await warehouse.exec(`create or replace temp view staged as select\n${typed.join(',\n')}\nfrom ${readerOf(file)}`)
  const facts = Object.entries(traits).map(([name, value]) => `${quoteText(value)} as ${quoteIdentifier(name)}`)
  await warehouse.exec(`create or replace temp table traits as select ${facts.join(', ')}`)
}

/** A cell that cannot be read: its row (the header is row 1), column and text. */
export interface BadCell {
  readonly row: string
  readonly column: string
  readonly text: string
}

/**
 * Up to five cells of type `decimal` or `instant` that cannot be read as such. Amounts that cannot be read refuse the file;
 * instants that exist in no calendar (hour 30) are staged as null and reported.
 */
export async function badCells(
  warehouse: Warehouse,
  file: InspectedFile,
  format: Format,
  recognition: Recognition,
  type: 'decimal' | 'instant' | 'json',
): Promise<BadCell[]> {
  const columns = stagedColumns(file, recognition)
  const style = numberStyle(file, format, recognition)
  const tests = columns
    .filter((column) => format.input[column.canonical] === type && column.type === 'VARCHAR')
    .map(({ physical, position }) => {
      const bad = {
        json: `left(ltrim(${physical}), 1) in ('[', '{') and json_type(parse_json(${physical})::json) = 'VARCHAR'`,
        instant: `trim(${physical}) <> '' and ${instantOf(physical, 'VARCHAR', style)} is null`,
        decimal: `not is_amount(${physical}, ${style.decimalComma}) or abs(try_cast(regexp_replace(${physical}, '[^0-9.eE+-]', '', 'g') as double)) >= 1e23`,
      }[type]
      return `case when ${bad} then {'c': ${position}, 'v': ${physical}} end`
    })
  if (tests.length === 0) return []
  const { rows } = await warehouse.query(
    `select n, bad.c as c, bad.v as v
     from (select row_number() over () + 1 as n, unnest([${tests.join(', ')}]) as bad from ${readerOf(file)})
     where bad is not null
     order by n
     limit 5`,
  )
  return rows.map((row) => ({
    row: String(row['n']),
    column: file.head.columns[Number(row['c'])] ?? '?',
    text: String(row['v']),
  }))
}

function stagedColumns(file: InspectedFile, recognition: Recognition): StagedColumn[] {
  const seen = new Set<string>()
  return file.head.columns.flatMap((name, position) => {
    const canonical = recognition.canonical[position] ?? null
    if (canonical === null || seen.has(canonical)) return []
    seen.add(canonical)
    const physical = quoteIdentifier(file.head.container === 'csv' ? `c${position}` : name)
    return [{ position, canonical, physical, type: file.types[position] ?? 'VARCHAR' }]
  })
}

/** The file's rows; texts that mean "no value" are null, and cells without the blanks that a padded file puts around them. */
function readerOf(file: InspectedFile): string {
  const clean = (name: string) => {
    const column = quoteIdentifier(name)
    if (file.head.container === 'csv') return `trim(${column}) as ${column}`
    // Not `in`: the engine turns a list of five or more into a join, which buffers whole rows for every column.
    return `case when length(${column}) > 8 or not list_contains([${nullTexts.map(quoteText).join(', ')}], ${column}) then ${column} end as ${column}`
  }
  const texts = file.head.columns.flatMap((name, position) => {
    if (file.head.container !== 'csv') return file.types[position] === 'VARCHAR' ? [name] : []
    return file.csv?.dialect.padded ? [`c${position}`] : []
  })
  const rows = rowsOf(file)
  return texts.length === 0 ? rows : `(select * replace (${texts.map(clean).join(', ')}) from ${rows})`
}

/** The reader holds several buffers; the engine's default is 32 MB each. More than its longest line (2 MB). */
const readBytes = 4 << 20

/** Strict on purpose: the reader stops at anything irregular, and the file then goes through `repairCsv`. */
function rowsOf(file: InspectedFile): string {
  const path = quoteText(file.path)
  if (file.head.container === 'parquet') return `read_parquet(${path}, hive_partitioning = false)`
  const compression = file.wrapping === 'gzip' ? "'gzip'" : file.head.container === 'csv' ? "'none'" : "'uncompressed'"
  if (file.head.container === 'ndjson') {
    const columns = file.head.columns.map((name) => `${quoteIdentifier(name)}: 'VARCHAR'`)
    return `read_json(${path}, format = 'auto', compression = ${compression}, maximum_object_size = 67108864, columns = {${columns.join(', ')}})`
  }
  const columns = file.head.columns.map((_, index) => `'c${index}': 'VARCHAR'`)
  const { delimiter, skipLines, quoteEscape } = file.csv?.dialect ?? { delimiter: ',', skipLines: 1, quoteEscape: '"' }
  return `read_csv(${path}, buffer_size = ${readBytes}, auto_detect = false, header = false, skip = ${skipLines}, delim = ${quoteText(delimiter)}, quote = '"', escape = ${quoteText(quoteEscape)},
    compression = ${compression}, nullstr = [${nullTexts.map(quoteText).join(', ')}], strict_mode = true, null_padding = false,
    columns = {${columns.join(', ')}})`
}

function inputExpression(name: string, type: InputType, columns: readonly StagedColumn[], style: NumberStyle): string {
  const own = columns.find((column) => column.canonical === name)
  const parts = columns.filter((column) => column.canonical.startsWith(`${name}/`))
  if (type === 'map') return mapOf(own, parts, name)
  if (type === 'json') return jsonOf(own, parts, name)
  if (!own) return `null::${{ text: 'varchar', decimal: 'decimal(38, 15)', instant: 'timestamp' }[type]}`
  if (type === 'text') return textOf(own.physical, own.type)
  return type === 'decimal' ? decimalOf(own.physical, own.type, style) : instantOf(own.physical, own.type, style)
}

function textOf(physical: string, type: string): string {
  if (type === 'VARCHAR') return `nullif(${physical}, '')`
  return isNested(type) ? `to_json(${physical})::varchar` : `${physical}::varchar`
}

function decimalOf(physical: string, type: string, style: NumberStyle): string {
  if (type === 'VARCHAR')
    return `${style.decimalComma ? 'parse_decimal_comma' : 'parse_decimal'}(nullif(${physical}, ''))`
  if (type === 'FLOAT') return `${physical}::varchar::decimal(38, 15)`
  return type === 'DOUBLE' ? `decimal_of_double(${physical})` : `${physical}::decimal(38, 15)`
}

function instantOf(physical: string, type: string, style: NumberStyle): string {
  if (type === 'VARCHAR') return `${style.dayFirst ? 'parse_instant_day_first' : 'parse_instant'}(${physical})`
  if (type.startsWith('TIMESTAMP WITH')) return `${physical}::timestamp`
  return type.startsWith('TIMESTAMP') || type === 'DATE'
    ? `${physical}::timestamp`
    : `parse_instant(${physical}::varchar)`
}

function mapOf(own: StagedColumn | undefined, parts: readonly StagedColumn[], name: string): string {
  const whole = own && wholeMap(own)
  const entries = parts.map(
    ({ canonical, physical, type }) =>
      `{'key': ${quoteText(canonical.slice(name.length + 1))}, 'value': ${textOf(physical, type)}}`,
  )
  if (entries.length === 0) return whole ?? 'null::map(varchar, varchar)'
  const collected = `nullif(map_from_entries(list_filter([${entries.join(', ')}], lambda e: e.value is not null)), map {})`
  return whole ? `coalesce(map_concat(${whole}, ${collected}), ${whole}, ${collected})` : collected
}

function wholeMap({ physical, type }: StagedColumn): string {
  if (type.startsWith('MAP(VARCHAR')) return `nullif(${physical}, map {})::map(varchar, varchar)`
  return type === 'VARCHAR' ? `parse_map(${physical})` : `parse_map(to_json(${physical})::varchar)`
}

function jsonOf(own: StagedColumn | undefined, parts: readonly StagedColumn[], name: string): string {
  const whole = own && (own.type === 'VARCHAR' ? `parse_json(${own.physical})` : `to_json(${own.physical})::varchar`)
  if (parts.length === 0) return whole ?? 'null::varchar'
  const tree: Tree = new Map()
  for (const { canonical, physical, type } of parts) {
    const path = canonical.slice(name.length + 1).split('/')
    let node = tree
    for (const step of path.slice(0, -1)) node = child(node, step)
    node.set(path.at(-1) ?? '', jsonValue(physical, type))
  }
  const collected = jsonObject(tree)
  return whole ? `json_merge_patch(coalesce(${whole}, '{}'), ${collected})::varchar` : `${collected}::varchar`
}

type Tree = Map<string, Tree | string>

function child(node: Tree, step: string): Tree {
  const known = node.get(step)
  if (known instanceof Map) return known
  const made: Tree = new Map()
  node.set(step, made)
  return made
}

function jsonObject(tree: Tree): string {
  const members = [...tree].map(
    ([key, value]) => `${quoteText(key)}, ${typeof value === 'string' ? value : jsonObject(value)}`,
  )
  return `json_object(${members.join(', ')})`
}

function jsonValue(physical: string, type: string): string {
  if (type !== 'VARCHAR') return `to_json(${physical})`
  return `case when left(ltrim(${physical}), 1) in ('[', '{') then parse_json(${physical})::json else to_json(nullif(${physical}, '')) end`
}
