import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { writeEstate } from '../estate/estate.ts'
import { reconcile } from '../pipeline/reconcile.ts'
import { createRuntime, type Runtime } from '../runtime.ts'
import { type Command, type CommandArgs, type CommandIo, textOption } from './command.ts'
import { serve } from './serve.ts'
import { summaryText } from './summary.ts'

const defaultSeed = 7

/** `costwright demo`: the sample estate through the real import, the four answers, and the dashboard. */
export const demoCommand: Command = {
  options: {
    serve: { type: 'boolean' },
    seed: { type: 'string' },
    scale: { type: 'string' },
    port: { type: 'string' },
  },
  async run(args, io) {
    const data = textOption(args, 'data') ?? join('data', 'demo')
    const exports = join(data, 'exports')
    if (!existsSync(exports)) await writeExports(args, io, data, exports)
    const config = join(data, 'costwright.yaml')
    if (!existsSync(config)) copyFileSync(join(exports, 'costwright.yaml'), config)
    const runtime = io.runtime({ data })
    const result = await runtime.import([exports])
    io.note(`${result.deliveries.filter((delivery) => !delivery.unchanged).length} deliveries imported`)
    await runtime.build()
    if (args.values['json']) io.out(`${JSON.stringify(result)}\n`)
    else io.out(await demoText(runtime))
    for (const failure of result.failures) io.note(`refused: ${failure.message}`)
    if (result.failures.length > 0) return 1
    const port = textOption(args, 'port')
    return args.values['serve'] ? serve(runtime, io, { port: port === undefined ? undefined : Number(port) }) : 0
  },
}

async function writeExports(args: CommandArgs, io: CommandIo, data: string, exports: string): Promise<void> {
  mkdirSync(data, { recursive: true })
  io.note('writing the sample exports of AWS, Azure and Google Cloud')
  const draft = `${exports}.draft`
  rmSync(draft, { recursive: true, force: true })
  mkdirSync(draft)
  const runtime = createRuntime({ data })
  const warehouse = await runtime.scratch()
  try {
    await writeEstate({
      directory: draft,
      seed: Number(textOption(args, 'seed') ?? defaultSeed),
      scale: Number(textOption(args, 'scale') ?? '1'),
      warehouse,
    })
  } finally {
    warehouse.close()
  }
  renameSync(draft, exports)
}

async function demoText(runtime: Runtime): Promise<string> {
  const warehouse = await runtime.open()
  const scratch = await runtime.scratch()
  try {
    const { totals } = await reconcile(runtime.layout, scratch)
    return await summaryText(warehouse, totals)
  } finally {
    warehouse.close()
    scratch.close()
  }
}
