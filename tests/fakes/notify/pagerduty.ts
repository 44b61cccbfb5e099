import type { Handler, Reply } from '../fault-server.ts'

interface Event {
  readonly routing_key: string
  readonly event_action: 'trigger' | 'acknowledge' | 'resolve'
  readonly dedup_key: string
  readonly payload?: { readonly summary: string; readonly source: string; readonly severity: string }
}

/** Events API v2: an open incident a dedup key; further triggers join it. */
export function createFakePagerduty(routingKey: string) {
  const events: Event[] = []
  const incidents: { readonly dedup_key: string; status: 'triggered' | 'acknowledged' | 'resolved' }[] = []
  const answer = (status: number, value: object): Reply => ({ status, body: JSON.stringify(value) })
  const handler: Handler = (request) => {
    const event = JSON.parse(request.body.toString()) as Event
    const errors = problemsOf(event, routingKey)
    if (request.path !== '/v2/enqueue') return answer(404, { status: 'not found' })
    if (errors.length > 0) return answer(400, { status: 'invalid event', message: 'Event object is invalid', errors })
    events.push(event)
    const open = incidents.find(({ dedup_key, status }) => dedup_key === event.dedup_key && status !== 'resolved')
    if (event.event_action === 'trigger') {
      if (!open) incidents.push({ dedup_key: event.dedup_key, status: 'triggered' })
    } else if (open) open.status = event.event_action === 'acknowledge' ? 'acknowledged' : 'resolved'
    return answer(202, { status: 'success', message: 'Event processed', dedup_key: event.dedup_key })
  }
  return { handler, events, incidents }
}

function problemsOf({ routing_key, event_action, dedup_key, payload }: Event, expected: string): string[] {
  const problems: string[] = []
  if (routing_key !== expected) problems.push("'routing_key' is invalid")
  if (dedup_key.length > 255) problems.push("'dedup_key' is too long (maximum is 255 characters)")
  if (event_action !== 'trigger') return problems
  if (!payload) return [...problems, "'payload' is missing or blank"]
  if (payload.summary === '' || payload.summary.length > 1024) problems.push("'payload.summary' is missing or too long")
  if (payload.source === '') problems.push("'payload.source' is missing or blank")
  if (!['critical', 'error', 'warning', 'info'].includes(payload.severity))
    problems.push("'payload.severity' is invalid")
  return problems
}
