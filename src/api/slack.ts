import { Hono } from 'hono'
import type { ApiContext } from './context.ts'
import { type ApiEnv, refuse } from './http.ts'
import { maximalSlackBody, smallBody } from './write-guard.ts'

const fresh = { 'cache-control': 'no-store' } as const

/** `/slack/actions`: the interactivity address of the Slack app. Who asks is told by Slack's signature, not by a login. */
export function slackRoutes({ incidents }: ApiContext): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>()
  app.post('/slack/actions', async (c) => {
    const desk =
      incidents?.slack ??
      refuse({
        status: 404,
        code: 'no-slack',
        detail: 'no Slack channel has a signing secret',
        hint: 'Set `signing_secret_env` of the channel in costwright.yaml.',
      })
    const body = await smallBody(c.req.raw, maximalSlackBody)
    if (body === null) return refuse({ status: 413, code: 'body-too-large', detail: 'the body is too long' })
    const timestamp = c.req.header('x-slack-request-timestamp') ?? null
    const signature = c.req.header('x-slack-signature') ?? null
    const answer = await desk.handle({ timestamp, signature, body })
    if (answer.refused !== null)
      return refuse({ status: answer.status, code: 'not-from-slack', detail: answer.refused })
    return answer.body === null ? c.body(null, 200, fresh) : c.json(answer.body, 200, fresh)
  })
  return app
}
