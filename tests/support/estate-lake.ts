import { cpSync, existsSync, mkdirSync, mkdtempSync, renameSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { writeEstate } from '../../src/estate/estate.ts'
import { createRuntime } from '../../src/runtime.ts'

/**
 * A data folder that holds the sample estate (seed 7, scale 0.02), imported and built, with its `costwright.yaml`; its exports lie in
 * `exports` in it. The first test of a run makes it, the others get copies.
 */
export async function estateLake(): Promise<string> {
  const made = join(tmpdir(), 'estate-lake')
  if (claim(`${made}.claim`)) await make(made)
  while (!existsSync(made)) await setTimeout(200)
  const data = mkdtempSync(join(tmpdir(), 'costwright-estate-'))
  cpSync(made, data, { recursive: true })
  return data
}

function claim(path: string): boolean {
  return mkdirSync(path, { recursive: true }) !== undefined
}

async function make(target: string): Promise<void> {
  const data = `${target}.draft`
  const exports = join(data, 'exports')
  const scratch = await createRuntime({ data }).scratch()
  await writeEstate({ directory: exports, seed: 7, scale: 0.02, warehouse: scratch })
  scratch.close()
  cpSync(join(exports, 'costwright.yaml'), join(data, 'costwright.yaml'))
  const runtime = createRuntime({ data })
  await runtime.import([exports])
  await runtime.build()
  renameSync(data, target)
}
