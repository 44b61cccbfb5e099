import { UpstreamError } from '../../errors.ts'
import type { Arm } from './arm.ts'
import { type Json, listAt, textAt } from './cost-management-json.ts'
import type { Month } from './cost-management-months.ts'

/** An answer's row by column name in lower case; numbers are decimal text. */
export type QueryRow = ReadonlyMap<string, string | null>

/** What a ledger of ours is called in Cost Management. */
export const costTypes = [
  { ledger: 'billed', type: 'ActualCost' },
  { ledger: 'effective', type: 'AmortizedCost' },
] as const

const groups = [
  { group_name: '', dimension: null },
  { group_name: 'charge_type', dimension: 'ChargeType' },
  { group_name: 'sub_account', dimension: 'SubscriptionId' },
  { group_name: 'service', dimension: 'ServiceName' },
] as const

const cost = { total: { name: 'Cost', function: 'Sum' } }

/**
 * What Azure says a month cost: rows of `provider_totals`, both ledgers, each group asked for by itself (no sum of ours). Of a
 * scope that is one subscription, the subscription's total stands for its group.
 */
export async function* readTotals(
  arm: Arm,
  month: Month,
  observedAt: string,
): AsyncGenerator<Readonly<Record<string, unknown>>> {
  for (const { ledger, type } of costTypes) {
    for (const { group_name, dimension } of groups) {
      if (dimension === 'SubscriptionId' && arm.scope.kind === 'subscription') continue
      const what = `${type} of ${month.name}${dimension === null ? '' : ` by ${dimension}`}`
      for await (const row of queryRows(arm, what, definition(type, month, dimension))) {
        yield {
          provider: 'Microsoft',
          billing_account_id: arm.scope.accountId,
          billing_period: month.name,
          ledger,
          group_name,
          group_value: groupValue(row, dimension),
          amount: amountOf(row, arm, what),
          currency: row.get('currency') ?? null,
          is_estimated: month.mark !== 'final',
          observed_at: observedAt,
        }
      }
    }
  }
}

function groupValue(row: QueryRow, dimension: string | null): string {
  const value = dimension === null ? '' : (row.get(dimension.toLowerCase()) ?? '')
  return dimension === 'SubscriptionId' ? value.toLowerCase() : value
}

/** Cost of a row. The service names the column for what is summed or for the alias. Throws UpstreamError when there is none. */
export function amountOf(row: QueryRow, arm: Arm, what: string): string {
  const amount = row.get('cost') ?? row.get('total') ?? row.get('pretaxcost')
  if (amount) return amount
  throw new UpstreamError(arm.source, `${what}: the answer has no cost, only ${[...row.keys()].join(', ')}`)
}

function definition(type: string, month: Month, dimension: string | null) {
  return {
    type,
    timeframe: 'Custom',
    timePeriod: { from: new Date(`${month.first}T00:00:00Z`), to: new Date(`${month.last}T23:59:59Z`) },
    dataset: {
      aggregation: cost,
      ...(dimension === null ? {} : { grouping: [{ type: 'Dimension', name: dimension }] }),
    },
  }
}

type Definition = ReturnType<typeof definition>

/** Rows of all pages: the same question goes to the address of each next page, for which the SDK has no operation. */
export async function* queryRows(arm: Arm, what: string, question: Definition): AsyncGenerator<QueryRow> {
  let body = await arm.ask(what, (options) => arm.costs.query.usage(arm.scope.path, question, options), 'paced')
  const seen = new Set<string>()
  for (;;) {
    yield* rowsOf(body)
    const next = textAt(body, 'properties', 'nextLink')
    if (!next) return
    if (seen.has(next)) throw new UpstreamError(arm.source, `${what}: its pages lead in a circle`)
    seen.add(next)
    const answer = await arm.send(what, { method: 'POST', target: next, body: question, paced: 'paced' })
    body = answer.body
  }
}

/** Rows of an answer of Query or Forecast: named columns and positional values. An answer without content (204) has none. */
export function rowsOf(body: Json): QueryRow[] {
  const names = listAt(body, 'properties', 'columns').map((column) => textAt(column, 'name')?.toLowerCase() ?? '')
  return listAt(body, 'properties', 'rows').map(
    (values) =>
      new Map(
        names.map((name, place) => [
          name,
          textAt(Array.isArray(values) ? { value: values[place] ?? null } : null, 'value'),
        ]),
      ),
  )
}
