import type { Visit } from './visit.ts'

/** Answers requests; `env` is what the platform hands along. */
export type Answering<Env> = (request: Request, env: Env & { readonly visit: Visit }) => Response | Promise<Response>

export interface Observer<Env> {
  readonly requestId: () => string
  /** Milliseconds on a clock that only goes forward. */
  readonly clock: () => number
  began(): void
  /** Called once for each `began`, for a stream when its last byte was taken or its reader left. */
  done(request: Request, visit: Visit, status: number, durationMs: number): void
  /** Makes the answer to what broke outside every handler. */
  failed(error: unknown, visit: Visit): Response
  /** Breaks the connection of an answer that cannot be finished. */
  cut(error: unknown, requestId: string, env: Env): void
}

/** Gives each request its id, and tells of it when it was answered. */
export function observe<Env extends object>(
  answer: Answering<Env>,
  { requestId, clock, began, done, failed, cut }: Observer<Env>,
): (request: Request, env: Env) => Promise<Response> {
  return async (request, env) => {
    const started = clock()
    const id = requestId()
    const visit: Visit = {
      requestId: id,
      route: null,
      principal: null,
      body: null,
      ended: null,
      cut: (error) => cut(error, id, env),
    }
    began()
    let response: Response
    try {
      response = await answer(request, Object.assign(env, { visit }))
    } catch (error) {
      response = failed(error, visit)
    }
    const { status } = response
    if (visit.ended === null) done(request, visit, status, clock() - started)
    else visit.ended.then(() => done(request, visit, status, clock() - started))
    return response
  }
}
