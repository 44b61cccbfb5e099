import { loadCatalog } from '../catalog/catalog.ts'
import { runQuery } from '../catalog/run.ts'
import { dataMeta } from '../pipeline/meta.ts'
import type { Reconciled } from '../pipeline/reconcile.ts'
import type { Param, ResultColumn, Warehouse } from '../warehouse/warehouse.ts'
import { formatTable, groupDigits } from './table.ts'

type Row = Readonly<Record<string, unknown>>
type Ask = (name: string, params?: Readonly<Record<string, Param>>) => Promise<readonly Row[]>

/** The summary of the four answers as text: spend by month, then each answer for the last complete month with its target. */
export async function summaryText(warehouse: Warehouse, totals: readonly Reconciled[]): Promise<string> {
  const catalog = loadCatalog()
  const ask: Ask = async (name, params) => (await runQuery(warehouse, catalog, name, params)).rows
  const meta = await dataMeta(warehouse)
  const months = await ask('cost_by_month', { month_of: 'charge_period' })
  const complete = months.filter((row) => row['is_complete'] === true).map((row) => String(row['month']))
  const month = complete.sort().at(-1) ?? meta.billing_periods.last ?? ''
  return [
    heading(
      `Bills ${meta.billing_periods.first} to ${meta.billing_periods.last}, complete through ${meta.data_complete_through ?? 'unknown'} UTC`,
    ),
    tieText(totals),
    heading('Spend by month (accrual: EffectiveCost)'),
    spendTable(months),
    heading(`Who owns the spend?  Tag coverage, ${month}`),
    await tagText(ask, month),
    heading(`What does one unit cost?  Unit cost, ${month}`),
    await unitText(ask, warehouse, month),
    heading(`Why are we off plan?  Spend variance by team, ${month}`),
    await varianceText(ask, month),
    heading(`Are commitments used?  Commitment utilisation, ${month}`),
    await commitmentText(ask, month),
  ].join('\n')
}

function heading(text: string): string {
  return `\n${text}\n${'─'.repeat(text.length)}`
}

function tieText(totals: readonly Reconciled[]): string {
  const compared = totals.filter((row) => row.state !== 'not_computable')
  const ties = compared.filter((row) => row.state === 'ties').length
  const rows = totals
    .filter((row) => row.ledger === 'billed')
    .reduce((sum, row) => ({ in: sum.in + row.rows_in, out: sum.out + row.rows_out }), { in: 0, out: 0 })
  const count = (n: number) => groupDigits(String(n), 0)
  return `${count(rows.in)} source rows became ${count(rows.out)} charges. ${ties} of ${compared.length} totals tie to their files to the last digit${ties === compared.length ? '' : '; see `costwright reconcile`'}.`
}

function spendTable(months: readonly Row[]): string {
  const series = [...new Set(months.map((row) => `${row['provider']} ${row['billing_currency']}`))]
    .filter((name) => majorSeries(months).has(name))
    .sort()
  const rows = [...new Set(months.map((row) => String(row['month'])))].sort().map((month) => {
    const own = months.filter((row) => row['month'] === month)
    const cells = series.map((name) => [
      name,
      own.find((row) => `${row['provider']} ${row['billing_currency']}` === name)?.['effective_cost'] ?? null,
    ])
    return {
      month,
      ...Object.fromEntries(cells),
      note: own.every((row) => row['is_complete'] === true) ? '' : 'in flight',
    }
  })
  return table(['month', ...series, 'note'], rows, (name) => (series.includes(name) ? 'DECIMAL' : 'VARCHAR'))
}

/** The five largest series; marketplace vendors beyond them are in `costwright query cost_by_month`. */
function majorSeries(months: readonly Row[]): ReadonlySet<string> {
  const size = new Map<string, bigint>()
  for (const row of months) {
    const name = `${row['provider']} ${row['billing_currency']}`
    size.set(name, (size.get(name) ?? 0n) + BigInt(String(row['effective_cost'] ?? '0').replace(/\..*/, '')))
  }
  return new Set(
    [...size]
      .sort((a, b) => Number(b[1] - a[1]))
      .slice(0, 5)
      .map(([name]) => name),
  )
}

