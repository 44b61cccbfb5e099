import type { ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { JobProgress } from '../state/jobs.ts'

/** Bytes of standard output that are kept as a result. */
export const longestResult = 4 * 2 ** 20

export interface Watched {
  readonly onLine: (line: string) => void
  readonly onProgress: (progress: JobProgress) => void
}

export interface ChildEnd {
  /** Null when a signal ended it, or it did not start. */
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly error: Error | null
  readonly output: string
  /** Whether more was printed than is kept. */
  readonly isCut: boolean
}

/** Follows a child with piped output and a message channel to its end. Its output beyond the limit is read and dropped, so that it never waits. */
export async function followChild(child: ChildProcess, { onLine, onProgress }: Watched): Promise<ChildEnd> {
  const pieces: Buffer[] = []
  let size = 0
  child.stdout?.on('data', (piece: Buffer) => {
    if (size <= longestResult) pieces.push(piece)
    size += piece.length
  })
  if (child.stderr) createInterface({ input: child.stderr }).on('line', onLine)
  child.on('message', (message) => {
    const progress = progressOf(message)
    if (progress) onProgress(progress)
  })
  const end = await new Promise<Pick<ChildEnd, 'code' | 'signal' | 'error'>>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal, error: null }))
    child.once('error', (error) => resolve({ code: null, signal: null, error }))
  })
  const isCut = size > longestResult
  return { ...end, output: isCut ? '' : Buffer.concat(pieces).toString('utf8'), isCut }
}

function progressOf(message: unknown): JobProgress | null {
  if (typeof message !== 'object' || message === null || !('progress' in message)) return null
  const { label, done, total } = message.progress as Partial<Record<keyof JobProgress, unknown>>
  const isWhole = typeof label === 'string' && typeof done === 'number' && typeof total === 'number'
  return isWhole ? { label: label.slice(0, 200), done, total } : null
}

/** What a job printed: a list of values where it prints one a line, one value of JSON, else the text; null for nothing. */
export function resultOf(output: string, isLines: boolean): unknown {
  const text = output.trim()
  if (text === '') return null
  if (!isLines) return jsonOf(text)
  const lines = text.split('\n')
  return lines.length === 1 && text.startsWith('[') ? jsonOf(text) : lines.map(jsonOf)
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
