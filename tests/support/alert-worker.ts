import { readFileSync } from 'node:fs'
import type { Notifications } from '../../src/config-notify.ts'
import { createAlerts } from '../../src/runtime-notify.ts'
import { parseDetectionRun } from '../../src/state/detection-run.ts'

/** One nightly run as a process of its own, to be killed: takes a detection run into the state, then delivers. */
const [jobFile = ''] = process.argv.slice(2)
const job = JSON.parse(readFileSync(jobFile, 'utf8')) as {
  readonly path: string
  readonly config: Notifications
  readonly now: string
  readonly env: Readonly<Record<string, string>>
  readonly run: unknown
}
const started = Date.now()
const alerts = createAlerts({
  path: job.path,
  config: job.config,
  now: () => new Date(Date.parse(job.now) + Date.now() - started),
  env: (name) => job.env[name],
})
process.stdout.write('ready\n')
alerts.apply(parseDetectionRun(job.run, 'USD'), null)
const results = await alerts.deliver(new AbortController().signal)
alerts.close()
process.stdout.write(`${JSON.stringify(results)}\n`)
