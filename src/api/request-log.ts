import { isUpload, smallBody } from './write-guard.ts'

/** Told of what changes something, of statements, and of what was refused to somebody known. */
export type Audit = (entry: {
  readonly actor: string
  readonly action: string
  readonly subject: string
  readonly detail: Record<string, unknown>
}) => void

/** Characters of a statement or decision that the log keeps. */
const longestSaid = 4000

/** Whether a request is one that the log keeps; messages of agents become requests of their own. */
export function isLogged({ method, url }: Request): boolean {
  return method !== 'GET' && method !== 'HEAD' && new URL(url).pathname !== '/mcp'
}

/** Answers a request and logs who sent it, what it said and how it ended. */
export async function answerLogged(
  request: Request,
  who: { readonly actor: string; readonly audit: Audit },
  answer: (request: Request) => Response | Promise<Response>,
): Promise<Response> {
  const body = isUpload(request) ? null : await smallBody(request.clone())
  const response = await answer(request)
  const said = body === null ? {} : { body: body.slice(0, longestSaid).toWellFormed() }
  who.audit({
    ...{ actor: who.actor, action: 'request', subject: new URL(request.url).pathname.slice(0, 200) },
    detail: {
      ...{ method: request.method, status: response.status, request_id: response.headers.get('x-request-id') },
      ...said,
    },
  })
  return response
}
