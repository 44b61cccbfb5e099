import { accountId, type BillingApi, type BillingConfig } from './billing-clients.ts'

export interface BillingAccount {
  /** `billingAccounts/01A2B3-C4D5E6-F7A8B9` */
  readonly name: string
  readonly id: string
  readonly title: string
  readonly isOpen: boolean
  /** Of a reseller's sub-account: the account above it. */
  readonly parent: string | null
}

/** The configured billing account, else all that the credentials see. */
export async function listAccounts(api: BillingApi, config: BillingConfig): Promise<BillingAccount[]> {
  const wanted = config.billing_account === undefined ? null : accountId(config.billing_account)
  const accounts: BillingAccount[] = []
  const pages = api.pages('list billing accounts', { pageSize: 100 }, (request, options) =>
    api.billing.listBillingAccounts(request, options),
  )
  for await (const { name, displayName, open, masterBillingAccount } of pages) {
    const id = accountId(name ?? '')
    if (wanted !== null && id !== wanted) continue
    const parent = masterBillingAccount ? accountId(masterBillingAccount) : null
    accounts.push({ name: name ?? '', id, title: displayName || id, isOpen: open === true, parent })
  }
  return accounts
}

/** A row of `account_names` without the instant of observation. */
export interface AccountRow {
  readonly provider: 'Google Cloud'
  readonly billing_account_id: string
  readonly account_id: string
  readonly account_name: string
  readonly account_type: 'Project' | 'Billing Account'
  readonly parent_path: string | null
  readonly status: 'active' | 'billing disabled' | 'closed'
  readonly tags: Readonly<Record<string, string>>
}

/** Billing accounts and the projects linked to them. The API knows projects by id only. */
export async function accountRows(api: BillingApi, accounts: readonly BillingAccount[]): Promise<AccountRow[]> {
  const rows: AccountRow[] = []
  for (const { name, id, title, isOpen, parent } of accounts) {
    const shared = { provider: 'Google Cloud', billing_account_id: id, tags: {} } as const
    rows.push({
      ...shared,
      account_id: id,
      account_name: title,
      account_type: 'Billing Account',
      parent_path: parent,
      status: isOpen ? 'active' : 'closed',
    })
    const pages = api.pages(`list projects of ${id}`, { name, pageSize: 100 }, (request, options) =>
      api.billing.listProjectBillingInfo(request, options),
    )
    for await (const { projectId, billingEnabled } of pages) {
      rows.push({
        ...shared,
        account_id: projectId ?? '',
        account_name: projectId ?? '',
        account_type: 'Project',
        parent_path: id,
        status: billingEnabled ? 'active' : 'billing disabled',
      })
    }
  }
  return rows.sort((a, b) => (a.account_id < b.account_id ? -1 : 1))
}
