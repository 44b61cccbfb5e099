import { readQuery } from '../catalog/files.ts'
import { type CommitmentEnd, commitmentEnds, daysWithout } from '../detect/commitment-ends.ts'
import { incidentId } from '../detect/incident-id.ts'
import { dateAt, dayIndex } from '../detect/input.ts'
import { lakeAlerts } from '../detect/lake-alerts.ts'
import { completeDays, currenciesOf, sourcesOfAccounts } from '../detect/lake-series.ts'
import { folderStore } from '../detect/snapshot-store.ts'
import { readJournal } from '../lake/journal.ts'
import type { Runtime } from '../runtime.ts'
import type { Alerts } from '../runtime-notify.ts'
import { noContext } from '../state/announcer.ts'
import type { Applied } from '../state/apply-run.ts'
import { type DetectionRun, parseDetectionRun } from '../state/detection-run.ts'
import { isKnownEvent, readIncident } from '../state/incident-store.ts'
import type { Cause, Detected } from '../state/incidents.ts'
import { recordRun } from '../state/runs.ts'
import { learntVerdicts } from '../state/silence-store.ts'
import type { Warehouse } from '../warehouse/warehouse.ts'
import { lateData, sumsAndRatios } from './detect-sums.ts'
import { landingsOf, withVisibleDays } from './detect-visible.ts'

export interface LakeRun extends Applied {
  readonly run: DetectionRun
  readonly lake_state: string
  readonly currencies: readonly string[]
  /** First day that was judged; null for an empty lake. */
  readonly judged_since: string | null
}

/**
 * Detects on the lake, each billing currency for itself, and takes what is found into the state of incidents. The same lake again
 * changes nothing; a restated one closes incidents whose evidence is gone. `note` is told when days are walked again, and why.
 */
export async function detectOnLake(
  runtime: Runtime,
  alerts: Alerts,
  note: (text: string) => void = () => {},
): Promise<LakeRun> {
  const { id: lake_state } = await runtime.build()
  const warehouse = await runtime.open()
  try {
    const complete = await completeDays(warehouse)
    const currencies = await currenciesOf(warehouse)
    const feedback = learntVerdicts(alerts.database)
    const parts: (DetectionRun & { judged_since: string })[] = []
    for (const currency of currencies) {
      const store = folderStore(runtime.layout.detection, currency, note)
      const { judged_since, ...document } = await lakeAlerts(warehouse, currency, complete, { feedback, store })
      const ends = await commitmentEnds(warehouse, currency, complete)
      const found = withCommitmentEnds(parseDetectionRun(document, currency, 'the lake'), ends, {
        ...{ currency, judged_since },
      })
      const more = await sumsAndRatios(warehouse, {
        ...{ currency, complete, ends, leaves: document, isMain: currency === currencies[0] },
        earlier: parts.flatMap((part) => part.findings),
      })
      const findings = [...(await withCauses(warehouse, alerts, found.findings)), ...more.findings]
      parts.push({ ...found, judged_since, findings, summaries: [...found.summaries, ...more.summaries] })
    }
    const newest = [...complete.values()].sort().at(-1)
    const landings = landingsOf(readJournal(runtime.layout))
    const late = await lateData(warehouse, runtime, landings)
    const sources = await sourcesOfAccounts(warehouse)
    const findings = withVisibleDays(
      [...parts, late].flatMap((one) => one.findings),
      { landings, sources },
    )
    const run: DetectionRun = {
      data_through: newest === undefined ? null : dateAt(newest, -1),
      findings,
      summaries: [...parts, late].flatMap(({ summaries }) => summaries),
    }
    const judged_since = parts.map((part) => part.judged_since).sort()[0] ?? null
    const applied = alerts.apply(run, judged_since)
    recordRun(alerts.database, run, { lake_state, at: runtime.now().toISOString() })
    return { ...applied, run, lake_state, currencies, judged_since }
  } finally {
    warehouse.close()
  }
}

type Finding = DetectionRun['findings'][number]

