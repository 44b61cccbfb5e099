import type { ChannelOf } from '../config-notify.ts'
import { checkAddress } from './address-guard.ts'
import { type ChannelContext, secretOf } from './channel-context.ts'
import { RefusedCall } from './http.ts'

/** One method of Slack's Web API; throws RefusedCall with Slack's own word for what is wrong. */
export type SlackApi = (method: string, body: object, signal: AbortSignal) => Promise<SlackAnswerBody>

export type SlackAnswerBody = Readonly<Record<string, unknown>>

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
    if (ok === true) return answer as Readonly<Record<string, unknown>>
    const code = error ?? 'no answer'
    throw new RefusedCall({ status: 200, headers: new Map() }, `${method} was refused: ${code}`, code)
  }
}

/**
 * Uploads a picture that only the app's own messages show (https://docs.slack.dev/messaging/working-with-files, scope `files:write`). A
 * process that dies in between leaves a file that nobody sees, not a second message.
 *
 * @returns the file's id
 */
export async function uploadSlackFile(
  config: ChannelOf<'slack'>,
  context: ChannelContext,
  { png, title, signal }: { png: Buffer; title: string; signal: AbortSignal },
): Promise<string> {
  const api = openSlackApi(config, context)
  const asked = `files.getUploadURLExternal?${new URLSearchParams({ filename: 'cost.png', length: String(png.length) })}`
  const { upload_url, file_id } = await api(asked, {}, signal)
  const url = checkAddress(String(upload_url), ['files.slack.com', 'files.slack-gov.com', ...config.hosts], config.name)
  await context.http.call(url, { method: 'POST', headers: { 'content-type': 'image/png' }, body: png, signal })
  await api('files.completeUploadExternal', { files: [{ id: file_id, title }] }, signal)
  return String(file_id)
}
