import { redact } from './collectors/redact.ts'

/** What happened, with its particulars; those that are null are left out. */
export type Log = (
  level: 'info' | 'warn' | 'error',
  event: string,
  fields?: Readonly<Record<string, string | number | null>>,
) => void

export interface LogOptions {
  /** `json`: an object a line, for machines. `text`: for people. */
  readonly format: 'json' | 'text'
  /** Takes a line without its end. */
  readonly write: (line: string) => void
  readonly now: () => Date
}

/** All that is not seen: control characters, and marks by which a terminal shows text in another order. */
const unseen = /\p{Cc}|\p{Cf}|\p{Zl}|\p{Zp}/gu

const escapeUnseen = (text: string) => text.replace(unseen, (found) => (found === '\n' ? found : escaped(found)))
const escaped = (characters: string) =>
  characters
    .split('')
    .map((one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('')

/**
 * Writes events as they happen. Whatever the fields hold, an event is one line of JSON, or in text one line and others that are indented;
 * credentials, tokens and the query strings of addresses are replaced.
 *
 * @example createLog({ format: 'json', write, now })('error', 'failure', { error: 'no disk' })
 * // {"time":"2026-11-21T12:00:00.000Z","level":"error","event":"failure","error":"no disk"}
 */
export function createLog({ format, write, now }: LogOptions): Log {
  return (level, event, fields = {}) => {
    const time = now().toISOString()
    const known = Object.entries(fields).flatMap(([name, value]) =>
      value === null ? [] : [[name, typeof value === 'string' ? redact(value) : value] as const],
    )
    if (format === 'json') {
      const line = JSON.stringify({ time, level, event, ...Object.fromEntries(known) })
      write(escapeUnseen(line))
      return
    }
    const said = known.map(([name, value]) => (name === 'text' || name === 'error' ? `${value}` : `${name}=${value}`))
    const text = [time, ...(level === 'info' ? [] : [level]), event, ...said].join(' ')
    write(escapeUnseen(text.replaceAll('\r\n', '\n')).replaceAll('\n', '\n  '))
  }
}

/** An error as a field: with its stack and causes, as far as it has them. */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const cause = error.cause === undefined ? '' : `\ncaused by ${errorText(error.cause)}`
  return `${error.stack ?? error.message}${cause}`
}
