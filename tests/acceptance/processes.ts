import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { stringify } from 'yaml'

const cli = resolve(import.meta.dirname, '../../src/cli.ts')

/** A costwright in a process of its own, and how it ended. */
export interface Running {
  readonly child: ChildProcess
  /** Exit code (null: killed) and all that it wrote. */
  readonly ended: Promise<{ readonly code: number | null; readonly output: string }>
}

export function start(args: readonly string[], data: string): Running {
  const child = spawn(process.execPath, [cli, ...args, '--data', data], { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => {
      output += chunk.toString()
    })
  const ended = new Promise<{ code: number | null; output: string }>((done) => {
    child.on('close', (code) => done({ code, output }))
  })
  return { child, ended }
}

/** A data folder with one source `aws` at a fake. */
export function folderOfAws(endpoint: string): string {
  const data = mkdtempSync(join(tmpdir(), 'costwright-process-'))
  const source = { name: 'aws', type: 'aws_export', bucket: 'bills', endpoint, look_back_months: 60 }
  writeFileSync(join(data, 'costwright.yaml'), stringify({ sources: [source] }))
  return data
}

/** Looks every few milliseconds whether something outside has come about; throws after 20 s. */
export async function until(what: string, holds: () => boolean): Promise<void> {
  for (let looked = 0; !holds(); looked += 1) {
    if (looked > 4000) throw new Error(`never came: ${what}`)
    await sleep(5)
  }
}
