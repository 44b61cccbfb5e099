import { monitorEventLoopDelay } from 'node:perf_hooks'
import { createRuntime } from '../../src/runtime.ts'
import { startServer } from '../../src/server.ts'

// The real server in a process of its own. Tells its port; on a message it starts measuring, or says what it measured since.
const [data = '', config] = process.argv.slice(2)
const runtime = createRuntime({ data, config })
const { url } = await startServer({ runtime, port: 0 })
let delay: ReturnType<typeof monitorEventLoopDelay> | undefined
let peak = 0
const watch = () => {
  peak = Math.max(peak, process.memoryUsage.rss())
}
setInterval(watch, 20)
process.on('message', (message) => {
  watch()
  if (message === 'start') {
    globalThis.gc?.()
    peak = process.memoryUsage.rss()
    delay?.disable()
    delay = monitorEventLoopDelay({ resolution: 1 })
    delay.enable()
    process.send?.({ idle: peak })
    return
  }
  process.send?.({ peak, now: process.memoryUsage.rss(), delay_p99_ms: (delay?.percentile(99) ?? 0) / 1e6 - 1 })
})
process.on('disconnect', () => process.exit())
process.send?.({ port: Number(new URL(url).port) })
