/**
 * Runs `call`, and aborts it when it has not answered after `ms`: then throws an error with code ETIMEDOUT, which is worth trying
 * again. What the answer streams afterwards is not limited; `signal` ends it at any time.
 */
export async function withDeadline<Result>(
  signal: AbortSignal,
  ms: number,
  call: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  signal.throwIfAborted()
  const late = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const over = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(Object.assign(new Error(`no answer within ${ms / 1000} s`), { code: 'ETIMEDOUT' }))
      late.abort()
    }, ms)
  })
  try {
    return await Promise.race([call(AbortSignal.any([signal, late.signal])), over])
  } finally {
    clearTimeout(timer)
  }
}
