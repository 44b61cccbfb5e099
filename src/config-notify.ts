import { z } from 'zod'
import { amount, choice, integer, missing, notNegative, text, texts } from './config-values.ts'

/** Secrets are named by the variable of the environment that holds them; the file never has one. */
const variable = text.pipe(
  z.string().regex(/^[A-Z_][A-Z0-9_]*$/, 'must be the name of an environment variable, in capitals, not the secret'),
)
const clock = text.pipe(z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time like 08:00'))
const timezone = text.refine(isTimezone, 'is no time zone like Europe/Berlin')
const severity = choice(['info', 'warning', 'critical'])
const weekday = choice(['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'])

const flag = z
  .preprocess((value) => String(value ?? false), z.enum(['true', 'false'], { error: 'must be true or false' }))
  .transform((value) => value === 'true')

function isTimezone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}

const common = {
  /** How routes and messages call the channel. */
  name: text.pipe(z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'must be lower-case letters, digits and dashes')),
  /** Hosts beside the service's own that may be called: a proxy, another cloud of the vendor; `.example.com` for all below it. */
  hosts: texts.default([]),
}

/** Channels that people read: they can be quiet, collected and capped. Systems get every change at once. */
const readByPeople = {
  ...common,
  /** Nothing is sent in these hours of the day, in `notifications.timezone`; critical alerts are, unless `even_critical`. */
  quiet_hours: z
    .strictObject({
      from: clock,
      to: clock,
      weekend: flag,
      even_critical: flag,
    })
    .optional(),
  /** One message a day or week instead of one an alert. */
  digest: z
    .strictObject({ every: choice(['day', 'week']), at: clock.default('08:00'), on: weekday.default('monday') })
    .optional(),
  /** More than this in an hour are rolled up into one message. */
  max_per_hour: integer(1, 1000).default(10),
}

const slack = z
  .strictObject({
    ...readByPeople,
    type: z.literal('slack'),
    /** Incoming webhook; or a bot token and a channel id, which can also update the first message. */
    url_env: variable.optional(),
    token_env: variable.optional(),
    channel: text.optional(),
    /** With it, messages have buttons that act; see docs/notifications.md. */
    signing_secret_env: variable.optional(),
    /** Only for tests. */
    endpoint: text.optional(),
  })
  .refine(
    ({ url_env, token_env, channel }) => (url_env === undefined) === (token_env !== undefined && channel !== undefined),
    {
      message: 'needs either url_env, or token_env and channel',
    },
  )

const teams = z.strictObject({ ...readByPeople, type: z.literal('teams'), url_env: variable })

const email = z.strictObject({
  ...readByPeople,
  type: z.literal('email'),
  host: text,
  port: integer(1, 65535).default(587),
  /** `starttls` refuses a server that does not offer it; `none` is for a server on this machine. */
  security: choice(['starttls', 'tls', 'none']).default('starttls'),
  user_env: variable.optional(),
  password_env: variable.optional(),
  from: text,
  to: texts.min(1, 'is empty'),
})

const webhook = z.strictObject({
  ...common,
  type: z.literal('webhook'),
  url: text,
  /** `whsec_…`; several, separated by blanks, while a secret is being replaced. */
  secret_env: variable,
})

const pagerduty = z.strictObject({
  ...common,
  type: z.literal('pagerduty'),
  routing_key_env: variable,
  region: choice(['us', 'eu']).default('us'),
  endpoint: text.optional(),
})

const opsgenie = z.strictObject({
  ...common,
  type: z.literal('opsgenie'),
  api_key_env: variable,
  region: choice(['us', 'eu']).default('us'),
  /** Team that is asked to respond. */
  responder: text.optional(),
  endpoint: text.optional(),
})

const jira = z.strictObject({
  ...common,
  type: z.literal('jira'),
  /** `https://acme.atlassian.net` */
  url: text,
  user_env: variable,
  token_env: variable,
  project: text,
  issue_type: text.default('Task'),
  /** Name of the transition that closes an issue; without it, a comment says that it is over. */
  close_transition: text.default('Done'),
})

const servicenow = z.strictObject({
  ...common,
  type: z.literal('servicenow'),
  /** `https://acme.service-now.com` */
  url: text,
  user_env: variable,
  password_env: variable,
  table: text.default('incident'),
  assignment_group: text.optional(),
  close_code: text.default('Solution provided'),
})

