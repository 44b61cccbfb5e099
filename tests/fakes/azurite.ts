import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { BlobServiceClient, type ContainerClient } from '@azure/storage-blob'

/** Azurite's published development account: https://learn.microsoft.com/azure/storage/common/storage-use-azurite */
const developmentKey = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=='

export interface Azurite {
  readonly connection: string
  readonly service: BlobServiceClient
  container(name: string): Promise<ContainerClient>
  close(): Promise<void>
}

const home = process.env['AZURITE_HOME'] ?? resolve('.')
const program = join(home, 'node_modules', 'azurite', 'dist', 'src', 'blob', 'main.js')

/** Why tests against Azurite are left out; null when it can be started. */
export const azuriteMissing: string | null = existsSync(program)
  ? null
  : `Azurite is not there: npm i --prefix DIR --ignore-scripts azurite@3.36.0, then AZURITE_HOME=DIR (looked for ${program})`

/** Starts Azurite's blob service in memory on a free port (specs/exports.md section 7). */
export async function startAzurite(): Promise<Azurite> {
  const port = await freePort()
  const flags = ['--silent', '--inMemoryPersistence', '--disableTelemetry', '--skipApiVersionCheck']
  const child = spawn(process.execPath, [program, ...flags, '--blobHost', '127.0.0.1', '--blobPort', String(port)], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const connection = `DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=${developmentKey};BlobEndpoint=http://127.0.0.1:${port}/devstoreaccount1;`
  const service = BlobServiceClient.fromConnectionString(connection)
  await answering(`http://127.0.0.1:${port}/`, child)
  return {
    connection,
    service,
    async container(name) {
      const container = service.getContainerClient(name)
      await container.create()
      return container
    },
    async close() {
      if (child.exitCode !== null) return
      const ended = once(child, 'exit')
      child.kill()
      await ended
    },
  }
}

async function answering(url: string, child: ChildProcess): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    if (child.exitCode !== null || tries > 200) throw new Error('Azurite did not start')
    const there = await fetch(url).then(
      () => true,
      () => false,
    )
    if (there) return
    await sleep(100)
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  return port
}
