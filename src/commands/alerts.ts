import { readFileSync } from 'node:fs'
import { UserError } from '../errors.ts'
import type { Alerts } from '../runtime-notify.ts'
import { readAudit } from '../state/audit.ts'
import { type Choice, incidentNamed } from '../state/decide.ts'
import { parseDetectionRun } from '../state/detection-run.ts'
import { listIncidents } from '../state/incident-store.ts'
import { type Incident, incidentStates } from '../state/incidents.ts'
import { deliveryStates, retryFailed } from '../state/outbox.ts'
import { actionableShare, type Judgement } from '../state/silence-store.ts'
import { type Scope, scopeKeys } from '../state/silences.ts'
import { formatShare } from '../web/format.ts'
import { type Command, type CommandArgs, type CommandIo, dayOption, textOption } from './command.ts'
import { formatTable } from './table.ts'

type Run = (args: CommandArgs, io: CommandIo, alerts: Alerts) => number | Promise<number>

const verbs: Readonly<Record<string, Run>> = {
  list,
  show,
  ack: (args, io, alerts) => choose('acknowledge', args, io, alerts),
  expect: (args, io, alerts) => choose('expect', args, io, alerts),
  mute: (args, io, alerts) => choose('mute', args, io, alerts),
  resolve: (args, io, alerts) => choose('resolve', args, io, alerts),
  plan,
  apply,
  deliver,
}

/** `costwright alerts`: incidents, decisions on them, and the sending of messages. */
export const alertsCommand: Command = {
  options: Object.fromEntries([
    ...[
      'state',
      'team',
      'by',
      'note',
      'until',
      'scope',
      'verdict',
      'start',
      'end',
      'direction',
      'currency',
      'since',
    ].map((name) => [name, { type: 'string' as const }]),
    ['again', { type: 'boolean' as const }],
  ]),
  help: [
    'list [--state S] [--team T]   incidents, how they were told, and the share that was judged actionable',
    'show ID                       one incident with everything that was decided and sent',
    'ack ID                        somebody looks at it: judged actionable',
    'expect ID [--until DAY]       the change is meant: silent until then, or for good; --scope widens it',
    'mute ID [--until DAY]         noise: silent (180 days) unless it is twice as large',
    'resolve ID [--verdict V]      it is over; V: actionable, expected, noise',
    'plan --scope k=v,… --start DAY --end DAY [--direction up|down]   announces a change',
    'apply FILE [--currency C] [--since DAY]   takes the alerts that `detect --out` wrote; open incidents that began on or',
    '                              after --since and are not in it are withdrawn',
    'deliver [--again]             sends what is owed; --again also what has failed for good',
    '--by NAME  --note TEXT        who decides, and why; both are kept in the audit log',
  ],
  async run(args, io) {
    const [verb = 'list', ...positionals] = args.positionals
    const run = verbs[verb]
    if (!run)
      throw new UserError(`there is no alerts ${verb}`, { hint: `Use one of: ${Object.keys(verbs).join(', ')}.` })
    const alerts = await io.runtime().alerts()
    try {
      return await run({ ...args, positionals }, io, alerts)
    } finally {
      alerts.close()
    }
  },
}

function list(args: CommandArgs, io: CommandIo, { database }: Alerts): number {
  const state = oneOf(args, 'state', incidentStates)
  const incidents = listIncidents(database, { state, team: textOption(args, 'team') })
  const told = new Map(deliveryStates(database).map((row) => [row['incident_id'], row]))
  const kpi = actionableShare(database, '')
  if (args.values['json']) {
    const rows = incidents.map((one) => ({ ...one, deliveries: told.get(one.incident_id) ?? null }))
    io.out(`${JSON.stringify({ incidents: rows, actionable: kpi })}\n`)
    return 0
  }
  const columns = ['id', 'state', 'opened', 'team', 'series', 'direction', 'excess', 'told'].map((name) => ({
    name,
    type: name === 'excess' ? 'DECIMAL(38,9)' : 'VARCHAR',
  }))
  const rows = incidents.map((one) => ({ ...rowOf(one), told: toldText(told.get(one.incident_id)) }))
  io.out(formatTable({ columns, rows }, io.columns))
  for (const row of told.values()) if (row['error'] !== null) io.note(`not delivered: ${row['error']}`)
  const judged = `${kpi.actionable} of ${kpi.judged} judged, ${kpi.told} told`
  io.note(`actionable: ${formatShare(kpi.share)} (${judged}; target above 80 %)`)
  return 0
}

function rowOf({ incident_id, state, opened_on, series, direction, excess, until }: Incident) {
  const { provider, account, service, team } = series
  return {
    id: incident_id,
    state: until === null ? state : `${state} until ${until}`,
    opened: opened_on,
    team: team === '' ? 'nobody' : (team ?? 'all'),
    series: [provider, account, service].filter((part) => part !== undefined).join(' › ') || 'total',
    direction,
    excess,
  }
}

