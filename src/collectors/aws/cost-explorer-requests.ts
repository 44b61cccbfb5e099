import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { UserError } from '../../errors.ts'
import type { CollectorContext } from '../collector.ts'
import { withDeadline } from '../objects/deadline.ts'
import { deadlineMs } from './clients.ts'

/** One page as AWS answered it, and when. */
export interface Page<Output> {
  readonly output: Output
  /** ISO instant of the request, which may lie in an earlier run. */
  readonly asked_at: string
}

export interface Question<Input extends object, Output> {
  readonly operation: string
  readonly input: Input
  /** What the request is for, in messages: `commitments/2026-03`. */
  readonly unit: string
  /** The answer no longer changes: it is kept for ever, else for this day. */
  readonly settled: boolean
  send(input: Input, signal: AbortSignal): Promise<Output>
}

export interface Requests {
  /**
   * Every page of an answer; a page once paid is read from the cache. None when AWS has no data for the question.
   * Throws UserError when the requests of this run are used up.
   */
  pages<Input extends object, Output extends object>(question: Question<Input, Output>): Promise<Page<Output>[]>
}

const tokenNames = ['NextPageToken', 'NextToken'] as const
/** A token kept from an earlier run may have run out. */
const staleToken = /^(InvalidNextTokenException|RequestChangedException)$/

/**
 * Asks Cost Explorer: every request costs money, so answers are kept, and `max` bounds the requests of this run, repeated ones
 * included since AWS does not say that refused ones are free.
 */
export function createRequests(context: CollectorContext, max: number): Requests {
  const cache = createCache(context)
  const underWay = new Map<string, Promise<Page<object>[]>>()
  let used = 0

  async function ask<Input extends object, Output extends object>(
    { operation, unit, send }: Question<Input, Output>,
    input: Input,
  ): Promise<Output | null> {
    return context.retry(`${operation} for ${unit}`, async (signal) => {
      if (used >= max) throw usedUp(max, operation, unit)
      used += 1
      try {
        return await withDeadline(signal, deadlineMs, (abortSignal) => send(input, abortSignal))
      } catch (error) {
        if (nameOf(error) === 'DataUnavailableException') return null
        throw error
      }
    })
  }

  async function page<Input extends object, Output extends object>(
    question: Question<Input, Output>,
    input: Input,
  ): Promise<Page<Output> | null> {
    const held = cache.read<Output>(question, input)
    if (held) return held
    const asked_at = context.now().toISOString()
    const output = await ask(question, input)
    return output && cache.write(question, input, { output: withoutMetadata(output), asked_at })
  }

  async function chain<Input extends object, Output extends object>(
    question: Question<Input, Output>,
  ): Promise<Page<Output>[]> {
    const pages: Page<Output>[] = []
    for (let input: Input | null = question.input; input; ) {
      const next: Page<Output> | null = await page(question, input)
      if (!next) break
      pages.push(next)
      input = following(question.input, next.output)
    }
    return pages
  }

  return {
    async pages<Input extends object, Output extends object>(question: Question<Input, Output>) {
      const key = keyOf(question, question.input)
      const asked =
        underWay.get(key) ??
        chain(question).catch((error: unknown) => {
          if (!staleToken.test(nameOf(error)) || !cache.forget(question)) throw error
          return chain(question)
        })
      underWay.set(key, asked)
      try {
        return (await asked) as Page<Output>[]
      } finally {
        underWay.delete(key)
      }
    },
  }
}

function usedUp(max: number, operation: string, unit: string): UserError {
  return new UserError(`${unit}: the ${max} requests of this run (max_requests) were used up before ${operation}`, {
    hint: 'What was fetched is kept and is not paid again: collect again to go on, or raise max_requests (USD 0.01 a request).',
  })
}

/** Name of the SDK's error, also below the error of the retry loop. */
function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return ''
  return error.cause instanceof Error ? error.cause.name : error.name
}

/** The input of the next page: the first one with the token, since AWS refuses any other change. Null after the last page. */
function following<Input extends object>(first: Input, output: object): Input | null {
  const answered = output as Readonly<Record<string, unknown>>
  const name = tokenNames.find((candidate) => answered[candidate])
  return name ? { ...first, [name]: answered[name] } : null
}

function withoutMetadata<Output extends object>(output: Output): Output {
  const { $metadata: _, ...rest } = output as Output & { $metadata?: unknown }
  return rest as Output
}

type Asked = Pick<Question<object, unknown>, 'operation' | 'settled'>

function keyOf({ operation }: Asked, input: object): string {
  return `${operation}-${createHash('sha256').update(JSON.stringify(input)).digest('hex').slice(0, 24)}.json`
}

/** Folders `final` and one of the day; those of earlier days go when a new day begins. */
function createCache({ cache, now }: CollectorContext) {
  const folderOf = ({ settled }: Asked) => join(cache, settled ? 'final' : now().toISOString().slice(0, 10))
  const pathOf = (question: Asked, input: object) => join(folderOf(question), keyOf(question, input))
  const read = <Output>(question: Asked, input: object): Page<Output> | null => {
    const path = pathOf(question, input)
    return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Page<Output>) : null
  }
  return {
    read,
    write<Output>(question: Asked, input: object, page: Page<Output>): Page<Output> {
      const folder = folderOf(question)
      if (!existsSync(folder)) {
        mkdirSync(folder, { recursive: true })
        const today = now().toISOString().slice(0, 10)
        for (const name of readdirSync(cache))
          if (/^\d{4}-\d{2}-\d{2}$/.test(name) && name < today) rmSync(join(cache, name), { recursive: true })
      }
      const path = pathOf(question, input)
      writeFileSync(`${path}.tmp`, JSON.stringify(page))
      renameSync(`${path}.tmp`, path)
      return page
    },
    /** Removes the kept pages of a question; false when there are none. */
    forget(question: Question<object, unknown>): boolean {
      let forgotten = false
      for (let input: object | null = question.input; input; ) {
        const page: Page<object> | null = read<object>(question, input)
        if (!page) break
        rmSync(pathOf(question, input))
        forgotten = true
        input = following(question.input, page.output)
      }
      return forgotten
    },
  }
}
