import type { Handler } from '../fault-server.ts'

interface Card {
  readonly type: string
  readonly version: string
  readonly body: readonly Readonly<Record<string, unknown>>[]
  readonly actions: readonly { readonly type: string; readonly title: string; readonly url: string }[]
}

/** A Workflows webhook: 202 and no body, 28 KB at most. */
export function createFakeTeams() {
  const cards: Card[] = []
  const handler: Handler = (request) => {
    if (request.query.get('sig') !== 'secret')
      return { status: 401, body: '{"error":{"code":"DirectApiAuthorizationRequired"}}' }
    if (request.body.length > 28 * 1024) return { status: 413, body: 'RequestEntityTooLarge' }
    const { type, attachments } = JSON.parse(request.body.toString())
    const [attachment] = attachments
    if (type !== 'message' || attachment.contentType !== 'application/vnd.microsoft.card.adaptive')
      return { status: 400, body: 'TriggerInputSchemaMismatch' }
    cards.push(attachment.content)
    return { status: 202, headers: { 'x-ms-workflow-run-id': `run-${cards.length}` } }
  }
  return { handler, cards }
}
