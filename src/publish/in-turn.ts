/**
 * Runs tasks in their order, `width` at a time. After one has failed no other starts, and what it threw is thrown when the running ones have
 * ended, so that nothing uses any more what its caller takes away.
 *
 * @param onDone told after each how many have ended
 */
export async function inTurn(
  width: number,
  tasks: readonly (() => Promise<unknown>)[],
  onDone: (done: number) => void,
): Promise<void> {
  const waiting = tasks.values()
  let done = 0
  let isFailing = false
  const work = async () => {
    for (const task of waiting) {
      if (isFailing) return
      await task().catch((error: unknown) => {
        isFailing = true
        throw error
      })
      done += 1
      onDone(done)
    }
  }
  const ends = await Promise.allSettled(Array.from({ length: width }, work))
  const failed = ends.find(({ status }) => status === 'rejected')
  if (failed?.status === 'rejected') throw failed.reason
}
