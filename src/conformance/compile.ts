import { quoteIdentifier, quoteText } from '../warehouse/warehouse.ts'
import currencies from './iso-4217.json' with { type: 'json' }
import type { Check } from './model.ts'

/**
 * `strict`: conditions use `is distinct from`, text may be any Unicode, products get a tolerance, units and key-values are checked.
 * `official`: what the FOCUS validator 2.0.1 does, to compare verdict by verdict (specs/focus.md section 8.2).
 */
export type Mode = 'strict' | 'official'

/** What a check is compiled against: column types by name, and how to read the model. */
export interface Compilation {
  readonly mode: Mode
  readonly types: ReadonlyMap<string, string>
  readonly tolerance: boolean
}

/** Checks that the official figures leave out and that strict mode has of its own. */
export const strictOnly: ReadonlySet<string> = new Set(['FormatUnit', 'FormatKeyValue', 'CheckDecimalValue'])

const nouns = '([A-Z][A-Za-z]*|[KMGTPE]?i?[bB])'
const plural = '(Years|Months|Days|Hours|Minutes|Seconds)'
const unitPattern = `${nouns}(-${plural}|/(Year|Month|Day|Hour|Minute|Second))?|[0-9]+ ${nouns}|${nouns}/[0-9]+ ${plural}`

type Compile = (check: Check, against: Compilation) => string

const requirements: Readonly<Record<string, Compile>> = {
  CheckValue: ({ ColumnName, Value }, { types }) =>
    Value === null || Value === undefined
      ? `${id(ColumnName)} is null`
      : `(${id(ColumnName)} is null or ${equals(ColumnName, Value, types)})`,
  CheckNotValue: ({ ColumnName, Value }, { types }) =>
    Value === null || Value === undefined
      ? `${id(ColumnName)} is not null`
      : `(${id(ColumnName)} is null or not ${equals(ColumnName, Value, types)})`,
  CheckSameValue: ({ ColumnAName, ColumnBName }) => `coalesce(${id(ColumnAName)} = ${id(ColumnBName)}, false)`,
  CheckNotSameValue: ({ ColumnAName, ColumnBName }) => `coalesce(${id(ColumnAName)} <> ${id(ColumnBName)}, false)`,
  CheckGreaterOrEqualThanValue: ({ ColumnName, Value }) =>
    `coalesce(try_cast(${id(ColumnName)} as decimal(38, 15)) >= ${Number(Value)}, true)`,
  ColumnByColumnEqualsColumnValue: product,
  TypeString: ({ ColumnName }, { types }) => verdict(types.get(ColumnName ?? '') === 'VARCHAR'),
  TypeDecimal: ({ ColumnName }, { types, mode }) => verdict(isDecimal(types.get(ColumnName ?? ''), mode)),
  CheckDecimalValue: ({ ColumnName }, { types, mode }) => verdict(isDecimal(types.get(ColumnName ?? ''), mode)),
  FormatNumeric: ({ ColumnName }, { types }) =>
    types.get(ColumnName ?? '') === 'VARCHAR'
      ? matches(ColumnName, '[+-]?([0-9]*[.])?[0-9]+([eE][+-]?[0-9]+)?')
      : 'true',
  TypeDateTime: instant('Z'),
  FormatDateTime: instant('Z?'),
  FormatString: ({ ColumnName }, { mode }) =>
    mode === 'official'
      ? matches(ColumnName, '[\\x00-\\x7F]*')
      : `coalesce(trim(${id(ColumnName)}::varchar) <> '', true)`,
  FormatCurrency: ({ ColumnName }, { mode }) => matches(ColumnName, mode === 'official' ? '[A-Z]{3}' : '\\S(.*\\S)?'),
  CheckNationalCurrency: ({ ColumnName }) =>
    `coalesce(${id(ColumnName)}::varchar in (${currencies.codes.map(quoteText).join(', ')}), true)`,
  FormatUnit: ({ ColumnName }) => matches(ColumnName, unitPattern),
  FormatKeyValue: ({ ColumnName }) =>
    `case when ${id(ColumnName)} is null then true when not json_valid(${id(ColumnName)}::varchar) then false
     when json_type(${id(ColumnName)}::varchar) <> 'OBJECT' then false
     else not list_has_any(list_transform(map_values((${id(ColumnName)}::varchar)::json::map(varchar, json)), lambda v: json_type(v)), ['OBJECT', 'ARRAY']) end`,
}

