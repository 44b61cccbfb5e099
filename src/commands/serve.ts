import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { constants } from 'node:os'
import { createInterface } from 'node:readline'
import { createLog, type Log } from '../log.ts'
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

/** Serves until SIGINT or SIGTERM, then ends running requests; a second signal ends at once. */
export async function serve(
  runtime: Runtime,
  io: CommandIo,
  options: { port?: number | undefined; host?: string | undefined },
): Promise<number> {
  const signal = firstSignal()
  const { log_format: format } = runtime.config.server
  const log = createLog({
    format: format === 'auto' ? (process.stderr.isTTY ? 'text' : 'json') : format,
    write: io.note,
    now: runtime.now,
  })
  const jobs = { ...io, note: (text: string) => log('warn', 'note', { text }), spawn: loggedSpawn(io, log) }
  await runtime.build()
  const server = await startServer({
    runtime,
    log,
    spawnJob: io.spawnJob,
    host: options.host ?? runtime.config.server.host,
    port: options.port ?? runtime.config.server.port,
  })
  io.out(`serving ${server.url}  (stop with Ctrl-C)\n`)
  const alerts = await runtime.alerts()
  const watch = watchData({
    current: () => currentWarehouse(runtime.layout),
    spawn: jobs.spawn,
    ...(runtime.config.publish?.follow ? { followers: [['publish']] } : {}),
    deliver: (signal) => alerts.deliver(signal),
    note: jobs.note,
  })
  const endSchedule = await scheduleCollections(runtime, jobs, log)
  const endReports = await scheduleReports(runtime, jobs)
  signal.handle()
  log('info', 'stopping', { signal: await signal.received })
  endSchedule()
  endReports()
  watch.end()
  alerts.close()
  await server.close()
  return 0
}

/**
 * The first signal to stop. Until `handle` is called it ends the process at once, as the second one always does: as process 1 of a
 * container nothing else would. Work that is cut off is begun anew at the next start.
 */
function firstSignal() {
  const { promise: received, resolve } = Promise.withResolvers<string>()
  let isHandled = false
  for (const name of ['SIGINT', 'SIGTERM'] as const)
    process.on(name, () => {
      if (!isHandled) process.exit(128 + constants.signals[name])
      isHandled = false
      resolve(name)
    })
  return {
    received,
    handle() {
      isHandled = true
    },
  }
}

/** Starts further processes whose messages become events of this one's log. */
function loggedSpawn(io: CommandIo, log: Log): CommandIo['spawn'] {
  return (args) => {
    const child = io.spawn(args, 'pipe')
    if (child.stderr)
      createInterface(child.stderr).on('line', (text) => log('info', 'job', { job: args.join(' '), text }))
    return child
  }
}

/**
 * Collects each source when its time has come, in a process of its own, so that an import takes neither memory nor breath from
 * those who ask. Returns the function that ends it.
 */
async function scheduleCollections(runtime: Runtime, io: CommandIo, log: Log): Promise<() => void> {
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
      if (code === 0) log('info', 'collected', { source })
      else io.note(`collect ${source}: failed (exit code ${code})`)
    },
    (source, error) => io.note(`collect ${source}: ${error instanceof Error ? error.message : String(error)}`),
  )
  return () => {
    end()
    for (const child of children) child.kill('SIGTERM')
  }
}
