import { UserError } from '../errors.ts'
import { createKey, keyEnd, keyStatus, listKeys, revokeKey, roles } from '../state/api-keys.ts'
import { type Command, type CommandArgs, type CommandIo, textOption } from './command.ts'
import { formatTable } from './table.ts'

/** `costwright keys`: who may ask the API. */
export const keysCommand: Command = {
  options: {
    role: { type: 'string' },
    team: { type: 'string', multiple: true },
    expires: { type: 'string' },
  },
  help: [
    'keys                       lists them; secrets are not kept',
    'keys add NAME              makes one and prints it, once',
    'keys revoke ID             ends one at once',
    '',
    `--role R          ${roles.join(', ')}; default: viewer`,
    '--team T          may see the charges of this team only; repeatable; default: all',
    '--expires DAY     first day on which it no longer works; default: in a year; "never"',
  ],
  async run(args, io) {
    const [verb = 'list', subject, ...rest] = args.positionals
    const work = verbs[verb]
    if (!work || rest.length > 0 || (verb !== 'list') !== (subject !== undefined)) {
      io.note('Write `costwright keys`, `costwright keys add NAME` or `costwright keys revoke ID`.')
      return 2
    }
    const alerts = await io.runtime().alerts()
    try {
      return work({ alerts, args, io, subject: subject ?? '', now: io.runtime().now() })
    } finally {
      alerts.close()
    }
  },
}

interface Work {
  readonly alerts: Awaited<ReturnType<ReturnType<CommandIo['runtime']>['alerts']>>
  readonly args: CommandArgs
  readonly io: CommandIo
  readonly subject: string
  readonly now: Date
}

const verbs: Readonly<Record<string, (work: Work) => number>> = { list, add, revoke }

function list({ alerts, args, io, now }: Work): number {
  const keys = listKeys(alerts.database).map((key) => ({ ...key, status: keyStatus(key, now) }))
  if (args.values['json']) io.out(`${JSON.stringify(keys)}\n`)
  else if (keys.length === 0) io.out('no keys; `costwright keys add NAME` makes one\n')
  else {
    const names = ['key_id', 'name', 'role', 'teams', 'created_by', 'expires_at', 'status']
    const rows = keys.map((key) => ({
      ...key,
      teams: key.teams === null ? 'all' : key.teams.join(', '),
      expires_at: key.expires_at?.slice(0, 10) ?? 'never',
    }))
    io.out(formatTable({ columns: names.map((name) => ({ name, type: 'VARCHAR' })), rows }, io.columns))
  }
  return 0
}

function add({ alerts, args, io, subject, now }: Work): number {
  const asked = textOption(args, 'role') ?? 'viewer'
  const role = roles.find((one) => one === asked)
  if (!role)
    throw new UserError(`--role ${asked} is not one of: ${roles.join(', ')}`, { hint: 'For example --role viewer.' })
  const given = args.values['team']
  const teams = Array.isArray(given) ? given.map(String) : null
  const expires_at = keyEnd(textOption(args, 'expires'), now)
  const { key, token } = createKey(
    alerts.database,
    { name: subject, role, teams, expires_at, actor: alerts.actor },
    now,
  )
  if (args.values['json']) io.out(`${JSON.stringify({ ...key, token })}\n`)
  else {
    io.out(`${token}\n`)
    io.note('This is the only time that it is shown. Send it as "Authorization: Bearer …".')
    if (io.runtime().config.publish) io.note('The edge knows it when `costwright publish` has run.')
  }
  return 0
}

function revoke({ alerts, io, subject, now }: Work): number {
  revokeKey(alerts.database, { key_id: subject, actor: alerts.actor }, now)
  io.out(`${subject} no longer works\n`)
  if (io.runtime().config.publish) io.note('The edge takes it until `costwright publish --access` has run.')
  return 0
}
