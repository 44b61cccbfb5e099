import { createTransport } from 'nodemailer'
import type { ChannelOf } from '../config-notify.ts'
import { UserError } from '../errors.ts'
import { isLoopbackHost } from './address-guard.ts'
import { actions, actionUrl } from './alert.ts'
import { type ChannelContext, secretOf } from './channel-context.ts'
import { chartPng } from './chart-png.ts'
import { contentOf, plainText } from './content.ts'
import type { Message, Notifier } from './notifier.ts'

/** A connection to the channel's server. Throws UserError when mail would leave this machine unencrypted or a secret is missing. */
export function createMailer(config: ChannelOf<'email'>, context: ChannelContext) {
  const { name, host, port, security } = config
  if (security === 'none' && !isLoopbackHost(host))
    throw new UserError(`channel ${name}: mail to ${host} must be encrypted`, {
      hint: 'Set `security: starttls` or `tls`; `none` is for a server on this machine.',
    })
  const pass = config.password_env === undefined ? undefined : secretOf(context, config.password_env, name)
  const user = config.user_env === undefined ? undefined : secretOf(context, config.user_env, name)
  return createTransport({
    host,
    port,
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'none',
    ...(user === undefined ? {} : { auth: { user, pass: pass ?? '' } }),
    connectionTimeout: context.timeoutMs,
    greetingTimeout: context.timeoutMs,
    socketTimeout: context.timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
}

/** E-mail by SMTP. SMTP has no idempotency: a repeated message has the same Message-ID, which most mailboxes show once. */
export function createEmail(config: ChannelOf<'email'>, context: ChannelContext): Notifier {
  const { name, from, to } = config
  const mailer = createMailer(config, context)
  return {
    name,
    repeats: 'same_key',
    takes: 'news',
    async deliver(message, signal) {
      const messageId = `<${message.message_id}@costwright>`
      const earlier = message.first_receipt?.['message_id']
      const sent = await mailer
        .sendMail({
          from,
          to: [...to],
          messageId,
          date: message.created_at,
          ...(earlier === undefined || earlier === messageId ? {} : { inReplyTo: earlier, references: earlier }),
          headers: { 'Auto-Submitted': 'auto-generated', 'X-Costwright-Key': message.message_id },
          ...partsOf(message),
          signal,
        })
        .catch((error: unknown) => {
          throw explained(error)
        })
      const rejected = sent.rejected.map(String).join(', ')
      return { message_id: messageId, ...(rejected === '' ? {} : { rejected }) }
    },
  }
}

/** A reply 4yz asks to come back later (RFC 5321 section 4.2.1); in nodemailer's error it looks like any other. */
export function explained(error: unknown): unknown {
  const { responseCode } = error as { responseCode?: number }
  if (responseCode === undefined || responseCode < 400 || responseCode >= 500 || !(error instanceof Error)) return error
  return Object.assign(new Error(error.message, { cause: error }), { code: 'ServerBusy' })
}

function partsOf(message: Message) {
  const content = contentOf(message)
  const [alert] = message.alerts
  const single = message.kind === 'single' ? alert : undefined
  const chart = single ? chartPng(single.history) : null
  const links = single?.url
    ? [
        { label: 'Open', url: single.url },
        ...actions.map(({ action, label }) => ({ label, url: actionUrl(single.url ?? '', action) })),
      ]
    : []
  const rows = content.facts.map(
    ({ label, value }) => `<tr><td>${escapeHtml(label)}</td><td>${linked(value)}</td></tr>`,
  )
  return {
    subject: content.title.replaceAll('\u00a0', ' '),
    text: [plainText(content), ...links.map(({ label, url }) => `${label}: ${url}`), ''].join('\n'),
    html: [
      `<h2>${escapeHtml(content.title)}</h2>`,
      `<table cellpadding="4">${rows.join('')}</table>`,
      ...(chart ? [`<p><img src="cid:chart@costwright" alt="Daily cost" width="320" height="90"></p>`] : []),
      `<p>${links.map(({ label, url }) => `<a href="${escapeHtml(url)}">${label}</a>`).join(' · ')}</p>`,
    ].join('\n'),
    attachments: chart ? [{ filename: 'cost.png', content: chart, cid: 'chart@costwright' }] : [],
  }
}

function linked(value: string): string {
  const text = escapeHtml(value)
  return /^https?:\/\/\S+$/.test(value) ? `<a href="${text}">Open</a>` : text
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
