import { createHmac, timingSafeEqual } from 'node:crypto'
import { UserError } from '../errors.ts'
import type { Action } from './alert.ts'

export interface SlackRequest {
  /** Value of `X-Slack-Request-Timestamp`. */
  readonly timestamp: string | null
  /** Value of `X-Slack-Signature`. */
  readonly signature: string | null
  /** The body as received, byte for byte. */
  readonly body: string
}

export interface SlackAction {
  readonly incident_id: string
  readonly action: Action
  /** `slack:<user name or id>` */
  readonly actor: string
  /** Names this press of the button; a replay has the same. */
  readonly request_key: string
}

/** A request that is older, or newer, is refused (https://docs.slack.dev/authentication/verifying-requests-from-slack). */
export const replayWindowSeconds = 300

/**
 * The action of a pressed button, or null when the request asks for nothing (a link button, another interaction).
 *
 * @param secret the app's signing secret
 * @throws UserError when the signature is missing or wrong, or the timestamp outside of five minutes
 */
export function readSlackAction(request: SlackRequest, secret: string, now: Date): SlackAction | null {
  const problem = problemOf(request, secret, now)
  if (problem !== null)
    throw new UserError(`the request is not from Slack: ${problem}`, {
      hint: 'Check the signing secret and the clock of this machine.',
    })
  const payload = parse(new URLSearchParams(request.body).get('payload') ?? 'null')
  const [pressed] = payload?.actions ?? []
  const action = (
    { costwright_acknowledge: 'acknowledge', costwright_expect: 'expect', costwright_mute: 'mute' } as const
  )[String(pressed?.action_id)]
  if (payload?.type !== 'block_actions' || action === undefined || !pressed?.value) return null
  return {
    incident_id: pressed.value,
    action,
    actor: `slack:${payload.user?.username ?? payload.user?.id ?? 'unknown'}`,
    request_key: `slack/${request.signature}`,
  }
}

function problemOf({ timestamp, signature, body }: SlackRequest, secret: string, now: Date): string | null {
  if (timestamp === null || signature === null) return 'it is not signed'
  if (!/^\d{1,12}$/.test(timestamp)) return 'its timestamp is no number'
  const age = Math.abs(now.getTime() / 1000 - Number(timestamp))
  if (age > replayWindowSeconds) return `its timestamp is ${Math.round(age)} seconds off`
  const expected = Buffer.from(`v0=${createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex')}`)
  const given = Buffer.from(signature)
  return given.length === expected.length && timingSafeEqual(given, expected) ? null : 'its signature is wrong'
}

interface Payload {
  readonly type?: string
  readonly user?: { readonly id?: string; readonly username?: string }
  readonly actions?: readonly { readonly action_id?: string; readonly value?: string }[]
}

function parse(text: string): Payload | null {
  try {
    return JSON.parse(text) as Payload | null
  } catch (cause) {
    throw new UserError('the request from Slack holds no JSON', { cause })
  }
}
