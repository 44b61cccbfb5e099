import type { protos } from '@google-cloud/billing-budgets'
import type { BillingAccount } from './billing-accounts.ts'
import { type BillingApi, moneyText } from './billing-clients.ts'
import { listServices } from './billing-prices.ts'

type Budget = protos.google.cloud.billing.budgets.v1.IBudget

/** A row of the format `budgets`. `month` is a month, a quarter (`2026-Q1`) or a year, spread there. */
interface BudgetRow {
  readonly budget: string
  readonly dimension: string
  readonly value: string
  readonly month: string
  readonly amount: string
  readonly currency: string
  readonly ledger: 'cash'
}

/**
 * Budgets of the billing accounts with a fixed amount, for the calendar year of `now`: they recur, and Google keeps no history of
 * them. Google compares them with cost after credits: ledger `cash`. Those that the format cannot express are named in warnings.
 */
export async function readBudgets(
  api: BillingApi,
  accounts: readonly BillingAccount[],
  now: Date,
): Promise<{ rows: BudgetRow[]; warnings: string[] }> {
  const rows: BudgetRow[] = []
  const warnings: string[] = []
  let titles: ReadonlyMap<string, string> | null = null
  for (const account of accounts) {
    const pages = api.pages(
      `list budgets of ${account.id}`,
      { parent: account.name, pageSize: 100 },
      (request, options) => api.budgets.listBudgets(request, options),
    )
    for await (const budget of pages) {
      if (titles === null && budget.budgetFilter?.services?.length === 1)
        titles = new Map((await listServices(api)).map(({ name, title }) => [name, title]))
      const name = budget.displayName || (budget.name?.split('/').at(-1) ?? '?')
      const read = rowsOf(budget, name, accounts.length, account, titles ?? new Map(), now.getUTCFullYear())
      if (typeof read === 'string') warnings.push(`budget ${name} of ${account.id} is left out: ${read}`)
      else rows.push(...read)
    }
  }
  return { rows, warnings }
}

/** Rows of one budget, or why it has none. */
function rowsOf(
  { amount, budgetFilter }: Budget,
  name: string,
  accounts: number,
  account: BillingAccount,
  services: ReadonlyMap<string, string>,
  year: number,
): BudgetRow[] | string {
  const fixed = amount?.specifiedAmount
  if (!fixed) return 'it is the cost of the period before, not a fixed amount'
  const subject = subjectOf(budgetFilter, accounts, account, services)
  if (typeof subject === 'string') return subject
  const periods = periodsOf(budgetFilter, year)
  if (typeof periods === 'string') return periods
  const shared = { amount: moneyText(fixed), currency: fixed.currencyCode ?? '', ledger: 'cash' } as const
  return periods.map((month) => ({ budget: name, ...subject, month, ...shared }))
}

/** What the budget is for: one project, one service, or all of Google Cloud where there is one billing account. */
function subjectOf(
  filter: Budget['budgetFilter'],
  accounts: number,
  account: BillingAccount,
  services: ReadonlyMap<string, string>,
): { dimension: string; value: string } | string {
  const { projects = [], services: chosen = [], resourceAncestors = [], subaccounts = [], labels = {} } = filter ?? {}
  if (resourceAncestors?.length || subaccounts?.length || Object.keys(labels ?? {}).length)
    return 'it is filtered by folders, sub-accounts or labels'
  const terms = [...(projects ?? []), ...(chosen ?? [])]
  const [term] = terms
  if (terms.length > 1) return 'it is filtered by several projects or services'
  if (term === undefined) {
    if (accounts > 1)
      return `it is for one of several billing accounts; a source with billing_account ${account.id} has it`
    return { dimension: 'provider', value: 'Google Cloud' }
  }
  const [kind, id = ''] = term.split('/')
  if (kind === 'services') return { dimension: 'service', value: services.get(term) ?? id }
  // https://cloud.google.com/billing/docs/reference/budget/rest/v1/billingAccounts.budgets#filter
  if (/^\d+$/.test(id))
    return `Google names its project by the number ${id}, which bills do not have; put it into a budgets file`
  return { dimension: 'account', value: id }
}

function periodsOf(filter: Budget['budgetFilter'], year: number): string[] | string {
  if (filter?.customPeriod) return 'its period does not follow the calendar'
  if (filter?.calendarPeriod === 'YEAR') return [String(year)]
  if (filter?.calendarPeriod === 'QUARTER') return [1, 2, 3, 4].map((quarter) => `${year}-Q${quarter}`)
  return Array.from({ length: 12 }, (_, n) => `${year}-${String(n + 1).padStart(2, '0')}`)
}
