import { type FaultServer, type Handler, startServer } from './fault-server.ts'

export type FakeAllocation = Readonly<Record<string, unknown>>

export interface FakeOpenCost extends FaultServer {
  /** Sets what it allocates on a day, by name. */
  set(day: string, allocations: Readonly<Record<string, FakeAllocation | null>>): void
  /** Answers all requests with this `data` instead, or with this text. */
  answerWith(answer: { data: unknown } | { body: string; status?: number } | null): void
  requireAuthorization(value: string): void
}

/** OpenCost's `/allocation` with windows of RFC 3339 pairs: https://opencost.io/docs/integrations/api */
export async function startOpenCost(): Promise<FakeOpenCost> {
  const days = new Map<string, Readonly<Record<string, FakeAllocation | null>>>()
  let fixed: { data: unknown } | { body: string; status?: number } | null = null
  let authorization: string | null = null
  const handler: Handler = ({ path, query, headers }) => {
    if (authorization !== null && headers.authorization !== authorization) return reply(403, 'Forbidden')
    if (fixed && 'body' in fixed) return { status: fixed.status ?? 200, body: fixed.body }
    if (path !== '/allocation') return reply(404, '404 page not found')
    if (fixed) return reply(200, { code: 200, status: 'success', data: fixed.data })
    const [start = '', end = ''] = (query.get('window') ?? '').split(',')
    const isDay = Date.parse(end) - Date.parse(start) === 86_400_000 && query.get('step') === '1d'
    if (!isDay) return reply(400, { code: 400, message: 'Error: bad window' })
    const set = days.get(start.slice(0, 10))
    const idle = query.get('includeIdle') === 'true'
    const shown = Object.fromEntries(Object.entries(set ?? {}).filter(([name]) => idle || !name.includes('__idle__')))
    return reply(200, { code: 200, status: 'success', data: [set === undefined ? null : shown] })
  }
  const server = await startServer(handler)
  return {
    ...server,
    set: (day, allocations) => void days.set(day, allocations),
    answerWith(answer) {
      fixed = answer
    },
    requireAuthorization(value) {
      authorization = value
    },
  }
}

function reply(status: number, answer: unknown) {
  const body = typeof answer === 'string' ? answer : JSON.stringify(answer)
  return { status, headers: { 'content-type': 'application/json' }, body }
}
