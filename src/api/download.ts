import type { StreamFormat } from './context.ts'
import { type ApiRequest, takesGzip } from './http.ts'

/** Endings of files by format. */
export const extensions: Readonly<Record<StreamFormat, string>> = { csv: 'csv', arrow: 'arrows', parquet: 'parquet' }

/**
 * Pieces as the body of an answer. The first one is made before the answer starts, so that a query that fails gives an error and not a broken
 * file; when a later one fails, the connection is broken. `ended` is called once, whatever becomes of it.
 */
export async function primed(
  c: ApiRequest,
  pieces: AsyncGenerator<Uint8Array>,
  ended: () => void = () => {},
): Promise<ReadableStream<Uint8Array>> {
  const visit = c.env?.visit
  const { promise, resolve } = Promise.withResolvers<number>()
  let first: IteratorResult<Uint8Array> | undefined
  let bytes = 0
  const finish = once(() => {
    ended()
    resolve(bytes)
  })
  try {
    first = await pieces.next()
  } catch (error) {
    finish()
    throw error
  }
  if (visit) visit.ended = promise
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const piece =
          first ??
          (await pieces.next().catch((cause: unknown) => {
            finish()
            if (!visit) throw new Error('the rows ended early', { cause })
            if (!c.req.raw.signal.aborted) visit.cut(cause)
            return { done: true, value: undefined } as const
          }))
        first = undefined
        if (!piece.done) {
          bytes += piece.value.length
          return controller.enqueue(piece.value)
        }
        finish()
        controller.close()
      },
      async cancel() {
        finish()
        await pieces.return(undefined)
      },
    },
    { highWaterMark: 0 },
  )
}

function once(action: () => void): () => void {
  let done = false
  return () => {
    if (!done) action()
    done = true
  }
}

/** Rows as an answer, compressed where they are text and the client takes it. */
export function streamed(c: ApiRequest, body: ReadableStream<Uint8Array>, headers: Record<string, string>): Response {
  const text = headers['content-type']?.startsWith('text/csv') && takesGzip(c)
  if (!text) return new Response(body, { headers })
  const zipped = body.pipeThrough(new CompressionStream('gzip') as unknown as TransformStream<Uint8Array, Uint8Array>)
  return new Response(zipped, { headers: { ...headers, 'content-encoding': 'gzip' } })
}
