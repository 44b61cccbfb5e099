import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { UserError } from '../errors.ts'

/** How often a waiting import looks whether the lake is free, in ms. */
const lookMs = 500

/** Takes the lake's write lock as `lockFile` does, waiting up to `patienceMs` for another import (or other work) to end. */
export async function lockLake(path: string, patienceMs = 0, work = 'import'): Promise<() => void> {
  for (let waited = 0; ; waited += lookMs) {
    try {
      return lockFile(path, work)
    } catch (error) {
      if (!(error instanceof UserError) || waited >= patienceMs) throw error
      await sleep(lookMs)
    }
  }
}

/**
 * Takes a lock between processes and returns its release. A lock whose process is gone (killed) is taken over.
 * Throws UserError while another `work` (in words) holds it.
 */
export function lockFile(path: string, work: string): () => void {
  mkdirSync(dirname(path), { recursive: true })
  const mine = `${path}.${process.pid}`
  for (let attempt = 0; attempt < 2; attempt += 1) {
    try {
      writeFileSync(mine, String(process.pid))
      linkSync(mine, path)
      rmSync(mine)
      return () => rmSync(path, { force: true })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      const holder = Number(readFileSync(path, 'utf8'))
      rmSync(mine)
      if (isAlive(holder)) {
        throw new UserError(`another ${work} (process ${holder}) is running`, {
          hint: 'Wait for it to end and run again.',
        })
      }
      rmSync(path, { force: true })
    }
  }
  throw new UserError(`another ${work} has just started`, { hint: 'Run again.' })
}

/** Whether a process of this machine has this id. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
