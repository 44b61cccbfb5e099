import { UserError } from '../errors.ts'
import { type JobKind, jobKinds } from './kinds.ts'
import { type JobOption, type OptionValue, type OptionValues, optionTypes } from './options.ts'

/** Values that one option takes at most. */
export const mostValues = 50

/** The kind called `name`. Throws UserError with the kinds that exist. */
export function kindNamed(name: string): JobKind {
  const found = jobKinds.find(({ kind }) => kind === name)
  if (found) return found
  throw new UserError(`kind: "${name.slice(0, 60)}" is no kind of job`, {
    hint: `One of: ${jobKinds.map(({ kind }) => kind).join(', ')}.`,
  })
}

/**
 * The options of a job as its kind has them, from what a stranger sent.
 *
 * @throws UserError that names every wrong option
 */
export function checkedOptions(kind: JobKind, given: Readonly<Record<string, unknown>>): OptionValues {
  const known = Object.entries(kind.options)
  const unknown = Object.keys(given).filter((name) => !Object.hasOwn(kind.options, name))
  const problems = [
    ...unknown.map((name) => `options.${name.slice(0, 60)}: unknown`),
    ...known.flatMap(([name, option]) => {
      const problem = problemOf(option, given[name])
      return problem === null ? [] : [`options.${name}: ${problem}`]
    }),
  ]
  if (problems.length > 0)
    throw new UserError(problems.join('; '), {
      hint:
        known.length === 0
          ? `${kind.kind} has no options.`
          : `${kind.kind} has: ${known.map(([name]) => name).join(', ')}.`,
    })
  return Object.fromEntries(
    known.flatMap(([name]) => (given[name] === undefined ? [] : [[name, given[name] as OptionValue]])),
  )
}

/** What is wrong with a value, completing "options.period: …"; null for nothing. */
function problemOf(option: JobOption, value: unknown): string | null {
  if (value === undefined) return option.required ? 'is missing' : null
  if (option.type === 'flag') return typeof value === 'boolean' ? null : 'must be true or false'
  if (!option.many) return fits(option, value) ? null : `must be ${shapeOf(option)}`
  const isList = Array.isArray(value) && value.length > 0 && value.length <= mostValues
  return isList && value.every((one) => fits(option, one))
    ? null
    : `must be a list of 1 to ${mostValues}, each ${shapeOf(option)}`
}

function fits(option: JobOption, value: unknown): boolean {
  if (typeof value !== 'string') return false
  if (option.type === 'choice') return option.choices?.includes(value) ?? false
  if (option.type === 'flag') return false
  const { pattern, maxLength } = optionTypes[option.type]
  return value.length <= maxLength && new RegExp(pattern, 'u').test(value)
}

function shapeOf({ type, choices = [] }: JobOption): string {
  if (type === 'choice') return `one of ${choices.join(', ')}`
  return type === 'flag' ? 'true or false' : `text like ${optionTypes[type].example}`
}

/** Path of an import set's files (`type` upload) or of one of them; null when it is not there. */
export type PathOf = (type: 'upload' | 'file', value: string) => string | null

export interface ArgumentContext {
  readonly pathOf: PathOf
  /** Who started the job. */
  readonly actor: string
  /** File for the result of a kind that writes one. */
  readonly out: string
}

/** The uploads that a job names and that are not there. */
export function missingUploads(kind: JobKind, options: OptionValues, pathOf: PathOf): string[] {
  return Object.entries(kind.options).flatMap(([name, { type }]) => {
    const value = options[name]
    const isThere = (type !== 'upload' && type !== 'file') || typeof value !== 'string' || pathOf(type, value) !== null
    return isThere ? [] : [String(value)]
  })
}

/** The command line of a job: each value is one argument, `--name=value`, so that none is taken for another option. Throws UserError for a file that is gone. */
export function argumentsOf(kind: JobKind, options: OptionValues, context: ArgumentContext): string[] {
  const given = Object.entries(kind.options).flatMap(([name, option]) =>
    textsOf(option, options[name], context).map((text) => ({ name: name.replaceAll('_', '-'), option, text })),
  )
  const positionals = given.flatMap(({ option, text }) => (option.positional && text !== null ? [text] : []))
  const named = given
    .filter(({ option }) => !option.positional)
    .map(({ name, text }) => (text === null ? `--${name}` : `--${name}=${text}`))
  const more = [...(kind.signed ? [`--by=${context.actor}`] : []), ...(kind.out ? [`--out=${context.out}`] : [])]
  return [...kind.command, ...positionals, ...named, ...more, '--json']
}

/** The texts of an option's values, paths for files; null for a flag that is set. */
function textsOf({ type }: JobOption, value: OptionValue | undefined, { pathOf }: ArgumentContext): (string | null)[] {
  if (value === undefined || value === false) return []
  if (value === true) return [null]
  const texts = typeof value === 'string' ? [value] : value
  return type === 'upload' || type === 'file' ? texts.map((text) => pathOf(type, text) ?? gone(text)) : [...texts]
}

function gone(upload: string): never {
  throw new UserError(`there is no uploaded ${upload} any more`, { hint: 'Upload it again.' })
}
