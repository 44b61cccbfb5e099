import type { Reader } from './duckdb-stream.ts'

export interface Pool {
  run<T>(work: (reader: Reader) => Promise<T>): Promise<T>
  close(): void
}

/** At most `size` connections, opened when first needed; who comes when all are busy waits in line. */
export function createPool(connect: () => Promise<Reader>, size: number): Pool {
  const idle: Reader[] = []
  const waiting: ((reader: Reader) => void)[] = []
  let opened = 0
  const take = async (): Promise<Reader> => {
    const free = idle.pop()
    if (free) return free
    if (opened < size) {
      opened += 1
      return connect()
    }
    return new Promise((resolve) => waiting.push(resolve))
  }
  return {
    async run(work) {
      const reader = await take()
      try {
        return await work(reader)
      } finally {
        const next = waiting.shift()
        if (next) next(reader)
        else idle.push(reader)
      }
    },
    close() {
      for (const reader of idle.splice(0)) reader.close()
    },
  }
}
