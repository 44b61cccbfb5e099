import { type Problem, refuse } from '../api/http.ts'

/** Ends a request for what the edge does not have; `what` reads before "is not answered at the edge". */
export type NotHere = (what: string) => never

/** 501, which sends the request on to the full server where one is configured; the hint says where it is. */
export function notAtTheEdge(what: string, serverUrl: string | null): Problem {
  return {
    status: 501,
    code: 'not-at-the-edge',
    detail: `${what} is not answered at the edge`,
    hint:
      serverUrl === null
        ? 'Ask the full server (`costwright serve`); with ORIGIN_URL set, this Worker sends such requests on to it.'
        : `Ask the full server at ${serverUrl}.`,
  }
}

export function notHere(serverUrl: string | null): NotHere {
  return (what) => refuse(notAtTheEdge(what, serverUrl))
}
