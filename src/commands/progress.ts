import type { OnProgress } from '../runtime.ts'

const delayMs = 700

interface Progress {
  readonly onProgress: OnProgress
  clear(): void
}

/** A progress bar on standard error: only on a terminal, only for work that takes longer than a moment. */
export function progressBar(stream: NodeJS.WriteStream, now: () => number): Progress {
  const started = now()
  let shown = false
  return {
    onProgress(label, done, total) {
      if (!stream.isTTY || now() - started < delayMs || total <= 0) return
      const share = Math.min(1, done / total)
      const filled = Math.round(share * 24)
      const name = label.length > 40 ? `…${label.slice(-39)}` : label
      stream.write(`\r\x1b[2K${'█'.repeat(filled)}${'░'.repeat(24 - filled)} ${Math.round(share * 100)} %  ${name}`)
      shown = true
    },
    clear() {
      if (shown) stream.write('\r\x1b[2K')
      shown = false
    },
  }
}

const reportMs = 250

/** The same as messages `{ progress: { label, done, total } }` to the process that started this one, at most four a second. */
export function progressMessages(send: (message: object) => void, now: () => number): Progress {
  let last = Number.NEGATIVE_INFINITY
  return {
    onProgress(label, done, total) {
      if (total <= 0 || (now() - last < reportMs && done < total)) return
      last = now()
      send({ progress: { label, done, total } })
    },
    clear() {},
  }
}
