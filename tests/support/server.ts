import { spawn } from 'node:child_process'
import { join, resolve } from 'node:path'
import type { SpawnJob } from '../../src/jobs/run-job.ts'

const cli = resolve(import.meta.dirname, '../../src/cli.ts')

/** Starts the processes of jobs as `costwright serve` does. */
export function spawnCli(data: string): SpawnJob {
  return (args, { onFiles }) =>
    spawn(
      process.execPath,
      [cli, ...args, '--data', data, ...(onFiles ? [] : ['--config', join(data, 'costwright.yaml')])],
      { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] },
    )
}

/** Server-sent events of an answer, as they come; the pieces end when the stream does. */
export async function* eventsOf(response: Response): AsyncGenerator<{ id: number; event: string; data: unknown }> {
  let text = ''
  const decoder = new TextDecoder()
  for await (const piece of response.body ?? []) {
    text += decoder.decode(piece as Uint8Array, { stream: true })
    const blocks = text.split('\n\n')
    text = blocks.pop() ?? ''
    for (const block of blocks) {
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1]
      const id = field('id')
      if (id !== undefined) yield { id: Number(id), event: field('event') ?? '', data: JSON.parse(field('data') ?? '') }
    }
  }
}