async function tagText(ask: Ask, month: string): Promise<string> {
  const rows = (await ask('tag_coverage', { group_by: 'month' })).filter((row) => row['group_value'] === month)
  return table(
    [
      'tag key',
      'currency',
      'of taggable',
      'of total',
      'of resources',
      'any spelling',
      'untagged',
      'untaggable',
      'target',
    ],
    rows.map((row) => ({
      'tag key': row['tag_key'],
      currency: row['billing_currency'],
      'of taggable': percent(row['coverage_taggable']),
      'of total': percent(row['coverage_total']),
      'of resources': percent(row['coverage_count']),
      'any spelling': percent(row['normalised_coverage_taggable']),
      untagged: row['untagged_cost'],
      untaggable: row['untaggable_cost'],
      target: row['target_status'],
    })),
  )
}

async function unitText(ask: Ask, warehouse: Warehouse, month: string): Promise<string> {
  const { rows: metrics } = await warehouse.query('select distinct metric from business_metrics order by metric')
  if (metrics.length === 0)
    return 'No business metric has been imported: costwright import metrics.csv (date, metric, value)\n'
  const rows: Row[] = []
  for (const { metric } of metrics) {
    rows.push(...(await ask('unit_cost', { metric: String(metric) })).filter((row) => row['period'] === month))
  }
  return table(
    ['metric', 'currency', 'cost', 'volume', 'per unit', 'vs last month', 'volume change', 'target', 'note'],
    rows.map((row) => ({
      metric: row['metric'],
      currency: row['billing_currency'],
      cost: row['effective_cost'],
      volume: row['volume'],
      'per unit': significant(row['unit_cost']),
      'vs last month': percent(row['change_vs_previous']),
      'volume change': percent(row['volume_change']),
      target: row['target_status'],
      note: row['reason'] ?? '',
    })),
  )
}

async function varianceText(ask: Ask, month: string): Promise<string> {
  const rows = (await ask('spend_variance', { dimension: 'team', start_month: month })).filter(
    (row) => row['month'] === month,
  )
  return table(
    ['team', 'currency', 'actual', 'budget', 'variance', 'of budget', 'vs last month', 'status'],
    rows.map((row) => ({
      team: row['value'],
      currency: row['billing_currency'],
      actual: row['actual'],
      budget: row['budget_amount'],
      variance: row['variance'],
      'of budget': row['variance_pct'] === null ? '–' : `${Number(row['variance_pct']).toFixed(1)} %`,
      'vs last month': row['change'],
      status: row['status'],
    })),
  )
}

async function commitmentText(ask: Ask, month: string): Promise<string> {
  const rows = (await ask('commitment_utilization', { group_by: 'provider', grain: 'month' })).filter(
    (row) => row['period'] === month && row['commitment_cost'] !== null,
  )
  return table(
    ['provider', 'currency', 'commitments', 'used', 'waste', 'coverage', 'net savings', 'savings rate', 'target'],
    rows.map((row) => ({
      provider: row['group_value'],
      currency: row['billing_currency'],
      commitments: row['commitment_cost'],
      used: percent(row['utilisation']),
      waste: row['waste'],
      coverage: percent(row['coverage']),
      'net savings': row['net_savings'],
      'savings rate': percent(row['esr']),
      target: row['target_status'],
    })),
  )
}

const amounts =
  /^(cost|volume|untagged|untaggable|actual|budget|variance|commitments|waste|net savings)$|^vs last month$/
const plainAmount = /^-?\d+(\.\d+)?$/

/** Columns whose values are all exact decimals are amounts and go to the right; so do percentages. */
function table(names: readonly string[], rows: readonly Row[], typeOf?: (name: string) => string): string {
  const columns: ResultColumn[] = names.map((name) => {
    const values = rows
      .map((row) => row[name])
      .filter((value) => value !== null && value !== undefined && value !== '–')
    const amount = amounts.test(name) && values.every((value) => plainAmount.test(String(value)))
    return { name, type: typeOf?.(name) ?? (amount ? 'DECIMAL' : 'VARCHAR') }
  })
  return formatTable({ columns, rows }, null)
}

function percent(value: unknown): string {
  return typeof value === 'number' ? `${(100 * value).toFixed(1)} %` : '–'
}

function significant(value: unknown): string {
  return typeof value === 'number' ? String(Number(value.toPrecision(4))) : '–'
}
