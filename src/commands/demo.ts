import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { writeEstate } from '../estate/estate.ts'
import { reconcile } from '../pipeline/reconcile.ts'
import { createRuntime, type Runtime } from '../runtime.ts'
import { readAudit } from '../state/audit.ts'
import { analyse } from './analyse.ts'
import { type Command, type CommandArgs, type CommandIo, numberOption, portOption, textOption } from './command.ts'
import { noteRefused } from './import.ts'
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
  help: [
    '--serve         keep serving the page and the API',
    '--port N        default 8080; 0 takes any free one',
    '--seed N        another company of the same kind; default 7',
    '--scale X       number of resources; default 1, about 630,000 rows; 0.05 about 290,000',
    '--data DIR      default data/demo; exports that are already there are imported as they are',
  ],
  async run(args, io) {
    const data = textOption(args, 'data') ?? join('data', 'demo')
    const port = portOption(args)
    const size = sizeOf(args)
    const exports = join(data, 'exports')
    if (!existsSync(exports)) await writeExports(size, io, data, exports)
    const config = join(data, 'costwright.yaml')
    if (!existsSync(config)) copyFileSync(join(exports, 'costwright.yaml'), config)
    const runtime = io.runtime({ data })
    const result = await runtime.import([exports])
    io.note(`${result.deliveries.filter((delivery) => !delivery.unchanged).length} deliveries imported`)
    noteRefused(result, io)
    await announce(runtime, exports)
    // A server analyses new data by itself, while people read the page.
    if (!args.values['serve']) await analyse(runtime, io)
    if (args.values['json']) io.out(`${JSON.stringify(result)}\n`)
    else io.out(`${await demoText(runtime)}\nask further with: costwright <command> --data ${data}\n`)
    if (result.failures.length > 0) return 1
    return args.values['serve'] ? serve(runtime, io, { port }) : 0
  },
}

interface EstateSize {
  readonly seed: number
  readonly scale: number
}

function sizeOf(args: CommandArgs): EstateSize {
  return {
    seed: numberOption(args, 'seed', Number.isSafeInteger, 'a whole number') ?? defaultSeed,
    scale: numberOption(args, 'scale', (n) => n > 0 && n <= 1000, 'a factor above 0 and at most 1000') ?? 1,
  }
}

async function writeExports(size: EstateSize, io: CommandIo, data: string, exports: string): Promise<void> {
  mkdirSync(data, { recursive: true })
  io.note('writing the sample exports of AWS, Azure and Google Cloud')
  const draft = `${exports}.draft`
  rmSync(draft, { recursive: true, force: true })
  mkdirSync(draft)
  const runtime = createRuntime({ data })
  const warehouse = await runtime.scratch()
  try {
    await writeEstate({ directory: draft, ...size, warehouse })
  } finally {
    warehouse.close()
  }
  renameSync(draft, exports)
}

interface Announced {
  readonly account_id: string
  readonly service: string
  readonly first_day: string
  readonly end_day: string
  readonly note: string
}

/** What the sample company said before it happened: a load test that was announced is no incident. */
async function announce(runtime: Runtime, exports: string): Promise<void> {
  const truth = JSON.parse(readFileSync(join(exports, 'truth.json'), 'utf8')) as { decoy_events: readonly Announced[] }
  const alerts = await runtime.alerts()
  try {
    const said = new Set(readAudit(alerts.database).map(({ detail }) => detail['note']))
    for (const { account_id, service, first_day, end_day, note } of truth.decoy_events) {
      if (!note.startsWith('announced') || said.has(note)) continue
      const [start, end] = [first_day, end_day].map((day) => day.slice(0, 10)) as [string, string]
      alerts.plan({ scope: { account: account_id, service }, start, end, direction: 'up', note, actor: 'sample' })
    }
  } finally {
    alerts.close()
  }
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
