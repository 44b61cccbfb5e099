import { z } from 'zod'
import { cronLine } from './config-sources.ts'
import { choice, missing, text, texts } from './config-values.ts'

/** Channels that a report can go to: the others open tickets and wake people. */
const reportChannels: readonly string[] = ['email', 'slack', 'teams', 'webhook']

const report = z
  .strictObject({
    /** Tells reports of one kind apart; by default the kind, with the team. */
    name: text.optional(),
    kind: choice(['executive', 'commitments', 'optimisation', 'tags', 'team']),
    team: text.optional(),
    /** When it is sent, in UTC: the first time after the end of a month, once the month is complete. */
    schedule: cronLine,
    channels: texts.min(1, 'is empty'),
    /** Without it a report for each currency. */
    currencies: z.array(text.pipe(z.string().toUpperCase()), { error: missing('must be a list') }).optional(),
    /** What is attached to an e-mail. */
    format: choice(['pdf', 'html']).default('pdf'),
  })
  .refine(({ kind, team }) => kind === undefined || (kind === 'team') === (team !== undefined), {
    message: 'is for the report of a team, and only for it',
    path: ['team'],
  })
  .transform(({ name, ...rest }) => ({ ...rest, name: name ?? [rest.kind, rest.team].filter(Boolean).join(' ') }))

export const reportsSchema = z.array(report, { error: missing('must be a list') }).default([])

export type ScheduledReport = z.output<typeof reportsSchema>[number]

/** A channel that a report names must exist and be one that takes reports; two reports of one name would share their state. */
export function reportsFit(
  config: {
    readonly reports: readonly { readonly name: string; readonly channels: readonly string[] }[]
    readonly notifications: { readonly channels: readonly { readonly name: string; readonly type: string }[] }
  },
  context: z.RefinementCtx,
): void {
  const complain = (message: string, ...path: (string | number)[]) =>
    context.addIssue({ code: 'custom', message, path })
  for (const [index, { name, channels }] of config.reports.entries()) {
    if (config.reports.findIndex((other) => other.name === name) < index)
      complain('is the name of another report', 'reports', index, 'name')
    for (const [at, channel] of channels.entries()) {
      const found = config.notifications.channels.find((one) => one.name === channel)
      if (!found) complain('is no channel of notifications', 'reports', index, 'channels', at)
      else if (!reportChannels.includes(found.type))
        complain(
          `is a ${found.type} channel; reports go to ${reportChannels.join(', ')}`,
          'reports',
          index,
          'channels',
          at,
        )
    }
  }
}
