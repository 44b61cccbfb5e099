import type { Handler, Reply } from '../fault-server.ts'

interface Issue {
  readonly key: string
  readonly fields: {
    readonly summary: string
    readonly labels: readonly string[]
    readonly description: object
    readonly project: { readonly key: string }
  }
  readonly comments: object[]
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
  function create(fields: Issue['fields']): Reply {
    if (fields.summary.length > 255 || fields.labels.some((label) => /\s/.test(label)))
      return answer(400, { errorMessages: [], errors: { summary: 'Summary must be less than 255 characters.' } })
    const key = `${fields.project.key}-${issues.length + 1}`
    issues.push({ key, fields, comments: [], status: 'To Do' })
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
