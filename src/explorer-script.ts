import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Script } from './web/reference.ts'

/** The script of the API reference, from the package `openapi-explorer`, read once when first asked for. */
export function explorerScript(): () => Promise<Script> {
  let script: Promise<Script> | null = null
  return () => (script ??= read())
}

async function read(): Promise<Script> {
  const library = dirname(fileURLToPath(import.meta.resolve('openapi-explorer')))
  const text = await readFile(join(library, '..', 'browser', 'openapi-explorer.min.js'), 'utf8')
  return { hash: createHash('sha256').update(text).digest('hex').slice(0, 16), text }
}
