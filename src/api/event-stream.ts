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
  // A server that ends waits for connections that are kept.
  connection: 'close',
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
export function eventStream(c: ApiRequest, { listeners, ...options }: EventStreamOptions): Response {
  if (c.req.method === 'HEAD') return new Response(null, { headers })
  const listener = listen({ ...options, isCurrent: c.env?.isCurrent })
  const leave = listeners.join(c.env?.principal?.id ?? 'local', () => listener.end())
  if (!leave)
    return refuse({
      ...{ status: 429, code: 'busy', detail: 'too many listen already', retry_after: 30 },
      hint: 'End another stream first.',
    })
  const body = new ReadableStream<Uint8Array>(
    {
      start: (controller) => listener.start(controller, leave),
      pull: () => listener.send(),
      cancel: () => listener.leave(),
    },
    new ByteLengthQueuingStrategy({ highWaterMark: bufferBytes }),
  )
  return new Response(body, { headers })
}

type Sink = ReadableStreamDefaultController<Uint8Array>

interface Listener {
  start(sink: Sink, onLeave: () => void): void
  /** Sends what there is and what fits. */
  send(): void
  /** Ends the stream, cut off where there is an error. */
  end(error?: Error): void
  /** Forgets everything: the stream has ended. */
  leave(): void
}

type ListenOptions = Omit<EventStreamOptions, 'listeners'> & {
  readonly isCurrent: (() => Promise<boolean>) | undefined
}

function listen({ feed, after, beatMs = usualBeatMs, isCurrent }: ListenOptions): Listener {
  const utf8 = new TextEncoder()
  let sink: Sink | null = null
  let release = () => {}
  let at = after
  let fullBeats = 0
  const room = () => sink?.desiredSize ?? 0
  const beat = async () => {
    fullBeats = room() <= 0 ? fullBeats + 1 : 0
    if (fullBeats >= patienceBeats) return listener.end(new Error('the listener does not read'))
    if (isCurrent && !(await isCurrent())) return listener.end()
    if (fullBeats === 0) sink?.enqueue(utf8.encode(':\n\n'))
    listener.send()
  }
  const listener: Listener = {
    start(opened, onLeave) {
      sink = opened
      const unsubscribe = feed.subscribe(listener.send)
      const timer = setInterval(() => void beat().catch((error: Error) => listener.end(error)), beatMs)
      release = () => {
        clearInterval(timer)
        unsubscribe()
        onLeave()
      }
      sink.enqueue(utf8.encode('retry: 3000\n\n'))
      listener.send()
    },
    send() {
      for (let step = 0; room() > 0; step++) {
        const { events, through, isOver } = feed.read(at)
        const isIdle = through <= at
        // Before the text goes out: a waiting reader asks for more while it does.
        at = Math.max(at, through)
        if (events.length > 0) sink?.enqueue(utf8.encode(events.map(textOf).join('')))
        if (isOver) return listener.end()
        if (isIdle) return
        if (step === stepsAtOnce) return void setTimeout(listener.send, 0)
      }
    },
    end(error) {
      const ending = sink
      listener.leave()
      if (error) ending?.error(error)
      else ending?.close()
    },
    leave() {
      sink = null
      release()
      release = () => {}
    },
  }
  return listener
}

function textOf({ id, event, data }: FeedEvent): string {
  return `id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`
}
