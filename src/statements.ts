import { existsSync } from 'node:fs'
import { refuse } from './api/http.ts'
import type { Sandbox, SandboxAnswer } from './warehouse/sandbox.ts'

const limits = { rows: 10_000, characters: 20_000_000, timeout_ms: 20_000 }

/** Foreign statements over one warehouse file. */
export interface Statements {
  run(sql: string, signal: AbortSignal, rows?: number): Promise<SandboxAnswer>
  close(): void
}

/**
 * Opens the sandbox over `path` when it is first needed. By then the file may have been swept away, a newer one being current: whoever asks
 * is told to ask again, when the newer one has been taken up.
 */
export function statementsOver(path: string, open: (path: string) => Promise<Sandbox>): Statements {
  let sandbox: Promise<Sandbox> | undefined
  const opened = () => {
    sandbox ??= open(path).catch((error: unknown) => {
      sandbox = undefined
      if (existsSync(path)) throw error
      return refuse({
        status: 503,
        code: 'data-changing',
        detail: 'newer data are being taken up',
        hint: 'Try again soon.',
      })
    })
    return sandbox
  }
  return {
    run: async (sql, signal, rows = limits.rows) => (await opened()).run(sql, { ...limits, rows }, signal),
    close() {
      sandbox?.then(
        (one) => one.close(),
        () => undefined,
      )
    },
  }
}