/** The end of a commitment is the first cause of a rise that it explains, else an incident of its own. */
function withCommitmentEnds(
  run: DetectionRun,
  ends: readonly CommitmentEnd[],
  { currency, judged_since }: { currency: string; judged_since: string },
): DetectionRun {
  const explained = new Set<CommitmentEnd>()
  const findings = run.findings.map((finding) => {
    const end = ends.find((one) => explains(one, finding))
    if (!end) return finding
    explained.add(end)
    return { ...finding, causes: [causeOf(end), ...finding.causes] }
  })
  const own = ends.filter((end) => !explained.has(end) && end.ended_on >= judged_since)
  return {
    ...run,
    findings: [...findings, ...own.map((end) => ({ ...findingOf(end, currency), context: noContext }))],
    summaries: [...run.summaries, ...own.map((end) => summaryOf(end, currency, run.data_through))],
  }
}

/** Days by which the onset of a small rise may be dated late: its first days are within the range of the series. */
const lateOnset = 7

function explains(end: CommitmentEnd, { series, direction, onset }: Finding): boolean {
  return (
    direction === 'up' &&
    series.provider === end.provider &&
    end.covered.includes(`${series.account}/${series.service}`) &&
    dayIndex(end.ended_on, onset) >= -1 &&
    dayIndex(end.ended_on, onset) <= lateOnset
  )
}

const causeOf = ({ account, service, commitment_id }: CommitmentEnd): Cause => ({
  ...{ account, service, region: null, usage_type: 'commitment ended', resource: commitment_id },
  ...{ excess: null, is_new: false },
})

/** Amounts are those of the days that show the end; the score grows with the share of the discount, as that of a credit's end does. */
function findingOf(end: CommitmentEnd, currency: string): Detected {
  const { provider, account, service, team, ended_on } = end
  const series = { provider, account, service, team }
  const onDays = (amount: bigint) => decimalText(BigInt(daysWithout) * amount)
  const actual = nanos(end.on_demand_cost)
  const expected = nanos(end.effective_cost)
  const date = dateAt(ended_on, daysWithout - 1)
  const share = Math.min(1, Number(actual - expected) / Number(actual))
  return {
    ...{ incident_id: incidentId(series, 'up', ended_on), series, direction: 'up', kind: 'opened' },
    ...{ date, detected_on: date, onset: ended_on, rule: 'commitment_end', score: 5 * (1 + 3 * share) },
    ...{ actual: onDays(actual), expected: onDays(expected), excess: onDays(actual - expected) },
    ...{ currency, owner: null, causes: [causeOf(end)] },
  }
}

/** A price without the discount that has stood for four weeks is the new normal. */
function summaryOf(end: CommitmentEnd, currency: string, through: string | null) {
  const { incident_id, date, excess } = findingOf(end, currency)
  const state = through !== null && dayIndex(end.ended_on, through) > 28 ? ('absorbed' as const) : ('open' as const)
  return { incident_id, state, reason: null, last_day: date, excess, context: noContext }
}

/** Nine decimals as a whole number: `nanos('1.5')` is 1500000000n. */
function nanos(amount: string): bigint {
  const [whole = '0', fraction = ''] = amount.split('.')
  return BigInt(whole + fraction.padEnd(9, '0').slice(0, 9))
}

function decimalText(amount: bigint): string {
  const digits = (amount < 0n ? -amount : amount).toString().padStart(10, '0')
  return `${amount < 0n ? '-' : ''}${digits.slice(0, -9)}.${digits.slice(-9)}`
}

/** New findings get the regions, usage types and resources behind them from the charges; known ones keep what was found then. */
async function withCauses(
  warehouse: Warehouse,
  { database }: Alerts,
  findings: readonly Finding[],
): Promise<Finding[]> {
  const out: Finding[] = []
  for (const finding of findings) {
    const { incident_id, kind, detected_on } = finding
    const known = isKnownEvent(database, `${incident_id}/${kind}/${detected_on}`)
      ? readIncident(database, incident_id)
      : null
    out.push({ ...finding, causes: known?.causes ?? (await causesOf(warehouse, finding)) })
  }
  return out
}

async function causesOf(warehouse: Warehouse, finding: Finding): Promise<readonly Cause[]> {
  const { provider = '', account = '', service = '' } = finding.series
  const { rows } = await warehouse.query(readQuery('detectors/causes.sql'), {
    ...{ provider, account, service, currency: finding.currency, direction: finding.direction },
    ...{ start_date: finding.onset, end_date: dateAt(finding.date, 1) },
  })
  const ended = finding.causes.filter(({ usage_type }) => usage_type === 'commitment ended')
  if (rows.length === 0) return finding.causes
  return [...ended, ...rows.map((row) => ({ account, service, ...row }) as unknown as Cause)]
}
