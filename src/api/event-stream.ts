import type { Feed, FeedEvent } from '../core/feed.ts'
import { UserError } from '../errors.ts'
import { type ApiRequest, refuse } from './http.ts'
import type { Listeners } from './listeners.ts'

export interface EventStreamOptions {
  readonly feed: Feed
  /** Id after which to begin: what the client had last, or was asked for. */
  readonly after: number
  readonly listeners: Listeners
  /** Between signs of life, at which it is also asked whether the listener may still listen. */
  readonly beatMs?: number
}

const usualBeatMs = 15_000
/** Bytes that wait for a listener; events beyond stay in the feed until there is room. */
const bufferBytes = 65_536
/** Signs of life for which a listener may leave its buffer full. */
const patienceBeats = 2
/** Steps through a feed before others get their turn. */
const stepsAtOnce = 20

const headers = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-store, no-transform',
  'x-accel-buffering': 'no',
}

/** The `Last-Event-ID` of a client that comes again, else its `after`, else `fallback`. Throws UserError for what is no id. */
export function lastEventId(c: ApiRequest, fallback: number): number {
  const text = c.req.header('last-event-id') ?? c.req.query('after')
  if (text === undefined || text === '') return fallback
  const id = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
  if (!Number.isNaN(id)) return id
  throw new UserError('after, or Last-Event-ID, is the id of no event', {
    hint: 'Send the id of the last event, such as 42.',
  })
}

/**
 * Sends a feed as server-sent events until it is over, the client leaves, or it may no longer listen. A listener that does not read is
 * dropped; what it missed it gets when it comes again with the id of its last event.
 */
export function eventStream(
  c: ApiRequest,
  { feed, after, listeners, beatMs = usualBeatMs }: EventStreamOptions,
): Response {
  if (c.req.method === 'HEAD') return new Response(null, { headers })
  const utf8 = new TextEncoder()
  const { isCurrent } = c.env ?? {}
  let at = after
  let fullBeats = 0
  const open: {
    controller?: ReadableStreamDefaultController<Uint8Array>
    leave?: () => void
    end: (error?: Error) => void
  } = {
    end: () => {},
  }
  const send = () => {
    for (let step = 0; (open.controller?.desiredSize ?? 0) > 0; step++) {
      const { events, through, isOver } = feed.read(at)
      const isIdle = through <= at
      // Before the text goes out: a waiting reader asks for more while it does.
      at = Math.max(at, through)
      if (events.length > 0) open.controller?.enqueue(utf8.encode(events.map(textOf).join('')))
      if (isOver) return open.end()
      if (isIdle) return
      if (step === stepsAtOnce) return void setTimeout(send, 0)
    }
  }
  const beat = async () => {
    const isFull = (open.controller?.desiredSize ?? 0) <= 0
    fullBeats = isFull ? fullBeats + 1 : 0
    if (fullBeats >= patienceBeats) return open.end(new Error('the listener does not read'))
    if (isCurrent && !(await isCurrent())) return open.end()
    if (!isFull) open.controller?.enqueue(utf8.encode(':\n\n'))
    send()
  }
  const leave = listeners.join(c.env?.principal?.id ?? 'local', () => open.end())
  if (!leave)
    return refuse({
      ...{ status: 429, code: 'busy', detail: 'too many listen already', retry_after: 30 },
      hint: 'End another stream first.',
    })
  const body = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const unsubscribe = feed.subscribe(send)
        const timer = setInterval(() => void beat(), beatMs)
        const release = () => {
          delete open.controller
          clearInterval(timer)
          unsubscribe()
          leave()
        }
        open.controller = controller
        open.leave = release
        open.end = (error) => {
          if (!open.controller) return
          release()
          if (error) controller.error(error)
          else controller.close()
        }
        controller.enqueue(utf8.encode('retry: 3000\n\n'))
        send()
      },
      pull: send,
      cancel: () => open.leave?.(),
    },
    new ByteLengthQueuingStrategy({ highWaterMark: bufferBytes }),
  )
  return new Response(body, { headers })
}

function textOf({ id, event, data }: FeedEvent): string {
  return `id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`
}
