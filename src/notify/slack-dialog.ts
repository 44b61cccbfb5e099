import type { Scope } from '../state/silences.ts'
import { scopeChoices } from './scope-choices.ts'
import { dialogId } from './slack-action.ts'

const plain = (text: string) => ({ type: 'plain_text', text })

const words = {
  expect: { title: 'Mark as expected', until: 'Until (empty: for good)' },
  mute: { title: 'Mute', until: 'Until (empty: 180 days)' },
} as const

/**
 * The dialog that asks for how long, for what and why (https://docs.slack.dev/reference/views/modal-views). What it is about travels in
 * `private_metadata`, at most 3,000 characters, and comes back signed by Slack.
 */
export function decisionDialog(
  about: { readonly incident_id: string; readonly action: 'expect' | 'mute'; readonly response_url: string | null },
  series: Scope,
): object {
  const { title, until } = words[about.action]
  const input = (name: string, label: string, element: object) => ({
    ...{ type: 'input', block_id: name, optional: true, label: plain(label) },
    element: { action_id: name, ...element },
  })
  const options = scopeChoices(series).map(({ value, label }) => ({ text: plain(label.slice(0, 75)), value }))
  return {
    type: 'modal',
    callback_id: dialogId,
    private_metadata: JSON.stringify(about),
    title: plain(title),
    submit: plain(title),
    close: plain('Cancel'),
    blocks: [
      input('until', until, { type: 'datepicker' }),
      input('scope', 'For', { type: 'static_select', options, initial_option: options[0] }),
      input('note', 'Why', { type: 'plain_text_input', max_length: 1000 }),
    ],
  }
}
