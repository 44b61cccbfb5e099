import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { LabOptions } from './commit/lab.ts'
import type { LabData } from './commit/lab-data.ts'
import type { LabDocument } from './commit/lab-document.ts'
import type { ReportDocument } from './report/document.ts'
import type { ReportFormat } from './report/names.ts'

export type ThreadTask =
  | { readonly kind: 'render'; readonly document: ReportDocument; readonly format: ReportFormat }
  | { readonly kind: 'lab'; readonly data: LabData | null; readonly options: LabOptions }

export type ThreadAnswer = { readonly result: unknown } | { readonly error: string }

/** Does in a thread of its own what would keep the thread that serves busy for seconds: type-setting and the purchase lab. */
export interface ReportThreads {
  render(document: ReportDocument, format: ReportFormat): Promise<Uint8Array>
  /** `data` is given away: its vectors are empty afterwards. */
  lab(data: LabData | null, options: LabOptions): Promise<LabDocument>
  close(): Promise<void>
}

interface Waiting {
  resolve(result: unknown): void
  reject(error: Error): void
}

/** One thread, begun when it is first needed; it keeps no process alive. */
export function reportThreads(): ReportThreads {
  const waiting = new Map<number, Waiting>()
  let asked = 0
  let thread: Worker | null = null
  const fail = (error: Error) => {
    thread = null
    for (const { reject } of waiting.values()) reject(error)
    waiting.clear()
  }
  const begin = () => {
    const worker = new Worker(new URL(`./report-thread${extname(import.meta.url)}`, import.meta.url))
    worker.on('message', ({ id, ...answer }: { readonly id: number } & ThreadAnswer) => {
      const asker = waiting.get(id)
      waiting.delete(id)
      if (waiting.size === 0) worker.unref()
      if ('error' in answer) asker?.reject(new Error(answer.error))
      else asker?.resolve(answer.result)
    })
    worker.on('error', fail)
    worker.on('exit', () => fail(new Error('the thread that makes reports ended')))
    return worker
  }
  const ask = <T>(task: ThreadTask, given: ArrayBuffer[] = []) =>
    new Promise<T>((resolve, reject) => {
      thread ??= begin()
      thread.ref()
      asked += 1
      waiting.set(asked, { resolve: resolve as Waiting['resolve'], reject })
      thread.postMessage({ id: asked, task }, given)
    })
  return {
    render: (document, format) => ask({ kind: 'render', document, format }),
    lab: (data, options) => ask({ kind: 'lab', data, options }, data ? vectorsOf(data) : []),
    async close() {
      await thread?.terminate()
    },
  }
}

function vectorsOf({ series, commitments }: LabData): ArrayBuffer[] {
  const vectors = [
    ...series.flatMap(({ open, covered }) => [open, ...covered.values()]),
    ...commitments.map(({ days }) => days),
  ]
  return vectors.map(({ buffer }) => buffer as ArrayBuffer)
}
