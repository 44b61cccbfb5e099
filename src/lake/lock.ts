import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { UserError } from '../errors.ts'

/**
 * Takes the lake's write lock and returns its release. A lock whose process is gone (killed) is taken over.
 * Throws UserError while another import is running.
 */
export function lockLake(path: string): () => void {
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
        throw new UserError(`another import (process ${holder}) is writing this lake`, {
          hint: 'Wait for it to end and run again.',
        })
      }
      rmSync(path, { force: true })
    }
  }
  throw new UserError('the lake is locked by another import that just started', { hint: 'Run again.' })
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
