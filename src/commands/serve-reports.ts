import type { ChildProcess } from 'node:child_process'
import type { Runtime } from '../runtime.ts'
import type { CommandIo } from './command.ts'

/** What failed, or became complete in between, is looked at this often. */
const retryMs = 60 * 60_000

/**
 * Sends the scheduled reports when their time has come, at the start for what was missed, and again every hour for what failed; in a process
 * of its own, one at a time. Which of them are due, that process decides. Returns the function that ends it.
 */
export async function scheduleReports(runtime: Runtime, io: CommandIo): Promise<() => void> {
  const { reports } = runtime.config
  if (reports.length === 0) return () => {}
  const { startSchedule } = await import('../collect/schedule.ts')
  let running: ChildProcess | null = null
  const send = () => {
    if (running) return
    const child = io.spawn(['report', 'deliver'])
    running = child
    const over = (problem: string | null) => {
      if (running !== child) return
      running = null
      if (problem !== null) io.note(`report deliver: ${problem}`)
    }
    child.once('exit', (code) => over(code === 0 || code === null ? null : `failed (exit code ${code})`))
    child.once('error', (error) => over(error.message))
  }
  const endSchedule = startSchedule(
    reports.map(({ name, schedule }) => ({ source: name, schedule })),
    async () => send(),
    (name, error) => io.note(`report ${name}: ${error instanceof Error ? error.message : String(error)}`),
  )
  const timer = setInterval(send, retryMs)
  send()
  return () => {
    endSchedule()
    clearInterval(timer)
    running?.kill('SIGTERM')
  }
}
