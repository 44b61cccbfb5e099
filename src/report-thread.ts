import { parentPort } from 'node:worker_threads'
import { labDocument } from './commit/lab.ts'
import type { LabData } from './commit/lab-data.ts'
import { renderReport } from './report/render.ts'
import type { ThreadAnswer, ThreadTask } from './report-threads.ts'

/** Does one task after the other for the thread that serves. */
parentPort?.on('message', async ({ id, task }: { readonly id: number; readonly task: ThreadTask }) => {
  parentPort?.postMessage({ id, ...(await answerOf(task)) })
})

async function answerOf(task: ThreadTask): Promise<ThreadAnswer> {
  try {
    if (task.kind === 'render') return { result: new Uint8Array(await renderReport(task.document, task.format)) }
    return { result: labDocument(task.data as LabData | null, task.options) }
  } catch (error) {
    return { error: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  }
}
