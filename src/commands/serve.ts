import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { currentWarehouse } from '../pipeline/build.ts'
import type { Runtime } from '../runtime.ts'
import { startServer } from '../server.ts'
import { type Command, type CommandIo, portOption, textOption } from './command.ts'
import { scheduleReports } from './serve-reports.ts'
import { watchData } from './watch.ts'

/** `costwright serve`: API and dashboard. */
export const serveCommand: Command = {
  options: { port: { type: 'string' }, host: { type: 'string' } },
  help: [
    'Judges and forecasts whenever the data change, collects on schedule, and sends messages as they fall due.',
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
  const alerts = await runtime.alerts()
  const watch = watchData({
    current: () => currentWarehouse(runtime.layout),
    spawn: io.spawn,
    ...(runtime.config.publish?.follow ? { followers: [['publish']] } : {}),
    deliver: (signal) => alerts.deliver(signal),
    note: io.note,
    now: runtime.now,
  })
  const endSchedule = await scheduleCollections(runtime, io)
  const endReports = await scheduleReports(runtime, io)
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
  })
  endSchedule()
  endReports()
  watch.end()
  alerts.close()
  await server.close()
  return 0
}

/**
 * Collects each source when its time has come, in a process of its own, so that an import takes neither memory nor breath from
 * those who ask. Returns the function that ends it.
 */
async function scheduleCollections(runtime: Runtime, io: CommandIo): Promise<() => void> {
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
      io.note(`${runtime.now().toISOString()} collect ${source}: ${code === 0 ? 'done' : `failed (exit code ${code})`}`)
    },
    (source, error) => io.note(`collect ${source}: ${error instanceof Error ? error.message : String(error)}`),
  )
  return () => {
    end()
    for (const child of children) child.kill('SIGTERM')
  }
}