function toldText(row: Readonly<Record<string, unknown>> | undefined): string {
  if (!row) return 'nobody'
  const parts = ['delivered', 'waiting', 'failed'].filter((name) => Number(row[name]) > 0)
  return parts.map((name) => `${row[name]} ${name}`).join(', ')
}

function show(args: CommandArgs, io: CommandIo, { database }: Alerts): number {
  const incident = incidentNamed(database, idOf(args))
  const messages = database
    .all('select distinct message_id from deliveries where incident_id = $incident_id and message_id is not null', {
      incident_id: incident.incident_id,
    })
    .flatMap((row) => readAudit(database, String(row['message_id'])))
  const history = [...readAudit(database, incident.incident_id), ...messages].toSorted((a, b) => (a.at < b.at ? -1 : 1))
  io.out(`${JSON.stringify({ incident, history }, null, args.values['json'] ? 0 : 2)}\n`)
  return 0
}

function choose(action: Choice['action'], args: CommandArgs, io: CommandIo, alerts: Alerts): number {
  const { incident, told } = alerts.decide({
    incident: idOf(args),
    action,
    actor: textOption(args, 'by') ?? alerts.actor,
    note: textOption(args, 'note'),
    until: dayOption(args, 'until'),
    scope: scopeOption(args),
    verdict: oneOf<Judgement>(args, 'verdict', ['actionable', 'expected', 'noise']),
  })
  io.out(
    args.values['json']
      ? `${JSON.stringify(incident)}\n`
      : `${incident.incident_id} is ${incident.state}${incident.until === null ? '' : ` until ${incident.until}`}\n`,
  )
  if (told > 0)
    io.note(`${told} channel${told === 1 ? '' : 's'} will hear of it: \`costwright alerts deliver\` sends now`)
  return 0
}

function plan(args: CommandArgs, io: CommandIo, alerts: Alerts): number {
  const scope = scopeOption(args)
  const start = dayOption(args, 'start')
  const end = dayOption(args, 'end')
  if (!scope || start === undefined || end === undefined)
    throw new UserError('a planned change needs --scope, --start and --end', {
      hint: 'For example --scope account=111122223333,service=AmazonEC2 --start 2026-03-01 --end 2026-03-15.',
    })
  const direction = oneOf(args, 'direction', ['up', 'down'] as const) ?? null
  const note = textOption(args, 'note') ?? null
  const id = alerts.plan({ scope, start, end, direction, note, actor: textOption(args, 'by') ?? alerts.actor })
  io.out(`planned change ${id}\n`)
  return 0
}

function apply(args: CommandArgs, io: CommandIo, alerts: Alerts): number {
  const [file] = args.positionals
  if (file === undefined) throw new UserError('name the file that `costwright detect --out` wrote')
  const run = parseDetectionRun(readJson(file), textOption(args, 'currency') ?? null, file)
  const { changes, told } = alerts.apply(run, dayOption(args, 'since') ?? null)
  io.out(`${changes} changes, ${told} messages owed\n`)
  return 0
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (cause) {
    throw new UserError(`${file} cannot be read as JSON`, { hint: 'Give an existing file of `detect --out`.', cause })
  }
}

/** Exit code 1 when a channel could not be reached, with its error; the messages stay owed. */
async function deliver(args: CommandArgs, io: CommandIo, alerts: Alerts): Promise<number> {
  if (args.values['again']) retryFailed(alerts.database, new Date(0).toISOString())
  const results = await alerts.deliver(AbortSignal.timeout(30 * 60_000))
  if (args.values['json']) io.out(`${JSON.stringify({ channels: results })}\n`)
  else for (const { channel, delivered } of results) io.out(`${channel}: ${delivered} delivered\n`)
  for (const { error } of results) if (error !== null) io.note(`not delivered: ${error}`)
  return results.some(({ error }) => error !== null) ? 1 : 0
}

function idOf({ positionals: [id] }: CommandArgs): string {
  if (id !== undefined) return id
  throw new UserError('name an incident', {
    hint: '`costwright alerts list` shows the ids; their beginning is enough.',
  })
}

function oneOf<Value extends string>(args: CommandArgs, name: string, known: readonly Value[]): Value | undefined {
  const text = textOption(args, name)
  const found = known.find((one) => one === text)
  if (text === undefined || found !== undefined) return found
  throw new UserError(`--${name} ${text} is unknown`, { hint: `Use one of: ${known.join(', ')}.` })
}

/** `account=111122223333,service=AmazonEC2`; a dimension that is left out may be anything. */
function scopeOption(args: CommandArgs): Scope | undefined {
  const text = textOption(args, 'scope')
  if (text === undefined) return undefined
  const pairs = text.split(',').map((pair) => pair.split('=').map((part) => part.trim()))
  const wrong = pairs.find(([key, value]) => value === undefined || !scopeKeys.some((known) => known === key))
  if (!wrong) return Object.fromEntries(pairs) as Scope
  throw new UserError(`--scope ${text} is not understood at ${wrong.join('=')}`, {
    hint: `Write ${scopeKeys.join('=…,')}=…, any of them.`,
  })
}
