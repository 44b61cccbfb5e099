import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createKeyDesk } from '../../src/runtime-auth.ts'
import { createJobs, type JobsOptions } from '../../src/runtime-jobs.ts'
import { createUploads } from '../../src/runtime-uploads.ts'
import { isInJob } from '../../src/state/jobs.ts'
import type { Database } from '../../src/state/sqlite.ts'

/** What the processes of jobs do in a test: the text of a Node program. `process.argv` from 1 is the job's command line. */
export function spawnProgram(program: string): JobsOptions['spawn'] & { readonly started: (readonly string[])[] } {
  const started: (readonly string[])[] = []
  const start = (args: readonly string[]): ChildProcess => {
    started.push(args)
    return spawn(process.execPath, ['-e', program, '--', ...args], { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
  }
  return Object.assign(start, { started })
}

export interface DeskOptions {
  readonly database: Database
  readonly now: () => Date
  readonly spawn: JobsOptions['spawn']
  /** Bytes of an import set; default 1000. */
  readonly largest?: number
}

/** Jobs, import sets and keys over a state database and a folder of their own. */
export function testDesks({ database, now, spawn: start, largest = 1000 }: DeskOptions) {
  const data = mkdtempSync(join(tmpdir(), 'costwright-desks-'))
  const uploads = createUploads({
    ...{ folder: join(data, 'uploads'), largest, now },
    isInUse: (id) => isInJob(database, id),
  })
  const onFailure = (_: string, error: unknown) => {
    throw error
  }
  const { pathOf } = uploads
  const jobs = createJobs({ database, data, spawn: start, pathOf, actor: 'tester', now, onFailure })
  return {
    ...{ jobs, uploads, data, keys: createKeyDesk(database, now) },
    async close() {
      await jobs.close()
      rmSync(data, { recursive: true, force: true })
    },
  }
}
