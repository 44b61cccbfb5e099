import type { FakeRequest, Handler, Reply } from '../fault-server.ts'

interface Posted {
  readonly channel: string
  readonly ts: string
  text: string
  blocks: readonly Block[]
  readonly metadata?: { readonly event_type: string; readonly event_payload: Readonly<Record<string, string>> }
  /** How often `chat.update` changed it. */
  updates: number
}

interface Block {
  readonly type: string
  readonly text?: { readonly text: string }
  readonly elements?: readonly Readonly<Record<string, unknown>>[]
}

/** Slack's Web API and an incoming webhook, as far as messages go: it refuses what Slack refuses. */
export function createFakeSlack(options: { readonly token: string; readonly canRead?: boolean }) {
  const posted: Posted[] = []
  const hooked: { readonly text: string; readonly blocks: readonly Block[] }[] = []
  const json = (value: object): Reply => ({
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: JSON.stringify(value),
  })
  const refuse = (error: string) => json({ ok: false, error })
  const methods: Readonly<Record<string, (body: Record<string, unknown>) => Reply>> = {
    'chat.postMessage': (body) => {
      const problem = problemOf(body['blocks'] as Block[])
      if (problem) return json({ ok: false, error: 'invalid_blocks', response_metadata: { messages: [problem] } })
      const ts = `1763700000.${String(posted.length).padStart(6, '0')}`
      posted.push({ ...(body as unknown as Posted), ts, updates: 0 })
      return json({ ok: true, channel: body['channel'], ts, message: { text: body['text'], type: 'message' } })
    },
    'chat.update': (body) => {
      const found = posted.find(({ ts }) => ts === body['ts'])
      if (!found) return refuse('message_not_found')
      found.updates += 1
      Object.assign(found, { text: body['text'], blocks: body['blocks'] })
      return json({ ok: true, channel: found.channel, ts: found.ts, text: found.text })
    },
    'conversations.history': () =>
      options.canRead === false
        ? json({ ok: false, error: 'missing_scope', needed: 'channels:history', provided: 'chat:write' })
        : json({ ok: true, messages: posted.toReversed(), has_more: false }),
  }
  const handler: Handler = (request) => {
    if (request.path.startsWith('/services/')) return hook(request)
    if (request.headers.authorization !== `Bearer ${options.token}`) return refuse('invalid_auth')
    const method = methods[request.path.replace('/api/', '')]
    return method ? method(JSON.parse(request.body.toString())) : refuse('unknown_method')
  }
  function hook(request: FakeRequest): Reply {
    const message = JSON.parse(request.body.toString())
    if (problemOf(message.blocks)) return { status: 400, body: 'invalid_blocks' }
    hooked.push(message)
    return { body: 'ok' }
  }
  return { handler, posted, hooked }
}

/** Limits of Block Kit (https://docs.slack.dev/reference/block-kit/blocks). */
function problemOf(blocks: readonly Block[]): string | null {
  if (blocks.length > 50) return 'more than 50 blocks'
  for (const { type, text, elements } of blocks) {
    if (type === 'header' && (text?.text.length ?? 0) > 150) return 'header too long'
    if (type === 'section' && ((text?.text.length ?? 0) > 3000 || text?.text === '')) return 'section length'
    if (type === 'actions' && (elements?.length ?? 0) > 25) return 'too many elements'
    const ids = (elements ?? []).flatMap(({ action_id }) => (action_id === undefined ? [] : [action_id]))
    if (new Set(ids).size < ids.length) return 'an action_id is given twice'
  }
  return null
}