/** Names of the leaf checks that can be compiled. */
export const knownChecks: ReadonlySet<string> = new Set(Object.keys(requirements))

/** SQL that is true where a row meets the requirement; never null. */
export function requirementSql(check: Check, against: Compilation): string {
  if (check.Items) return join(check, (item) => requirementSql(item, against))
  const compile = requirements[check.CheckFunction ?? '']
  if (!compile) throw new Error(`no such check: ${check.CheckFunction}`)
  return compile(check, against)
}

/** SQL that is true for the rows that a condition selects; never null. Defective nodes select every row, as in the official tool. */
export function conditionSql(check: Check, against: Compilation): string {
  if (check.Items) return join(check, (item) => conditionSql(item, against))
  const { CheckFunction, ColumnName, Value } = check
  if (CheckFunction === 'CheckSameValue' || CheckFunction === 'CheckNotSameValue') return requirementSql(check, against)
  if (ColumnName === undefined) return 'true'
  if (CheckFunction === 'CheckValue') {
    return Value === null || Value === undefined
      ? `${id(ColumnName)} is null`
      : `coalesce(${equals(ColumnName, Value, against.types)}, false)`
  }
  if (CheckFunction !== 'CheckNotValue') throw new Error(`no such condition: ${CheckFunction}`)
  if (Value === null || Value === undefined) return `${id(ColumnName)} is not null`
  return `coalesce(not ${equals(ColumnName, Value, against.types)}, ${against.mode === 'strict'})`
}

function join(check: Check, part: (item: Check) => string): string {
  const parts = (check.Items ?? []).map(part)
  return parts.length === 0 ? 'true' : `(${parts.join(check.CheckFunction === 'OR' ? ' or ' : ' and ')})`
}

function id(name: string | undefined): string {
  if (name === undefined) throw new Error('a check without a column')
  return quoteIdentifier(name)
}

function equals(column: string | undefined, value: string | number, types: ReadonlyMap<string, string>): string {
  if (typeof value === 'number' && types.get(column ?? '') !== 'VARCHAR') return `${id(column)} = ${value}`
  return `${id(column)}::varchar = ${quoteText(String(value))}`
}

function matches(column: string | undefined, pattern: string): string {
  return `coalesce(regexp_full_match(${id(column)}::varchar, ${quoteText(pattern)}), true)`
}

function verdict(holds: boolean): string {
  return String(holds)
}

/** The official tool asks for the exact name; any scale is a decimal to us. */
function isDecimal(type: string | undefined, mode: Mode): boolean {
  if (type === undefined) return false
  return ['DECIMAL', 'DOUBLE', 'FLOAT'].includes(mode === 'strict' ? type.replace(/\(.*/, '') : type)
}

function instant(zone: string): Compile {
  return ({ ColumnName }, { types }) =>
    /^(TIMESTAMP|DATE)/.test(types.get(ColumnName ?? '') ?? '')
      ? 'true'
      : matches(ColumnName, `[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}${zone}`)
}

/**
 * Price × quantity = cost. The tolerance is 1e-9, a millionth of the cost, or half a unit of the last decimal delivered (two at least),
 * whichever is largest (specs/reconciliation.md section 5.4, specs/focus.md I7).
 */
function product({ ColumnAName, ColumnBName, ResultColumnName }: Check, { tolerance }: Compilation): string {
  const [price, quantity, cost] = [id(ColumnAName), id(ColumnBName), id(ResultColumnName)]
  if (!tolerance) return `coalesce(${price} * ${quantity} = ${cost}, true)`
  const decimals = `greatest(2, length(regexp_extract(rtrim(${cost}::varchar, '0'), '[.](.*)$', 1)))`
  const allowed = `greatest(1e-9, 1e-6 * abs(${cost}), 0.5 * power(10.0, -${decimals}))`
  return `coalesce(abs(${price}::double * ${quantity}::double - ${cost}::double) <= ${allowed} * 1.000001, true)`
}
