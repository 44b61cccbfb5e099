import type { ChannelOf } from '../config-notify.ts'
import { checkAddress } from './address-guard.ts'
import { type ChannelContext, secretOf } from './channel-context.ts'
import { RefusedCall } from './http.ts'

/** One method of Slack's Web API; throws RefusedCall with Slack's own word for what is wrong. */
export type SlackApi = (method: string, body: object, signal: AbortSignal) => Promise<SlackAnswerBody>

type SlackAnswerBody = Readonly<Record<string, unknown>>

export const slackHosts = ['slack.com', 'hooks.slack.com', 'slack-gov.com', 'hooks.slack-gov.com']

/** Slack's Web API as the channel's bot. Slack answers 200 to most errors and says so in the body. */
export function openSlackApi(config: ChannelOf<'slack'>, context: ChannelContext): SlackApi {
  const { name, endpoint, hosts, token_env } = config
  const base = checkAddress(endpoint ?? 'https://slack.com', [...slackHosts, ...hosts], name)
  const token = secretOf(context, token_env ?? '', name)
  const { http } = context
  return async (method, body, signal) => {
    const headers = { authorization: `Bearer ${token}` }
    const answer = await http.callJson(new URL(`/api/${method}`, base), { method: 'POST', headers, body, signal })
    const { ok, error } = (answer ?? {}) as { ok?: boolean; error?: string }
    if (ok === true) return answer as SlackAnswerBody
    const code = error ?? 'no answer'
    throw new RefusedCall({ status: 200, headers: new Map() }, `${method} was refused: ${code}`, code)
  }
}
