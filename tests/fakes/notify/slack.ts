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
  readonly slack_file?: { readonly id: string }
  readonly type: string
  readonly text?: { readonly text: string }
  readonly elements?: readonly Readonly<Record<string, unknown>>[]
}

/** Slack's Web API and an incoming webhook, as far as messages go: it refuses what Slack refuses. */
export function createFakeSlack(options: {
  readonly token: string
  readonly canRead?: boolean
  /** Without the scope `files:write` it refuses uploads. */
  readonly canUpload?: boolean
  /** Whether an uploaded file may be used at once. */
  readonly isReady?: boolean
}) {
  const posted: Posted[] = []
  const hooked: { readonly text: string; readonly blocks: readonly Block[] }[] = []
  const json = (value: object): Reply => ({
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: JSON.stringify(value),
  })
  const refuse = (error: string) => json({ ok: false, error })
  const methods: Readonly<Record<string, (body: Record<string, unknown>) => Reply>> = {
    'chat.postMessage': (body) => {
      const used = fileIn(body['blocks'] as Block[])
      const isUsable = used === undefined || (options.isReady !== false && files.get(used)?.done === true)
      const problem = isUsable ? problemOf(body['blocks'] as Block[]) : 'slack_file is not ready'
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
    'files.completeUploadExternal': (body) => {
      const [{ id }] = body['files'] as [{ id: string }]
      const file = files.get(id)
      if (!file?.received) return refuse('file_not_found')
      file.done = true
      return json({ ok: true, files: [{ id }] })
    },
    'conversations.history': () =>
      options.canRead === false
        ? json({ ok: false, error: 'missing_scope', needed: 'channels:history', provided: 'chat:write' })
        : json({ ok: true, messages: posted.toReversed(), has_more: false }),
  }
  /** Uploaded files by id: how many bytes were announced, and what came. */
  const files = new Map<string, { readonly announced: number; received: Buffer | null; done: boolean }>()
  const askUpload = (request: FakeRequest): Reply => {
    if (options.canUpload === false) return json({ ok: false, error: 'missing_scope', needed: 'files:write' })
    const id = `F${files.size + 1}`
    files.set(id, { announced: Number(request.query.get('length')), received: null, done: false })
    return json({ ok: true, upload_url: `http://${request.headers.host}/upload/v1/${id}`, file_id: id })
  }
  const handler: Handler = (request) => {
    const file = files.get(request.path.replace('/upload/v1/', ''))
    if (file) {
      file.received = request.body
      return request.body.length === file.announced ? { body: 'OK' } : { status: 400, body: 'length' }
    }
    if (request.path.startsWith('/services/')) return hook(request)
    if (request.headers.authorization !== `Bearer ${options.token}`) return refuse('invalid_auth')
    if (request.path === '/api/files.getUploadURLExternal') return askUpload(request)
    const method = methods[request.path.replace('/api/', '')]
    return method ? method(JSON.parse(request.body.toString())) : refuse('unknown_method')
  }
  function hook(request: FakeRequest): Reply {
    const message = JSON.parse(request.body.toString())
    if (problemOf(message.blocks)) return { status: 400, body: 'invalid_blocks' }
    hooked.push(message)
    return { body: 'ok' }
  }
  return { handler, posted, hooked, files }
}

/** The uploaded file that a message shows. */
const fileIn = (blocks: readonly Block[]) => blocks.find(({ slack_file }) => slack_file)?.slack_file?.id

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
