import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline/promises'
import type { EstateKeys } from '../support/small-estate-facts.ts'

export interface Oracle {
  readonly url: string
  /** Folder that was published to. */
  readonly published: string
  readonly keys: EstateKeys
}

/** Where the setup and the binding of the configuration, two copies of this module in one process, find the same one. */
const shared = globalThis as { costwrightOracle?: Promise<Oracle> }

/** Starts the full server beside the tests in workerd, and ends it with them. Vitest's `globalSetup`. */
export function setup(): () => Promise<void> {
  const child = spawn(process.execPath, [new URL('oracle-process.ts', import.meta.url).pathname], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit')
  const ready = firstLine(child)
  ready.catch(() => undefined)
  shared.costwrightOracle = ready
  return async () => {
    child.stdin?.end()
    await ended
  }
}

/** The running server. Throws where the tests have not started one. */
export function oracle(): Promise<Oracle> {
  return shared.costwrightOracle ?? Promise.reject(new Error('the oracle was not set up'))
}

async function firstLine({ stdout }: ChildProcess): Promise<Oracle> {
  if (!stdout) throw new Error('the oracle has no output')
  for await (const line of createInterface({ input: stdout })) return JSON.parse(line) as Oracle
  throw new Error('the oracle ended before it was ready')
}
