import { redact } from '../collectors/redact.ts'
import type { ChannelOf, Notifications } from '../config-notify.ts'
import { UserError } from '../errors.ts'
import type { Announcer } from '../state/announcer.ts'
import { appendAudit } from '../state/audit.ts'
import { type Choice, decide } from '../state/decide.ts'
import { readChart } from '../state/incident-charts.ts'
import { readIncident } from '../state/incident-store.ts'
import type { Change, Incident } from '../state/incidents.ts'
import { claimSignature } from '../state/signatures.ts'
import type { Database } from '../state/sqlite.ts'
import { newestReceipt } from '../state/told.ts'
import { checkAddress } from './address-guard.ts'
import { alertOf } from './announce.ts'
import type { ChannelContext } from './channel-context.ts'
import { scopeChoices } from './scope-choices.ts'
import { readSlackAction, type SlackAction, type SlackRequest, slackProblem } from './slack-action.ts'
import { openSlackApi } from './slack-api.ts'
import { slackBlocks } from './slack-blocks.ts'
import { decisionDialog } from './slack-dialog.ts'

/** What Slack is answered: 200 with the body, if any, or a refusal. */
export type SlackAnswer =
  | { readonly refused: null; readonly body: object | null }
  | { readonly refused: string; readonly status: 403 | 409 }

/** Buttons and dialogs in Slack. Slack waits three seconds for the answer, so each request makes one call of two seconds at most. */
export interface SlackDesk {
  handle(request: SlackRequest): Promise<SlackAnswer>
}

export interface SlackDeskOptions {
  readonly config: Notifications
  readonly context: ChannelContext
  readonly database: Database
  readonly announcer: Announcer
}

type Slack = ChannelOf<'slack'>

const callMs = 2000
/** Where Slack takes new texts of messages; a `response_url` elsewhere is not called. */
const responseHosts = ['hooks.slack.com', 'hooks.slack-gov.com']

/** The desk for the channels that have a signing secret; null where none has. */
export function createSlackDesk(options: SlackDeskOptions): SlackDesk | null {
  const channels = options.config.channels.filter(
    (one): one is Slack => one.type === 'slack' && one.signing_secret_env !== undefined,
  )
  return channels.length === 0 ? null : { handle: (request) => handle(request, channels, options) }
}

async function handle(
  request: SlackRequest,
  channels: readonly Slack[],
  options: SlackDeskOptions,
): Promise<SlackAnswer> {
  const { context, database } = options
  const now = context.now()
  const checked = channels.flatMap((channel) => {
    const secret = context.env(channel.signing_secret_env ?? '')?.trim()
    return secret ? [{ channel, problem: slackProblem(request, secret, now) }] : []
  })
  if (checked.length === 0)
    throw new UserError('the signing secret of Slack is not set', {
      hint: `Set ${channels[0]?.signing_secret_env} where costwright runs.`,
    })
  const channel = checked.find(({ problem }) => problem === null)?.channel
  if (!channel) return { refused: `the request is not from Slack: ${checked[0]?.problem}`, status: 403 }
  if (!claimSignature(database, String(request.signature), now))
    return { refused: 'this request was taken before', status: 409 }
  const action = readSlackAction(request.body)
  if (!action) return done(null)
  const asks = action.kind === 'press' && action.action !== 'acknowledge' && channel.token_env !== undefined
  return asks ? ask(action, channel, options) : take(action, options)
}

const done = (body: object | null): SlackAnswer => ({ refused: null, body })

/** Opens the dialog; where Slack does not let it, says so to the one who pressed. */
async function ask(action: SlackAction, channel: Slack, options: SlackDeskOptions): Promise<SlackAnswer> {
  const { incident_id, trigger_id, response_url } = action
  const incident = readIncident(options.database, incident_id)
  if (incident === null || action.action === 'acknowledge') return take(action, options)
  const view = decisionDialog({ incident_id, action: action.action, response_url }, incident.series)
  const problem = await problemOf(() =>
    openSlackApi(channel, options.context)('views.open', { trigger_id, view }, AbortSignal.timeout(callMs)),
  )
  if (problem === null) return done(null)
  note(options, action, `the dialog did not open: ${problem}`)
  return say(action, `costwright could not open its dialog: ${problem}`, options)
}

/** Decides, and shows the decision in the message that had the button. */
async function take(action: SlackAction, options: SlackDeskOptions): Promise<SlackAnswer> {
  const { database, context } = options
  const outcome = decided(choiceOf(action, database), options)
  if ('problem' in outcome) {
    if (action.kind === 'submit')
      return done({ response_action: 'errors', errors: { until: outcome.problem.slice(0, 2000) } })
    return say(action, outcome.problem, options)
  }
  const { incident } = outcome
  const alert = alertOf(options.config, {
    incident,
    change: incident.state as Change,
    context: readChart(database, incident.incident_id),
    at: context.now().toISOString(),
  })
  const message = {
    ...({ message_id: incident.incident_id, kind: 'single', alerts: [alert], created_at: alert.at } as const),
    ...{ repeated: false, first_receipt: null },
  }
  const file = chartFile(database, incident.incident_id)
  return respond(action, { replace_original: true, ...slackBlocks(message, true, file) }, options)
}

/** The chart that the message had, so that it stays in it. */
function chartFile(database: Database, incidentId: string): string | undefined {
  const receipt = newestReceipt(database, incidentId, 'file')
  return receipt?.['file']
}

function choiceOf({ incident_id, action, actor, terms }: SlackAction, database: Database): Choice {
  const series = readIncident(database, incident_id)?.series ?? {}
  const scope = scopeChoices(series).find(({ value }) => value === terms.scope && value !== 'series')?.scope
  return { incident: incident_id, action, actor, note: terms.note, until: terms.until, scope }
}

/** A decision that does not fit is told to the person who asked for it. */
function decided(
  choice: Choice,
  { database, announcer, context }: SlackDeskOptions,
): { incident: Incident } | { problem: string } {
  try {
    return decide(choice, { database, announcer, now: context.now() })
  } catch (error) {
    if (error instanceof UserError) return { problem: error.message }
    throw error
  }
}

const say = (action: SlackAction, text: string, options: SlackDeskOptions) =>
  respond(action, { response_type: 'ephemeral', replace_original: false, text: text.slice(0, 3000) }, options)

/** Sends to the message's `response_url`; a failure is in the incident's history, and the decision stands. */
async function respond(action: SlackAction, body: object, options: SlackDeskOptions): Promise<SlackAnswer> {
  const { response_url } = action
  if (response_url === null) return done(null)
  const problem = await problemOf(() => {
    const url = checkAddress(response_url, responseHosts, 'Slack')
    const headers = { 'content-type': 'application/json; charset=utf-8' }
    const call = { method: 'POST', headers, body: JSON.stringify(body), signal: AbortSignal.timeout(callMs) } as const
    return options.context.http.call(url, call)
  })
  if (problem !== null) note(options, action, `the message was not updated: ${problem}`)
  return done(null)
}

/** The boundary to Slack: what it answers must not undo a decision. */
async function problemOf(work: () => Promise<unknown>): Promise<string | null> {
  try {
    await work()
    return null
  } catch (error) {
    return redact(error instanceof Error ? error.message : String(error))
  }
}

function note({ database, context }: SlackDeskOptions, { incident_id, actor }: SlackAction, reason: string): void {
  if (readIncident(database, incident_id) === null) return
  const at = context.now().toISOString()
  appendAudit(database, { at, actor, action: 'Slack', subject: incident_id, detail: { reason } })
}
