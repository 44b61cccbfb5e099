/** Runs a task when there is room for it. */
export type Gate = <Result>(task: () => Promise<Result>) => Promise<Result>

/** A gate that lets `width` tasks run at a time, first come, first served. */
export function createGate(width: number): Gate {
  const waiting: (() => void)[] = []
  let running = 0
  return async (task) => {
    if (running >= width) await new Promise<void>((resolve) => waiting.push(resolve))
    else running += 1
    try {
      return await task()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else running -= 1
    }
  }
}

/** Files normalised at the same time: two keep both cores busy and memory flat (performance.md section 1). */
export const filesAtATime = 2
