import { existsSync, readFileSync } from 'node:fs'
import { LineCounter, parseDocument, visit } from 'yaml'
import type { z } from 'zod'
import examples from './config-examples.json' with { type: 'json' }
import { reportsFit } from './config-reports.ts'
import { configSchema } from './config-schema.ts'
import { sourceKeys } from './config-sources.ts'
import { nearest } from './core/nearest.ts'
import { UserError } from './errors.ts'

/** Everything costwright.yaml can say, complete with defaults. Money and percentages are decimal strings as written. */
export type Config = Readonly<z.output<typeof configSchema>>

const defaultPath = 'costwright.yaml'
/** With what holds between keys. */
const wholeSchema = configSchema.superRefine(reportsFit)
const exampleByKey = new Map(Object.entries(examples))

/**
 * A complete configuration from what a file held (`undefined` or `null`: nothing, so the defaults).
 *
 * Throws one UserError that lists every problem with its key and a right value. The file's own values are not repeated in it,
 * since a misplaced one may be a secret.
 *
 * @example parseConfig({ dimensions: { team: ['squad'] } }).server.port // 8080
 */
export function parseConfig(raw: unknown, name = defaultPath): Config {
  const parsed = wholeSchema.safeParse(raw ?? {})
  if (parsed.success) return parsed.data
  throw problemsError(
    name,
    parsed.error.issues.flatMap((issue) => problemsOf(issue, raw)),
  )
}

/** The same from YAML text. Numbers keep the digits they are written with: `amount: 0.10` is "0.10", never a float. */
export function parseYamlConfig(yaml: string, name = defaultPath): Config {
  const lines = new LineCounter()
  const document = parseDocument(yaml, { schema: 'failsafe', prettyErrors: false, lineCounter: lines })
  const problems = document.errors.map((error) => `${place(lines, error.pos[0])}: ${yamlProblem(error.code)}`)
  visit(document, {
    Pair(_, pair) {
      const { value } = pair as { value: { source?: string; type?: string } | null }
      const unset = value === null || (value.type === 'PLAIN' && ['', '~', 'null'].includes(value.source ?? ''))
      return unset ? visit.REMOVE : undefined
    },
    Alias(_, alias) {
      if (!alias.resolve(document))
        problems.push(`${place(lines, alias.range?.[0] ?? 0)}: an alias (*) without its anchor (&)`)
    },
  })
  if (problems.length > 0) throw problemsError(name, problems)
  return parseConfig(document.toJS(), name)
}

/**
 * Reads `path`. Without a path: `costwright.yaml` of the current folder, or the defaults where there is none.
 * Throws UserError for a named file that does not exist and for every problem inside it.
 */
export function loadConfig(path?: string): Config {
  const file = path ?? defaultPath
  if (!existsSync(file)) {
    if (path === undefined) return parseConfig(undefined)
    throw new UserError(`${path} does not exist`, {
      hint: 'Name an existing configuration file, or none for the defaults.',
    })
  }
  return parseYamlConfig(readFileSync(file, 'utf8'), file)
}

type Issue = z.core.$ZodIssue

function problemsOf(issue: Issue, raw: unknown): string[] {
  const key = keyOf(issue.path)
  const example = exampleOf(issue.path, raw)
  if (issue.code === 'unrecognized_keys') return issue.keys.map((unknown) => unknownKey(issue.path, unknown, raw))
  if (issue.code === 'invalid_key') return [`${key}: ${issue.issues[0]?.message ?? 'is no valid key'}${example}`]
  const message =
    issue.code === 'invalid_type' && issue.message.startsWith('Invalid input')
      ? `must be ${shape(issue.expected)}`
      : issue.message
  return [`${key === '' ? 'the file' : key}: ${message}${example}`]
}

function shape(expected: string): string {
  return { object: 'a map of keys', record: 'a map of keys', array: 'a list', string: 'text' }[expected] ?? expected
}

function unknownKey(path: Issue['path'], unknown: string, raw: unknown): string {
  const known = knownKeys(path, raw)
  const guess = nearest(unknown, known)
  const key = keyOf([...path, unknown])
  if (/secret|token|password|passwd|credential|(api|access|account|private)_?key|^sas$/i.test(unknown)) {
    return `${key}: unknown key; secrets belong in the environment, never in this file`
  }
  return guess
    ? `${key}: unknown key; did you mean ${guess}?${exampleOf([...path, guess], raw)}`
    : `${key}: unknown key; known here: ${known.join(', ')}${exampleOf([...path, known[0] ?? ''], raw)}`
}

function knownKeys(path: Issue['path'], raw: unknown): readonly string[] {
  const ofSource = path.length === 2 ? sourceKeys.get(sourceType(path, raw) ?? '') : undefined
  if (ofSource) return ofSource
  const parent = patternOf(path)
  return [...exampleByKey.keys()].flatMap((key) => {
    const rest = parent === '' ? key : key.startsWith(`${parent}.`) ? key.slice(parent.length + 1) : ''
    return /^[a-z_]+$/.test(rest) ? [rest] : []
  })
}

/** Type of the source that `path` lies in, as written; undefined elsewhere. */
function sourceType([first, index]: Issue['path'], raw: unknown): string | undefined {
  if (first !== 'sources' || typeof index !== 'number') return undefined
  const { sources } = raw as { sources?: readonly ({ type?: unknown } | null)[] }
  const type = sources?.[index]?.type
  return typeof type === 'string' ? type : undefined
}

/** `budgets[0].months.2026-01` */
function keyOf(path: Issue['path']): string {
  return path
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`))
    .join('')
    .replace(/^\./, '')
}

/** `budgets[].months.*`: the key that examples are filed under. */
function patternOf(path: Issue['path']): string {
  const steps = path.map((step, index) => {
    if (typeof step === 'number') return '[]'
    const free = (index === 1 && path[0] === 'accounts') || (index === 3 && path[2] === 'months')
    return free || (index === 4 && path[3] === 'queries') ? '.*' : `.${String(step)}`
  })
  return steps.join('').replace(/^\./, '')
}

/** Of the key itself, else of what holds it. What differs by type of source is filed under `sources[<type>]`. */
function exampleOf(path: Issue['path'], raw: unknown): string {
  const type = sourceType(path, raw)
  for (let length = path.length; length > 0; length--) {
    const pattern = patternOf(path.slice(0, length))
    const own = type && pattern.replace('sources[]', `sources[${type}]`)
    const example = exampleByKey.get(own ?? pattern) ?? exampleByKey.get(pattern)
    if (example !== undefined) return `, e.g. ${example}`
  }
  return ''
}

function place(lines: LineCounter, offset: number): string {
  const { line, col } = lines.linePos(offset)
  return `line ${line}, column ${col}`
}

function yamlProblem(code: string): string {
  const words = code.toLowerCase().replaceAll('_', ' ')
  return code === 'DUPLICATE_KEY' ? 'a key is given twice' : `no valid YAML (${words})`
}

function problemsError(name: string, problems: readonly string[]): UserError {
  const lines = problems.map((problem) => `\n  ${problem}`)
  return new UserError(
    `${name} has ${problems.length === 1 ? 'a problem' : `${problems.length} problems`}:${lines.join('')}`,
    {
      hint: 'docs/configuration.md lists every key with its default.',
    },
  )
}
