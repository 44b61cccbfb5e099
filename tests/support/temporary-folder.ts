import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Every test's temporary files lie in one folder, which goes when the run ends. Vitest's `globalSetup`. */
export function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'costwright-tests-'))
  process.env['TMPDIR'] = folder
  return () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
}
