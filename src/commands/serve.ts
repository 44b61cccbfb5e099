import type { Runtime } from '../runtime.ts'
import { startServer } from '../server.ts'
import { type Command, type CommandIo, portOption, textOption } from './command.ts'

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
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
  })
  await server.close()
  return 0
}
