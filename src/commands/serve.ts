import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { Runtime } from '../runtime.ts'
import { startServer } from '../server.ts'
import { type Command, type CommandIo, portOption, textOption } from './command.ts'
import { scheduleReports } from './serve-reports.ts'

/** `costwright serve`: API and dashboard. */
export const serveCommand: Command = {
  options: { port: { type: 'string' }, host: { type: 'string' } },
  help: [
    '--port N          default: server.port of costwright.yaml, else 8080; 0 takes any free one',
    '--host ADDRESS    only an address of this machine',
  ],
  async run(args, io) {
    return serve(io.runtime(), io, { port: portOption(args), host: textOption(args, 'host') })
  },
}

/** Serves until SIGINT or SIGTERM, then ends running requests. */
export async function serve(
  runtime: Runtime,
  io: CommandIo,
  options: { port?: number | undefined; host?: string | undefined },
): Promise<number> {
  await runtime.build()
  const server = await startServer({
    runtime,
    host: options.host ?? runtime.config.server.host,
    port: options.port ?? runtime.config.server.port,
  })
  io.out(`serving ${server.url}  (stop with Ctrl-C)\n`)
  const watch = watchIncidents(runtime, io)
  const endSchedule = await scheduleCollections(runtime, io, watch.detect)
  const endReports = await scheduleReports(runtime, io)
  watch.detect()
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
  })
  endSchedule()
  endReports()
  watch.end()
  await server.close()
  return 0
}

/** Messages that were held back (quiet hours, digests, retries) are looked at this often. */
const deliveryMs = 5 * 60_000

/**
 * With configured channels: detects and delivers when told that data may have changed, and sends what falls due in between. One process of its
 * own at a time; what is asked for meanwhile follows it.
 */
function watchIncidents(runtime: Runtime, io: CommandIo): { detect: () => void; end: () => void } {
  if (runtime.config.notifications.channels.length === 0) return { detect: () => {}, end: () => {} }
  let running: ChildProcess | null = null
  let asked: readonly string[] | null = null
  let ended = false
  const start = (args: readonly string[]) => {
    if (running) {
      if (args[0] === 'detect' || asked === null) asked = args
      return
    }
    const child = io.spawn(args)
    running = child
    const over = (problem: string | null) => {
      if (running !== child) return
      running = null
      if (problem !== null && !ended) io.note(`${runtime.now().toISOString()} ${args.join(' ')}: ${problem}`)
      const next = asked
      asked = null
      if (next && !ended) start(next)
    }
    child.once('exit', (code) => over(code === 0 ? null : `failed (exit code ${code})`))
    child.once('error', (error) => over(error.message))
  }
  const timer = setInterval(() => start(['alerts', 'deliver']), deliveryMs)
  return {
    detect: () => start(['detect', '--deliver']),
    end() {
      ended = true
      clearInterval(timer)
      running?.kill('SIGTERM')
    },
  }
}

/**
 * Collects each source when its time has come, in a process of its own, so that an import takes neither memory nor breath from
 * those who ask. Returns the function that ends it.
 */
async function scheduleCollections(runtime: Runtime, io: CommandIo, collected: () => void): Promise<() => void> {
  const { sources, collect } = runtime.config
  const scheduled = sources.flatMap(({ name, schedule = collect.schedule }) =>
    schedule ? [{ source: name, schedule }] : [],
  )
  if (scheduled.length === 0) return () => {}
  const { startSchedule } = await import('../collect/schedule.ts')
  const children = new Set<ChildProcess>()
  const end = startSchedule(
    scheduled,
    async (source) => {
      const child = io.spawn(['collect', source, '--json'])
      children.add(child)
      const [code] = (await once(child, 'exit')) as [number | null]
      children.delete(child)
      collected()
      io.note(`${runtime.now().toISOString()} collect ${source}: ${code === 0 ? 'done' : `failed (exit code ${code})`}`)
    },
    (source, error) => io.note(`collect ${source}: ${error instanceof Error ? error.message : String(error)}`),
  )
  return () => {
    end()
    for (const child of children) child.kill('SIGTERM')
  }
}
