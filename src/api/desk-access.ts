import { type ApiRequest, refuse } from './http.ts'
import { mayDo, type Principal } from './principal.ts'

/**
 * A desk for callers who may see everything: 403 for one limited to teams, 404 where the server has none.
 *
 * @param what completes "this server keeps no …"
 */
export function wholeDesk<Desk>(c: ApiRequest, desk: Desk | undefined, what: string): Desk {
  if (c.env?.principal?.teams)
    return refuse({
      ...{ status: 403, code: 'whole-only', detail: `${what} are for keys that are not limited to teams` },
      hint: 'Ask an administrator.',
    })
  return desk ?? refuse({ status: 404, code: 'not-here', detail: `this server keeps no ${what}` })
}

/** Ends the request with 403 when its sender's role is not enough. A server that asks nobody lets everybody. */
export function requireRole(c: ApiRequest, role: Principal['role']): void {
  const principal = c.env?.principal
  if (!principal || mayDo(principal, role)) return
  refuse({ status: 403, code: 'role', detail: `this needs the role ${role}; yours is ${principal.role}` })
}

/** Who asks, where that is asked. */
export const actorOf = (c: ApiRequest): string | undefined => c.env?.principal?.id
