import { failureOf } from '../collectors/failure.ts'
import { redact } from '../collectors/redact.ts'
import { createRetry } from '../collectors/retry.ts'
import type { ChannelConfig, Notifications } from '../config-notify.ts'
import { UpstreamError, UserError } from '../errors.ts'
import {
  alertsOf,
  busyChannels,
  claimMessage,
  firstReceipt,
  renewClaim,
  type Settlement,
  type StoredMessage,
  settleMessage,
} from '../state/outbox.ts'
import type { Database } from '../state/sqlite.ts'
import type { Alert } from './alert.ts'
import { escalate } from './escalate.ts'
import { RefusedCall } from './http.ts'
import type { Message, Notifier, Receipt } from './notifier.ts'
import { planChannel } from './plan.ts'

export interface DeliverOptions {
  readonly database: Database
  readonly config: Notifications
  /** Opens a channel; throws UserError when it is not set up. */
  readonly open: (config: ChannelConfig) => Promise<Notifier>
  readonly now: () => Date
  /** Names this process among those that deliver. */
  readonly worker: string
  readonly signal: AbortSignal
  /** Uniform in [0, 1). */
  readonly random: () => number
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<unknown>
}

export interface Delivered {
  readonly channel: string
  readonly delivered: number
  /** What went wrong, for people; null when nothing did. */
  readonly error: string | null
}

/** An attempt ends before its claim does, so that two processes never send the same message at once. */
const attemptMs = 4 * 60_000
const claimMs = 5 * 60_000
/** Attempts within a run; later ones are those of the schedule. */
const attemptsAtOnce = 3
const longestWaitMs = 60_000
/** Minutes until the next attempt (the schedule that Standard Webhooks recommends); after the last one a message has failed. */
const scheduleMinutes = [1, 5, 30, 120, 300, 600, 840, 1200, 1440]

/**
 * Sends what is owed, channel by channel at the same time, and notes each outcome after its effect. A process that dies in between leaves a
 * claim that runs out; the next one sends the message again with the same key and knows that it may have arrived.
 */
export async function deliver(options: DeliverOptions): Promise<Delivered[]> {
  const { database, config, now } = options
  escalate(database, config, now())
  return Promise.all(busyChannels(database).map((name) => deliverChannel(name, options)))
}

/** The boundary of a channel: its failure is its own, and is reported with its name. */
async function deliverChannel(name: string, options: DeliverOptions): Promise<Delivered> {
  const { database, config, now } = options
  const channel = config.channels.find((one) => one.name === name)
  if (!channel) return { channel: name, delivered: 0, error: `${name}: there is no such channel in the configuration` }
  planChannel(database, channel, config, now())
  let delivered = 0
  let lost: string | null = null
  for (;;) {
    options.signal.throwIfAborted()
    const at = now()
    const until = new Date(at.getTime() + claimMs).toISOString()
    const claimed = claimMessage(database, name, { worker: options.worker, now: at.toISOString(), until })
    if (!claimed) return { channel: name, delivered, error: lost }
    const settled = await attempt(channel, claimed, options)
    settleMessage(database, claimed, settled, now().toISOString())
    if (settled.status === 'pending') return { channel: name, delivered, error: settled.error }
    if (settled.status === 'failed') lost = settled.error
    else delivered += 1
  }
}

async function attempt(channel: ChannelConfig, stored: StoredMessage, options: DeliverOptions): Promise<Settlement> {
  const { now } = options
  const asked = { ms: 0 }
  try {
    const receipt = await send(channel, stored, options, asked)
    return { status: 'delivered', not_before: now().toISOString(), error: null, receipt }
  } catch (error) {
    options.signal.throwIfAborted()
    const failure = failureOf(error instanceof UpstreamError ? (error.cause ?? error) : error)
    const minutes = scheduleMinutes[stored.attempts - 1]
    const waitMs = Math.max(asked.ms, failure.waitMs ?? 0, (minutes ?? 0) * 60_000)
    const isLost = minutes === undefined || isRefusedForGood(error)
    return {
      status: isLost ? 'failed' : 'pending',
      not_before: new Date(now().getTime() + waitMs).toISOString(),
      error: wordsOf(channel.name, error, failure.message),
      receipt: null,
    }
  }
}

/** What went wrong, with the channel's name once and the remedy where there is one; no secrets. */
function wordsOf(name: string, error: unknown, message: string): string {
  if (error instanceof UserError) return `${redact(error.message)}${error.hint ? `. ${error.hint}` : ''}`
  return error instanceof UpstreamError && error.cause === undefined ? redact(error.message) : `${name}: ${message}`
}

/** The service has read the message and does not want it; other refusals (a secret, a missing channel) end when someone puts them right. */
function isRefusedForGood(error: unknown): boolean {
  const cause = error instanceof UpstreamError ? error.cause : error
  return cause instanceof RefusedCall && [400, 410, 413, 422].includes(cause.status)
}

async function send(
  channel: ChannelConfig,
  stored: StoredMessage,
  options: DeliverOptions,
  asked: { ms: number },
): Promise<Receipt> {
  const { database, now, worker, signal, random, wait } = options
  const notifier = await options.open(channel)
  const hold = (ms: number) => {
    const until = new Date(now().getTime() + ms + claimMs).toISOString()
    if (!renewClaim(database, stored.message_id, worker, until))
      throw new UpstreamError(channel.name, 'another process has taken the message over')
  }
  const retry = createRetry({
    source: channel.name,
    signal,
    random,
    attempts: attemptsAtOnce,
    onWait: (_, failure, ms) => {
      asked.ms = ms
      if (ms > longestWaitMs) throw new UpstreamError(channel.name, failure.message, { retryable: true })
      hold(ms)
    },
    ...(wait ? { wait } : {}),
  })
  let tries = stored.attempts - 1
  return retry(`message ${stored.message_id}`, (running) => {
    hold(0)
    tries += 1
    const message = messageOf(database, stored, tries > 1)
    return notifier.deliver(message, AbortSignal.any([running, AbortSignal.timeout(attemptMs)]))
  })
}

function messageOf(database: Database, stored: StoredMessage, repeated: boolean): Message {
  const receipt = firstReceipt(database, stored.message_id)
  return {
    message_id: stored.message_id,
    kind: stored.kind,
    alerts: alertsOf(database, stored.message_id).map((alert) => JSON.parse(alert) as Alert),
    created_at: stored.created_at,
    repeated,
    first_receipt: receipt === null ? null : (JSON.parse(receipt) as Receipt),
  }
}
