import { UserError } from '../errors.ts'
import { funnelOf } from '../recommend/funnel.ts'
import { type DoneSaving, verifySaving } from '../recommend/verify.ts'
import type { Runtime } from '../runtime.ts'
import { type Change, type Ledger, openLedger, type Saving } from '../state/ledger.ts'
import type { Result, Warehouse } from '../warehouse/warehouse.ts'
import { type Command, type CommandArgs, type CommandIo, textOption } from './command.ts'
import { formatTable } from './table.ts'

interface Context {
  readonly args: CommandArgs
  readonly io: CommandIo
  readonly runtime: Runtime
  readonly ledger: Ledger
}

type Action = (context: Context) => Promise<number> | number

const actions: Readonly<Record<string, Action>> = {
  list,
  accept: (context) =>
    decide(context, { to: 'accepted', owner: textOption(context.args, 'owner'), day: dayOption(context.args, 'on') }),
  start: (context) => decide(context, { to: 'in_progress' }),
  done: (context) => decide(context, { to: 'done', day: dayOption(context.args, 'on') }),
  dismiss: (context) => {
    const reason = textOption(context.args, 'reason')
    if (!reason)
      throw new UserError('savings dismiss needs a reason', {
        hint: 'For example --reason "kept for the audit" --until 2027-01-31.',
      })
    return decide(context, {
      to: 'dismissed',
      reason,
      until: dayOption(context.args, 'until'),
    })
  },
  verify,
  history,
}

/** `costwright savings`: the ledger of decisions on recommendations, and what they saved by the bill. */
export const savingsCommand: Command = {
  options: {
    state: { type: 'string' },
    owner: { type: 'string' },
    reason: { type: 'string' },
    until: { type: 'string' },
    on: { type: 'string' },
    metric: { type: 'string' },
    successor: { type: 'string' },
    by: { type: 'string' },
  },
  help: [
    'list [--state S]                       every saving with its state, and the funnel from identified to verified',
    'accept ID… [--owner NAME] [--on DAY]   somebody will do it',
    'start ID… · done ID… [--on DAY]        under way · carried out on that day',
    'dismiss ID… --reason TEXT [--until DAY]  not shown until that day; default: in half a year',
    'verify [ID…] [--metric NAME]           measure what is done on the bill, at constant usage; default: everything done or verified',
    '--successor RESOURCE                   verify one: what took its place with the change is measured with it',
    'history ID                             who changed what, when',
    '--by NAME                              written into the history; default: command line',
  ],
  async run(args, io) {
    const name = args.positionals[0] ?? 'list'
    const action = actions[name]
    if (!action)
      throw new UserError(`savings has no action ${name}`, { hint: `Use one of: ${Object.keys(actions).join(', ')}.` })
    const runtime = io.runtime()
    const ledger = openLedger(runtime.layout.state)
    try {
      return await action({ args, io, runtime, ledger })
    } finally {
      ledger.close()
    }
  },
}

const columns = [
  'finding_id',
  'rule',
  'state',
  'resource_id',
  'currency',
  'identified_amount',
  'verified_amount',
  'owner',
  'reason',
  'until',
  'implemented_on',
]

async function list({ args, io, runtime, ledger }: Context): Promise<number> {
  const savings = ledger.list(textOption(args, 'state'))
  const warehouse = await runtime.scratch()
  try {
    const funnel = await funnelOf(warehouse, ledger.list())
    if (args.values['json']) io.out(`${JSON.stringify({ savings, funnel: funnel.rows })}\n`)
    else {
      io.out(formatTable(tableOf(columns, savings), io.columns))
      io.out(`\nSaving a month, from identified to verified\n${formatTable(funnel, io.columns)}`)
    }
  } finally {
    warehouse.close()
  }
  return 0
}

function decide({ args, io, runtime, ledger }: Context, change: Omit<Change, 'actor' | 'at'>): number {
  for (const id of idsOf(args)) {
    const saving = ledger.change(id, { ...change, actor: actorOf(args), at: runtime.now() })
    io.out(
      args.values['json']
        ? `${JSON.stringify(saving)}\n`
        : `${id}  ${saving.state}  ${saving.rule}  ${saving.resource_id ?? ''}\n`,
    )
  }
  return 0
}

