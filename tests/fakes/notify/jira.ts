import type { FakeRequest, Handler, Reply } from '../fault-server.ts'

interface Issue {
  readonly key: string
  readonly fields: {
    readonly summary: string
    readonly labels: readonly string[]
    readonly description: object
    readonly project: { readonly key: string }
  }
  readonly comments: object[]
  /** Names of attached files. */
  readonly files: string[]
  status: string
}

/** Jira Cloud's REST API v3. `lag`: issues that its search does not show yet, from the newest. */
export function createFakeJira(credentials: string, options: { lag?: number } = {}) {
  const issues: Issue[] = []
  const answer = (status: number, value?: object): Reply => ({
    status,
    ...(value ? { headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) } : {}),
  })
  const handler: Handler = (request) => {
    const expected = `Basic ${Buffer.from(credentials).toString('base64')}`
    if (request.headers.authorization !== expected)
      return answer(401, { errorMessages: ['Client must be authenticated'] })
    const [, attached] = /^\/rest\/api\/3\/issue\/([^/]+)\/attachments$/.exec(request.path) ?? []
    if (attached !== undefined) return attach(attached, request)
    const body = request.body.length > 0 ? JSON.parse(request.body.toString()) : {}
    const path = request.path.replace('/rest/api/3/', '')
    if (path === 'issue') return create(body.fields)
    if (path === 'search/jql') {
      const label = /labels = "([^"]+)"/.exec(body.jql)?.[1] ?? ''
      const visible = issues.slice(0, issues.length - (options.lag ?? 0))
      const found = visible.filter(({ fields }) => fields.labels.includes(label)).toReversed()
      return answer(200, { isLast: true, issues: found.slice(0, body.maxResults).map(({ key }) => ({ key, id: key })) })
    }
    const [, key, part] = /^issue\/([^/]+)\/(comment|transitions)$/.exec(path) ?? []
    const issue = issues.find((one) => one.key === key)
    if (!issue) return answer(404, { errorMessages: ['Issue does not exist or you do not have permission to see it.'] })
    return part === 'comment' ? comment(issue, request.method, body) : transitions(issue, request.method, body)
  }
  function attach(key: string, request: FakeRequest): Reply {
    const issue = issues.find((one) => one.key === key)
    if (request.headers['x-atlassian-token'] !== 'no-check') return { status: 403, body: 'XSRF check failed' }
    const [, boundary = '?'] = /^multipart\/form-data; boundary=(.+)$/.exec(request.headers['content-type'] ?? '') ?? []
    const text = request.body.toString('latin1')
    const [, name, file = ''] =
      new RegExp(
        `^--${boundary}\\r\\n[\\s\\S]*filename="([^"]+)"[\\s\\S]*?\\r\\n\\r\\n([\\s\\S]*)\\r\\n--${boundary}--`,
      ).exec(text) ?? []
    if (!issue || !name || !file.startsWith('\x89PNG')) return answer(404)
    issue.files.push(name)
    return answer(200, [{ id: '1', filename: name }])
  }
  function create(fields: Issue['fields']): Reply {
    if (fields.summary.length > 255 || fields.labels.some((label) => /\s/.test(label)))
      return answer(400, { errorMessages: [], errors: { summary: 'Summary must be less than 255 characters.' } })
    const key = `${fields.project.key}-${issues.length + 1}`
    issues.push({ key, fields, comments: [], files: [], status: 'To Do' })
    return answer(201, { id: String(10_000 + issues.length), key, self: `https://example/${key}` })
  }
  function comment(issue: Issue, method: string, body: { body: object }): Reply {
    if (method === 'GET') return answer(200, { comments: issue.comments, total: issue.comments.length })
    issue.comments.push(body.body)
    return answer(201, { id: String(issue.comments.length) })
  }
  function transitions(issue: Issue, method: string, body: { transition: { id: string } }): Reply {
    const possible = issue.status === 'Done' ? [] : [{ id: '31', name: 'Done', to: { name: 'Done' } }]
    if (method === 'GET') return answer(200, { transitions: possible })
    if (body.transition.id !== '31')
      return answer(400, { errorMessages: ['It seems that you have tried an invalid transition'] })
    issue.status = 'Done'
    return answer(204)
  }
  return { handler, issues }
}
