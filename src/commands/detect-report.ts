import { UserError } from '../errors.ts'
import { ownerOf } from '../notify/announce.ts'
import type { Delivered } from '../notify/deliver.ts'
import { measureText } from '../notify/measure.ts'
import { readIncident } from '../state/incident-store.ts'
import type { Detected, Incident } from '../state/incidents.ts'
import { seriesName } from '../state/series-name.ts'
import { type CommandArgs, type CommandIo, dayOption } from './command.ts'
import { detectOnLake, type LakeRun } from './detect-lake.ts'
import { formatTable } from './table.ts'

const deliveryMs = 30 * 60_000

/** Runs detection on the lake and prints its incidents. Exit code 1 when a channel could not be reached. */
export async function runOnLake(args: CommandArgs, io: CommandIo): Promise<number> {
  if (['out', 'explain'].some((name) => args.values[name] !== undefined))
    throw new UserError('--out and --explain need --series', { hint: 'Without a series file, use --json.' })
  const since = dayOption(args, 'since') ?? ''
  const runtime = io.runtime()
  const alerts = await runtime.alerts()
  try {
    const ended = await detectOnLake(runtime, alerts, io.note)
    const rows = incidentsOf(ended, (id) => readIncident(alerts.database, id))
      .filter(({ opened_on }) => opened_on >= since)
      .map((one) => ({ ...one, owner: ownerOf(runtime.config.notifications, one.incident) }))
    const delivered = args.values['deliver'] ? await alerts.deliver(AbortSignal.timeout(deliveryMs)) : null
    if (args.values['json']) io.out(`${JSON.stringify(documentOf(ended, rows, delivered))}\n`)
    else print(io, ended, rows, delivered)
    return delivered?.some(({ error }) => error !== null) ? 1 : 0
  } finally {
    alerts.close()
  }
}

interface Found {
  readonly opened_on: string
  /** The newest finding of the run. */
  readonly finding: Detected
  readonly incident: Incident
}

type Row = Found & { readonly owner: string }

/** The run's incidents, newest first, each with its newest finding and its present state. */
function incidentsOf({ run }: LakeRun, read: (id: string) => Incident | null): Found[] {
  return [...Map.groupBy(run.findings, ({ incident_id }) => incident_id)]
    .flatMap(([id, findings]) => {
      const incident = read(id)
      const finding = findings.toSorted((a, b) => (a.detected_on < b.detected_on ? -1 : 1)).at(-1)
      return incident && finding ? [{ opened_on: incident.opened_on, finding, incident }] : []
    })
    .toSorted((a, b) => (a.opened_on > b.opened_on ? -1 : 1))
}

function documentOf(
  { run, lake_state, currencies, judged_since, changes, told }: LakeRun,
  rows: readonly Row[],
  delivered: readonly Delivered[] | null,
) {
  const { data_through } = run
  return {
    schema: 'costwright-incidents/1',
    incidents: rows.map(({ finding, incident, owner }) => ({
      ...incident,
      ...{ owner, date: finding.date, rule: finding.rule, score: finding.score },
      ...{ actual: finding.actual, expected: finding.expected, excess: finding.excess },
    })),
    meta: { data_through, judged_since, currencies, ledger: 'accrual', state: lake_state, changes, told },
    ...(delivered ? { channels: delivered } : {}),
  }
}

const amounts = ['expected', 'actual', 'excess']

function print(io: CommandIo, ended: LakeRun, rows: readonly Row[], delivered: readonly Delivered[] | null): void {
  const columns = ['date', 'where', 'cur', ...amounts, 'rule', 'owner', 'state', 'cause'].map((name) => ({
    name,
    type: amounts.includes(name) ? 'DECIMAL(38,9)' : 'VARCHAR',
  }))
  const table = rows.map(({ opened_on, finding, incident, owner }) => ({
    date: opened_on,
    where: whereOf(finding),
    cur: finding.currency,
    ...{ expected: finding.expected, actual: finding.actual, excess: finding.excess, rule: finding.rule },
    ...{ owner, state: incident.state, cause: causeText(incident) },
  }))
  io.out(rows.length === 0 ? 'no incidents\n' : formatTable({ columns, rows: table }, io.columns))
  const { judged_since, run, changes, told } = ended
  io.note(`judged ${judged_since ?? 'nothing'} to ${run.data_through ?? 'nothing'}; ${changes} changes, ${told} owed`)
  for (const { channel, delivered: count } of delivered ?? []) io.out(`${channel}: ${count} delivered\n`)
  for (const { error } of delivered ?? []) if (error !== null) io.note(`not delivered: ${error}`)
}

/** Service first: it tells most, and a long account id is cut last. */
function whereOf({ series, measure, currency }: Detected): string {
  const { provider, account, service, level } = series
  if (level !== undefined)
    return [seriesName(series), measure && measureText(measure, currency)].filter(Boolean).join(' ')
  return [service, account, provider].filter((part) => part !== undefined && part !== '').join(' · ')
}

function causeText({ causes: [first] }: Incident): string {
  if (!first) return ''
  return [first.usage_type ?? first.service, first.resource].filter((part) => part !== null && part !== '').join(' · ')
}