const channel = z.discriminatedUnion('type', [slack, teams, email, webhook, pagerduty, opsgenie, jira, servicenow], {
  error: (issue) =>
    issue.code === 'invalid_union'
      ? 'must be one of slack, teams, email, webhook, pagerduty, opsgenie, jira, servicenow'
      : undefined,
})

const list = { error: missing('must be a list') }

const percent = notNegative(amount)

/** First match decides; a condition that is left out holds for every finding, an amount that is left out is the general one. */
const impactRule = z.strictObject({
  teams: texts.optional(),
  providers: texts.optional(),
  accounts: texts.optional(),
  /** `leaf`, `total`, `provider`, `account`, `service`, `team`, `product`, `environment`, `resource_family`, `tag:…`, or a ratio. */
  levels: texts.optional(),
  amount: notNegative(amount).optional(),
  percent: percent.optional(),
})

const impact = z
  .strictObject({
    /** Excess in the finding's currency, and in percent of what was expected, from which on it is told; both are needed. */
    amount: notNegative(amount).default('10'),
    percent: percent.default('10'),
    /** The same of sums of leaves, whose small moves are clear. */
    sums_percent: percent.default('4'),
    overrides: z.array(impactRule, list).default([]),
  })
  .prefault({})

/** First match decides; a condition that is left out holds for every alert. */
const route = z.strictObject({
  teams: texts.optional(),
  owners: texts.optional(),
  severities: z.array(severity, list).optional(),
  providers: texts.optional(),
  accounts: texts.optional(),
  channels: texts,
  escalate_after_hours: integer(1, 720).optional(),
  escalate_to: texts.default([]),
})

export const notificationsSchema = z
  .strictObject({
    /** Where the dashboard is reached, for links; without it, messages have none. */
    dashboard_url: text.refine(isWebAddress, 'must be an http or https address').optional(),
    /** Address of a chart, with `{incident_id}`, that the service can load without logging in. */
    chart_url: text.refine((value) => value.includes('{incident_id}'), 'must hold {incident_id}').optional(),
    timezone: timezone.default('UTC'),
    /** Findings older than this are recorded but not told, so that a back-fill wakes nobody. */
    max_age_days: integer(0, 365).default(3),
    /** Excess in the alert's currency from which on it is a warning, and critical. */
    severity: z
      .strictObject({ warning: notNegative(amount).default('100'), critical: notNegative(amount).default('1000') })
      .prefault({}),
    /** What is told; smaller findings are recorded only, and change nothing of the model. */
    impact,
    /** Who owns a team's spend; the entry of team `unowned` is the default of spend without one. */
    owners: z.array(z.strictObject({ team: text, owner: text }), list).default([]),
    timeout_seconds: integer(1, 120).default(20),
    channels: z.array(channel, list).default([]),
    routes: z.array(route, list).default([]),
  })
  .superRefine(namesFit)
  .prefault({})

export type Notifications = Readonly<z.output<typeof notificationsSchema>>
export type ChannelConfig = Notifications['channels'][number]
export type ChannelOf<Type extends ChannelConfig['type']> = Extract<ChannelConfig, { type: Type }>

/** A channel that a route names must exist, and only once. */
function namesFit(
  value: {
    channels: readonly { name: string }[]
    routes: readonly {
      channels: readonly string[]
      escalate_to: readonly string[]
      escalate_after_hours?: number | undefined
    }[]
  },
  context: z.RefinementCtx,
): void {
  const complain = (message: string, ...path: (string | number)[]) =>
    context.addIssue({ code: 'custom', message, path })
  const names = value.channels.map(({ name }) => name)
  for (const [index, name] of names.entries())
    if (names.indexOf(name) < index) complain('is the name of another channel', 'channels', index, 'name')
  for (const [index, { channels, escalate_to, escalate_after_hours }] of value.routes.entries()) {
    for (const key of ['channels', 'escalate_to'] as const)
      for (const [at, name] of (key === 'channels' ? channels : escalate_to).entries())
        if (!names.includes(name)) complain('is no channel above', 'routes', index, key, at)
    if ((escalate_after_hours === undefined) !== (escalate_to.length === 0))
      complain('needs both escalate_after_hours and escalate_to', 'routes', index)
  }
}

function isWebAddress(value: string): boolean {
  return URL.canParse(value) && /^https?:$/.test(new URL(value).protocol)
}
