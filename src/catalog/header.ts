/** A parameter that a query declares: `$name type [default value]  description`. */
export interface QueryParam {
  readonly name: string
  readonly type: string
  /** Text of the default; null for `default null`; undefined when the parameter must be given. */
  readonly fallback: string | null | undefined
  readonly description: string
  /** The values allowed, when the description says `one of: a, b, c`. */
  readonly choices: readonly string[] | undefined
  /** Least and greatest value allowed, when the description says `from 1 to 100`. */
  readonly range: readonly [number, number] | undefined
}

export interface QueryColumn {
  readonly name: string
  readonly type: string
  readonly description: string
}

/** What the comment at the top of a file in `queries/` declares. */
export interface QueryHeader {
  readonly title: string
  /** Prose between title and sections. */
  readonly notes: string
  readonly grain: string
  readonly params: readonly QueryParam[]
  readonly columns: readonly QueryColumn[]
  readonly source: string
  /** Entries `name value` of a recommender; empty in other queries. */
  readonly rule: Readonly<Record<string, string>>
  /** Columns by which rows belong to somebody, e.g. `team`; empty when the query says none. */
  readonly scope: readonly string[]
}

type Part = 'title' | 'grain' | 'columns' | 'source'

const typePattern = String.raw`[a-z]+(?:\((?:[^()]|\([^)]*\))*\))?(?:\[\])?`
const paramLine = new RegExp(String.raw`^\$(\w+)\s+(${typePattern})(?:\s+default\s+('[^']*'|\S+))?(?:\s+(.*))?$`)
const columnLine = new RegExp(String.raw`^(\w+)\s+(${typePattern})(?:\s+(.*))?$`)
const sectionLine = /^(rule|grain|params|columns|source|scope):\s*(.*)$/

/**
 * Reads the header of one query: the comment lines before its first statement, in the grammar of DESIGN.md.
 *
 * A line indented deeper than an entry continues that entry's description.
 *
 * @param text whole SQL file
 * @param path named in errors
 * @param required parts that must not be empty
 * @throws Error when a line cannot be read or title, grain or columns are missing: a defect of the file, not of the user
 *
 * `parseHeader('-- Total\n--\n-- grain:   one row\n-- columns:\n--   n  bigint  rows\nselect 1', 'x.sql').title` is `'Total'`
 */
export function parseHeader(
  text: string,
  path: string,
  required: readonly Part[] = ['title', 'grain', 'columns'],
): QueryHeader {
  const comments = leadingComments(text)
  const title = comments[0]?.trim() ?? ''
  const notes: string[] = []
  const sections: Record<string, string[]> = {}
  let current: string[] | undefined
  for (const line of comments.slice(1)) {
    const section = sectionLine.exec(line.trim())
    if (section?.[1]) {
      current = sections[section[1]] = section[2] ? [section[2]] : []
    } else if (line.trim() !== '') {
      ;(current ?? notes).push(current ? line : line.trim())
    }
  }
  const header = {
    title,
    notes: notes.join(' '),
    grain: prose(sections['grain']),
    params: entries(sections['params'], path).map((line) => parseParam(line, path)),
    columns: entries(sections['columns'], path).map((line) => parseColumn(line, path)),
    source: prose(sections['source']),
    rule: Object.fromEntries(entries(sections['rule'], path).map((line) => parsePair(line, path))),
    scope: prose(sections['scope'])
      .split(/[,\s]+/)
      .filter((name) => name !== ''),
  }
  for (const part of required) {
    if (header[part].length === 0) throw new Error(`${path}: the header has no ${part}`)
  }
  return header
}

function leadingComments(text: string): string[] {
  const lines = text.split('\n')
  const end = lines.findIndex((line) => !line.startsWith('--'))
  return lines.slice(0, end === -1 ? lines.length : end).map((line) => line.replace(/^-- ?/, ''))
}

function prose(lines: readonly string[] | undefined): string {
  return (lines ?? []).map((line) => line.trim()).join(' ')
}

/** Joins continuation lines (indented deeper than the first) to their entry. */
function entries(lines: readonly string[] | undefined, path: string): string[] {
  const found: string[] = []
  const indent = /^\s*/.exec(lines?.[0] ?? '')?.[0].length ?? 0
  for (const line of lines ?? []) {
    const deeper = (/^\s*/.exec(line)?.[0].length ?? 0) > indent
    if (!deeper) found.push(line.trim())
    else if (found.length > 0) found[found.length - 1] += ` ${line.trim()}`
    else throw new Error(`${path}: cannot read header line: ${line}`)
  }
  return found
}

function parseParam(line: string, path: string): QueryParam {
  const match = paramLine.exec(line)
  if (!match?.[1] || !match[2]) throw new Error(`${path}: cannot read parameter: ${line}`)
  const description = match[4] ?? ''
  const choices = /one of: ([^;]*)/.exec(description)?.[1]
  const range = /\bfrom (-?\d+) to (-?\d+)$/.exec(description)
  return {
    name: match[1],
    type: match[2],
    fallback: match[3] === undefined ? undefined : match[3] === 'null' ? null : match[3].replace(/^'(.*)'$/, '$1'),
    description,
    range: range ? [Number(range[1]), Number(range[2])] : undefined,
    choices: choices?.split(',').map((choice) => choice.trim()),
  }
}

function parsePair(line: string, path: string): readonly [string, string] {
  const match = /^(\w+)\s+(.+)$/.exec(line)
  if (!match?.[1] || !match[2]) throw new Error(`${path}: cannot read: ${line}`)
  return [match[1], match[2]]
}

function parseColumn(line: string, path: string): QueryColumn {
  const match = columnLine.exec(line)
  if (!match?.[1] || !match[2]) throw new Error(`${path}: cannot read column: ${line}`)
  return { name: match[1], type: match[2], description: match[3] ?? '' }
}
