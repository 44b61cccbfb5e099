import { rmSync } from 'node:fs'
import { get, type IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { readEntry } from '../../src/catalog/catalog.ts'
import { currentWarehouse } from '../../src/pipeline/build.ts'
import { createRuntime } from '../../src/runtime.ts'
import { openReadOnly } from '../../src/warehouse/duckdb-stream.ts'
import { goal, type Server, startServer } from '../api.ts'
import { report } from '../measure.ts'

const entry = readEntry('marts', 'focus_1_2')
const formats = ['arrow', 'csv', 'parquet'] as const
const mebi = 2 ** 20

/** Every charge in each format, against DuckDB alone producing the same rows in the same run; memory, and what others feel meanwhile. */
export async function benchStreams(data: string): Promise<boolean> {
  const server = await startServer([data])
  const rows = []
  let count = 0
  for (const format of formats) {
    const bare = await bareTimes(data, format)
    count = bare.count
    const limit = { arrow: 1.5 * bare.seconds + 2.5, csv: Infinity, parquet: 1.2 * bare.seconds }[format]
    const { seconds, bytes, idle, peak, delay } = await streamed(server, format, read)
    const isMet = seconds <= limit && delay <= 20 && (format === 'parquet' || peak - idle <= 300 * mebi)
    const time = limit === Infinity ? '' : `≤ ${limit.toFixed(1)} s, `
    rows.push({
      stream: format,
      MiB: (bytes / mebi).toFixed(0),
      'DuckDB alone s': bare.seconds.toFixed(1),
      seconds: seconds.toFixed(1),
      'MiB above idle': ((peak - idle) / mebi).toFixed(0),
      'event loop p99 ms': delay.toFixed(1),
      ...goal(`${time}${format === 'parquet' ? '' : '≤ 300 MiB, '}≤ 20 ms`, isMet),
    })
  }
  report(`api: ${count} charges as a stream; DuckDB alone makes the rows, or copies them to Parquet`, rows)
  const readers = []
  for (const format of formats) readers.push(await slowReader(server, format), await leavers(server, format))
  report('api: readers who are slow or leave', readers)
  server.stop()
  return [...rows, ...readers].every(({ met }) => met === 'met')
}

/** Seconds that DuckDB takes for the rows, chunk by chunk, or for its own copy to Parquet, on a database opened for this. */
async function bareTimes(data: string, format: string) {
  const { config, layout } = createRuntime({ data })
  const database = await openReadOnly(currentWarehouse(layout) ?? '', { memoryLimit: config.memory_limit })
  const reader = await database.connect()
  const path = join(tmpdir(), `bench-${process.pid}.parquet`)
  const started = performance.now()
  if (format === 'parquet') await reader.copyToParquet(entry.sql, {}, path)
  else for await (const _ of (await reader.stream(entry.sql, {})).chunks);
  const seconds = (performance.now() - started) / 1000
  rmSync(path, { force: true })
  const { rows } = await reader.query('select count(*)::integer as n from charges', {})
  reader.close()
  database.close()
  return { count: Number(rows[0]?.['n']), seconds }
}

async function streamed(server: Server, format: string, reading: (answer: IncomingMessage) => Promise<number>) {
  const idle = await server.start()
  const started = performance.now()
  const bytes = await reading(await open(server.port, format))
  const seconds = (performance.now() - started) / 1000
  const { peak, delay_p99_ms: delay } = await server.measured()
  return { seconds, bytes, idle, peak, delay }
}

async function open(port: number, format: string): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  get(`http://127.0.0.1:${port}/api/v1/queries/${entry.name}?format=${format}`, { agent: false }, resolve).on(
    'error',
    reject,
  )
  const answer = await promise
  if (answer.statusCode !== 200) throw new Error(`${format} answers ${answer.statusCode}`)
  return answer
}

async function read(answer: IncomingMessage): Promise<number> {
  let bytes = 0
  for await (const piece of answer) bytes += (piece as Buffer).length
  return bytes
}

/** A megabyte, then a rest, then another. */
async function slowReader(server: Server, format: string) {
  const { bytes, idle, peak } = await streamed(server, format, async (answer) => {
    let [bytes, next] = [0, mebi]
    for await (const piece of answer) {
      bytes += (piece as Buffer).length
      if (bytes < next) continue
      next += mebi
      await sleep(400)
      if (next > 10 * mebi) break
    }
    return bytes
  })
  return {
    reader: `${format}, ${(bytes / mebi).toFixed(0)} MiB in 4 s, then leaves`,
    'MiB above idle': ((peak - idle) / mebi).toFixed(0),
    ...goal(format === 'parquet' ? '' : '≤ 300 MiB', format === 'parquet' || peak - idle <= 300 * mebi),
  }
}

/** As many as may read at once begin and leave; then as many find room again. */
async function leavers(server: Server, format: string) {
  const idle = await server.start()
  const started = performance.now()
  for (let round = 0; round < 2; round += 1) {
    const answers = await Promise.all(Array.from({ length: 4 }, () => open(server.port, format)))
    for (const answer of answers) answer.destroy()
    await sleep(250)
  }
  const { peak } = await server.measured()
  return {
    reader: `${format}, twice four who leave at once, ${((performance.now() - started) / 1000).toFixed(1)} s`,
    'MiB above idle': ((peak - idle) / mebi).toFixed(0),
    ...goal('room again', true),
  }
}
