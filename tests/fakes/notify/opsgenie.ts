import type { Handler, Reply } from '../fault-server.ts'

function change(alert: FakeAlert, part: string, body: { note?: string }): void {
  if (part === 'acknowledge') alert.acknowledged = true
  if (part === 'close') alert.status = 'closed'
  if (part === 'put') Object.assign(alert, body)
  if (body.note) alert.notes.push(body.note)
}

interface FakeAlert {
  readonly alias: string
  message: string
  description: string
  priority: string
  status: 'open' | 'closed'
  acknowledged: boolean
  /** How often it was created while open. */
  count: number
  readonly notes: string[]
}

/** Opsgenie's alert API: requests are accepted with 202 and processed; one open alert an alias. */
export function createFakeOpsgenie(apiKey: string) {
  const alerts: FakeAlert[] = []
  let requests = 0
  const answer = (status: number, result: string): Reply => {
    requests += 1
    return { status, body: JSON.stringify({ result, took: 0.01, requestId: `request-${requests}` }) }
  }
  const handler: Handler = (request) => {
    if (request.headers.authorization !== `GenieKey ${apiKey}`)
      return { status: 403, body: JSON.stringify({ message: 'You are not authorized', took: 0, requestId: 'x' }) }
    const body = JSON.parse(request.body.toString())
    const [, alias, part] = /^\/v2\/alerts(?:\/([^/]+)\/(\w+))?$/.exec(request.path) ?? []
    if (alias === undefined) return create(body)
    if (request.query.get('identifierType') !== 'alias') return answer(422, 'identifierType')
    const open = alerts.find((one) => one.alias === alias && one.status === 'open')
    if (open) change(open, request.method === 'PUT' ? 'put' : String(part), body)
    return answer(202, 'Request will be processed')
  }
  function create(body: FakeAlert): Reply {
    if (!body.message || body.message.length > 130) return answer(422, 'message is missing or too long')
    const open = alerts.find((one) => one.alias === body.alias && one.status === 'open')
    if (open) open.count += 1
    else alerts.push({ ...body, status: 'open', acknowledged: false, count: 1, notes: [] })
    return answer(202, 'Request will be processed')
  }
  return { handler, alerts }
}
