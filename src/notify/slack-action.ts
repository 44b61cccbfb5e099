import { createHmac, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
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

/** What a person did in Slack; `press` of a button, or the `submit` of the dialog that one opened. */
export interface SlackAction {
  readonly kind: 'press' | 'submit'
  readonly incident_id: string
  readonly action: Action
  /** `slack:<user name> (<user id>)`: names change, ids do not. */
  readonly actor: string
  /** Opens a dialog within three seconds; a press only. */
  readonly trigger_id: string | null
  /** Takes the new text of the message that has the button; not yet checked. */
  readonly response_url: string | null
  /** What the dialog's fields say; a submit only. */
  readonly terms: SlackTerms
}

export interface SlackTerms {
  readonly until: string | undefined
  readonly note: string | undefined
  readonly scope: string | undefined
}

/** A request that is older, or newer, is refused (https://docs.slack.dev/authentication/verifying-requests-from-slack). */
export const replayWindowSeconds = 300

/** Why a request is not from Slack, or null. `secret` is the app's signing secret; the comparison takes the same time for any signature. */
export function slackProblem({ timestamp, signature, body }: SlackRequest, secret: string, now: Date): string | null {
  if (timestamp === null || signature === null) return 'it is not signed'
  if (!/^\d{1,12}$/.test(timestamp)) return 'its timestamp is no number'
  const age = Math.abs(now.getTime() / 1000 - Number(timestamp))
  if (age > replayWindowSeconds) return `its timestamp is ${Math.round(age)} seconds off`
  const expected = Buffer.from(`v0=${createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex')}`)
  const given = Buffer.from(signature)
  return given.length === expected.length && timingSafeEqual(given, expected) ? null : 'its signature is wrong'
}

const actionIds: Readonly<Record<string, Action>> = {
  costwright_acknowledge: 'acknowledge',
  costwright_expect: 'expect',
  costwright_mute: 'mute',
}

/** Name of the dialog among those of the workspace's apps. */
export const dialogId = 'costwright_decide'

const user = z.object({
  id: z.string().default('unknown'),
  username: z.string().optional(),
  name: z.string().optional(),
})
const press = z.object({
  type: z.literal('block_actions'),
  user,
  trigger_id: z.string().optional(),
  response_url: z.string().optional(),
  actions: z.array(z.object({ action_id: z.string(), value: z.string().optional() })).min(1),
})
const field = z.object({
  selected_date: z.string().nullish(),
  value: z.string().nullish(),
  selected_option: z.object({ value: z.string() }).nullish(),
})
const submit = z.object({
  type: z.literal('view_submission'),
  user,
  view: z.object({
    callback_id: z.literal(dialogId),
    private_metadata: z.string(),
    state: z.object({ values: z.record(z.string(), z.record(z.string(), field)) }),
  }),
})
const held = z.object({
  incident_id: z.string(),
  action: z.enum(['expect', 'mute']),
  response_url: z.string().nullable(),
})

/**
 * What a verified request asks for, or null when it asks for nothing (a link button, another interaction).
 *
 * @throws UserError when its payload is no JSON
 */
export function readSlackAction(body: string): SlackAction | null {
  const payload = jsonOf(new URLSearchParams(body).get('payload') ?? 'null')
  const pressed = press.safeParse(payload)
  if (pressed.success) return pressOf(pressed.data)
  const submitted = submit.safeParse(payload)
  return submitted.success ? submitOf(submitted.data) : null
}

function pressOf({ actions, user: who, trigger_id, response_url }: z.output<typeof press>): SlackAction | null {
  const [{ action_id, value } = { action_id: '', value: '' }] = actions
  const action = actionIds[action_id]
  if (action === undefined || !value) return null
  return {
    ...{ kind: 'press', incident_id: value, action, actor: actorOf(who), terms: noTerms },
    ...{ trigger_id: trigger_id ?? null, response_url: response_url ?? null },
  }
}

function submitOf({ view, user: who }: z.output<typeof submit>): SlackAction | null {
  const about = held.safeParse(jsonOf(view.private_metadata))
  if (!about.success) return null
  const at = (name: string) => view.state.values[name]?.[name]
  const terms = {
    until: at('until')?.selected_date ?? undefined,
    note: at('note')?.value?.trim() || undefined,
    scope: at('scope')?.selected_option?.value,
  }
  return { kind: 'submit', ...about.data, actor: actorOf(who), trigger_id: null, terms }
}

const noTerms: SlackTerms = { until: undefined, note: undefined, scope: undefined }

const actorOf = ({ id, username, name }: z.output<typeof user>) => `slack:${username ?? name ?? 'unknown'} (${id})`

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new UserError('the request from Slack holds no JSON', { cause })
  }
}
