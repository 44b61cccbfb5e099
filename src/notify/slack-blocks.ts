import { type Alert, actions, actionUrl } from './alert.ts'
import { type Content, contentOf, cut } from './content.ts'
import type { Message } from './notifier.ts'

/** `&`, `<` and `>` are Slack's control characters: a resource called `<!channel>` must not page everyone. */
export function escapeSlack(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

const marks = { info: ':large_blue_circle:', warning: ':large_orange_circle:', critical: ':red_circle:' } as const

/**
 * A message in Block Kit (https://docs.slack.dev/reference/block-kit/blocks): texts at most 3,000 characters, 150 in the header.
 *
 * @param canAct whether buttons are answered; otherwise there are links only
 * @param file id of the uploaded chart; without it the configured address of charts is used, if any
 */
export function slackBlocks(message: Message, canAct: boolean, file?: string): { text: string; blocks: object[] } {
  const content = contentOf(message)
  const [alert] = message.alerts
  const isSingle = message.kind === 'single' && alert !== undefined
  return {
    text: cut(escapeSlack(content.title), 3000),
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: cut(content.title, 150) } },
      { type: 'section', text: { type: 'mrkdwn', text: cut(body(content, isSingle), 3000) } },
      ...(isSingle ? singleParts(alert, content, { canAct, file }) : []),
    ],
  }
}

function body({ facts }: Content, isSingle: boolean): string {
  const lines = facts.map(({ label, value }) =>
    isSingle || !value.startsWith('http')
      ? `*${escapeSlack(label)}*  ${escapeSlack(value)}`
      : `• <${escapeSlack(value)}|${escapeSlack(label)}>`,
  )
  return lines.join('\n') || ' '
}

function singleParts(
  alert: Alert,
  { trend, title }: Content,
  { canAct, file }: { canAct: boolean; file: string | undefined },
): object[] {
  const alt_text = cut(`Daily cost: ${title}`, 2000)
  const source = file !== undefined ? { slack_file: { id: file } } : alert.chart_url && { image_url: alert.chart_url }
  const buttons = isOver(alert) ? [] : buttonsOf(alert, canAct)
  const facts = `${marks[alert.severity]} ${alert.severity} · incident \`${alert.incident_id}\``
  return [
    ...(source ? [{ type: 'image', ...source, alt_text }] : []),
    {
      type: 'context',
      elements: [{ type: 'mrkdwn', text: trend === null ? facts : `${trend}\n${facts}` }],
    },
    ...(buttons.length === 0
      ? []
      : [{ type: 'actions', block_id: `costwright-${alert.incident_id}`, elements: buttons }]),
  ]
}

const isOver = ({ state }: Alert) => state !== 'open' && state !== 'acknowledged'

function buttonsOf({ incident_id, url, state }: Alert, canAct: boolean): object[] {
  const left = actions.filter(({ action }) => !(state === 'acknowledged' && action === 'acknowledge'))
  const label = (text: string) => ({ type: 'plain_text', text })
  const acting = left.map(({ action, label: text }) => ({
    type: 'button',
    action_id: `costwright_${action}`,
    value: incident_id,
    text: label(text),
    ...(action === 'acknowledge' ? { style: 'primary' } : {}),
  }))
  const linked = (target: string) =>
    left.map(({ action, label: text }) => ({
      type: 'button',
      action_id: `costwright_link_${action}`,
      url: actionUrl(target, action),
      text: label(text),
    }))
  const open = url === null ? [] : [{ type: 'button', action_id: 'costwright_open', url, text: label('Open') }]
  return [...(canAct ? acting : url === null ? [] : linked(url)), ...open]
}