async function verify({ args, io, runtime, ledger }: Context): Promise<number> {
  const ids = args.positionals.slice(1)
  const open = ledger
    .list()
    .filter((saving) =>
      ids.length > 0 ? ids.includes(saving.finding_id) : ['done', 'verified'].includes(saving.state),
    )
  const unknown = ids.find((id) => !open.some((saving) => saving.finding_id === id))
  if (unknown !== undefined)
    throw new UserError(`there is no saving ${unknown}`, { hint: '`costwright savings list` shows them.' })
  const metric = textOption(args, 'metric')
  const successor = textOption(args, 'successor')
  if (successor !== undefined && ids.length !== 1)
    throw new UserError('--successor belongs to one saving', {
      hint: 'Name it: costwright savings verify ID --successor RESOURCE.',
    })
  const warehouse = await runtime.open()
  const measured = []
  try {
    for (const saving of open) {
      const row = await measureOne(warehouse, saving, { metric, successor }, runtime.now())
      measured.push({ finding_id: saving.finding_id, rule: saving.rule, currency: saving.currency, ...row })
      record(ledger, saving, row, { actor: actorOf(args), at: runtime.now() })
    }
  } finally {
    warehouse.close()
  }
  if (args.values['json']) io.out(`${JSON.stringify(measured)}\n`)
  else if (measured.length === 0) io.out('nothing is done yet: costwright savings done ID\n')
  else
    io.out(
      formatTable(
        tableOf(
          [
            'finding_id',
            'rule',
            'outcome',
            'currency',
            'promised_month',
            'realised_month',
            'margin_month',
            'raw_month',
            'model',
          ],
          measured,
        ),
        io.columns,
      ),
    )
  return 0
}

type Measured = Readonly<Record<string, unknown>>

async function measureOne(
  warehouse: Warehouse,
  saving: Saving,
  how: Pick<DoneSaving, 'metric' | 'successor'>,
  now: Date,
): Promise<Measured> {
  if (saving.resource_id === null || saving.implemented_on === null || saving.identified_amount === null)
    return { outcome: 'not_measurable', realised_month: null }
  const { rows } = await verifySaving(
    warehouse,
    {
      resource_id: saving.resource_id,
      sub_account_id: saving.sub_account_id,
      currency: saving.currency,
      step: saving.step,
      implemented_on: saving.implemented_on,
      promised: saving.identified_amount,
      ...how,
    },
    now,
  )
  return rows[0] ?? { outcome: 'not_measurable', realised_month: null }
}

/** A measurement enters the ledger when it decides something: what is too early to tell stays as it is. */
function record(ledger: Ledger, saving: Saving, row: Measured, who: Pick<Change, 'actor' | 'at'>): void {
  const outcome = String(row['outcome'])
  if (outcome === 'verified')
    ledger.change(saving.finding_id, { ...who, to: 'verified', amount: String(row['realised_month']), detail: row })
  else if (outcome === 'regressed' || outcome === 'moved')
    ledger.change(saving.finding_id, { ...who, to: 'regressed', amount: '0', detail: row })
}

function history({ args, io, ledger }: Context): number {
  for (const id of idsOf(args)) {
    const rows = ledger.events(id)
    if (args.values['json']) io.out(`${JSON.stringify(rows)}\n`)
    else io.out(formatTable(tableOf(['at', 'actor', 'from_state', 'to_state', 'detail'], rows), io.columns))
  }
  return 0
}

function tableOf(names: readonly string[], rows: readonly object[]): Result {
  const type = (name: string) => (/_(amount|month)$/.test(name) ? 'DECIMAL' : 'VARCHAR')
  return { columns: names.map((name) => ({ name, type: type(name) })), rows: rows as Result['rows'] }
}

function idsOf(args: CommandArgs): readonly string[] {
  const ids = args.positionals.slice(1)
  if (ids.length === 0) throw new UserError('name a saving', { hint: '`costwright savings list` shows their ids.' })
  return ids
}

function actorOf(args: CommandArgs): string {
  return textOption(args, 'by') ?? 'command line'
}

function dayOption(args: CommandArgs, name: string): string | undefined {
  const text = textOption(args, name)
  if (text === undefined) return undefined
  const day = new Date(`${text}T00:00:00Z`)
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text) || Number.isNaN(day.getTime()) || !day.toISOString().startsWith(text))
    throw new UserError(`--${name} ${text} is no day`, { hint: 'Write it like 2026-03-31.' })
  return text
}
