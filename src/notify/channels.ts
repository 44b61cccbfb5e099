import type { ChannelConfig, ChannelOf } from '../config-notify.ts'
import type { ChannelContext } from './channel-context.ts'
import type { Notifier } from './notifier.ts'

type Create<Type extends ChannelConfig['type']> = (
  config: ChannelOf<Type>,
  context: ChannelContext,
) => Promise<Notifier>

/** Every kind of channel; its code is loaded when a channel of the kind is used. `takes` is what its notifier says at most. */
const kinds: { readonly [Type in ChannelConfig['type']]: Create<Type> } = {
  slack: async (config, context) => (await import('./slack.ts')).createSlack(config, context),
  teams: async (config, context) => (await import('./teams.ts')).createTeams(config, context),
  email: async (config, context) => (await import('./email.ts')).createEmail(config, context),
  webhook: async (config, context) => (await import('./webhook.ts')).createWebhook(config, context),
  pagerduty: async (config, context) => (await import('./pagerduty.ts')).createPagerduty(config, context),
  opsgenie: async (config, context) => (await import('./opsgenie.ts')).createOpsgenie(config, context),
  jira: async (config, context) => (await import('./jira.ts')).createJira(config, context),
  servicenow: async (config, context) => (await import('./servicenow.ts')).createServicenow(config, context),
}

/** Opens a channel. Throws UserError when a secret is missing or an address is not allowed. */
export function openChannel(config: ChannelConfig, context: ChannelContext): Promise<Notifier> {
  return (kinds[config.type] as Create<typeof config.type>)(config as never, context)
}

/** Whether a channel hears of acknowledgements and ends, not of news alone: systems do, and Slack's bot. */
export function takesStates(config: ChannelConfig): boolean {
  if (config.type === 'slack') return config.token_env !== undefined
  return config.type !== 'teams' && config.type !== 'email'
}
