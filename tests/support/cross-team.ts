import type { Warehouse } from '../../src/warehouse/warehouse.ts'
import { pdfText } from './pdf-text.ts'

/** What a key of one team must never be shown: names, accounts and resources that its team has no charge of. */
export interface Foreign {
  readonly teams: readonly string[]
  readonly accounts: readonly string[]
  readonly resources: readonly string[]
}

export async function foreignTo(own: string, warehouse: Warehouse): Promise<Foreign> {
  const namesOf = async (column: 'team' | 'sub_account_id' | 'resource_id') => {
    const { rows } = await warehouse.query(
      `select ${column} as name from resources where ${column} is not null group by all
       having not bool_or(coalesce(team = $own, false)) order by all`,
      { own },
    )
    return rows.map(({ name }) => String(name))
  }
  // one bill pays for everyone: its account, and the source that is called after it, is in the charges of all
  const bills = await warehouse.query('select distinct BillingAccountId as id from charges')
  const payers = new Set(bills.rows.map(({ id }) => String(id)))
  return {
    teams: await namesOf('team'),
    accounts: (await namesOf('sub_account_id')).filter((name) => !payers.has(name)),
    resources: await namesOf('resource_id'),
  }
}

/** The foreign names that a text shows as values of their own; what the question named may be told back. */
export function shownOf(text: string, { teams, accounts, resources }: Foreign, asked: string): string[] {
  const told = decodeURIComponent(asked)
  const ids = [...accounts, ...resources].filter((name) => text.includes(name) && !told.includes(name))
  const named = teams
    .filter((team) => !told.includes(team))
    .flatMap((team) =>
      [...text.matchAll(new RegExp(`(?:^|(?<!=)[">,|]) ?${team} ?(?:["<,|]|\\r?$)`, 'gm'))].map(
        ({ index }) => `${team}: ${text.slice(Math.max(0, index - 60), index + 60)}`,
      ),
    )
  return [...ids, ...named]
}

/** The text that a reader of the answer sees, with the headers that say something of the data. */
export async function seenIn(response: Response, parquet: (file: Buffer) => Promise<string>): Promise<string> {
  const bytes = Buffer.from(await response.arrayBuffer())
  const type = response.headers.get('content-type') ?? ''
  const head = ['content-disposition', 'etag', 'x-meta', 'location'].map((name) => response.headers.get(name)).join(' ')
  if (type.startsWith('application/pdf')) return `${head}\n${pdfText(bytes)}`
  if (type.includes('parquet')) return `${head}\n${await parquet(bytes)}`
  return `${head}\n${bytes.toString('utf8')}`
}

/** Every way to ask for what `foreign` names, as paths that are read; `finding` is another team's. */
export function foreignReads({ teams, accounts, resources }: Foreign, own: string, finding: string): string[] {
  const [team, account, resource] = [teams[0], accounts[0], resources[0]].map((name) => encodeURIComponent(name ?? ''))
  const today = new Date().toISOString()
  const v1 = [
    ...['team', 'account', 'service', 'product', 'provider', 'region'].map((by) => `costs?group_by=${by}`),
    ...['csv', 'arrow', 'parquet'].map((format) => `costs?group_by=account&format=${format}`),
    ...[
      `costs?group_by=service&team=${team}`,
      `costs?group_by=team&team=${team}`,
      `costs?group_by=team&as_of=${today}`,
    ],
    ...['queries/cost_by_team', 'queries/cost_by_account', 'queries/accounts', 'queries/account_inventory'],
    ...['queries/daily?limit=10000', 'queries/daily?format=parquet', 'queries/resources?limit=10000'],
    ...['queries/resources?format=csv', 'queries/resources?format=arrow', `queries/top_resources?team=${team}`],
    ...['queries/top_resources?limit=500', 'queries/untagged_resources', 'queries/tag_values', 'queries/tag_sets'],
    ...['queries/spend_variance?dimension=team', 'queries/budget_year?dimension=team', 'queries/charges_of_day'],
    ...['queries/commitment_expiry', 'queries/commitment_sharing', 'queries/kubernetes_costs', 'queries/focus_1_2'],
    ...['commitments?group_by=commitment', 'tag-coverage?group_by=team', 'tag-coverage?group_by=account'],
    ...[`unit-costs?dimension=team&value=${team}`, 'variance?dimension=team', 'variance?dimension=account'],
    ...['sources', 'reconciliation', 'alerts', `alerts?team=${team}`, 'anomalies', 'forecasts', 'forecasts?level=team'],
    ...['recommendations', 'recommendations?format=csv', `recommendations?team=${team}`],
    ...[`recommendations?account=${account}`, `recommendations/${finding}`, 'savings', `savings/${finding}`],
    ...['savings?state=proposed', 'savings?state=accepted', 'reports', `reports/team?team=${team}`],
    ...['json', 'html', 'md', 'csv', 'pdf'].flatMap((format) => [
      ...['tags', 'optimisation', 'executive', 'commitments'].map((kind) => `reports/${kind}?format=${format}`),
      `reports/team?team=${encodeURIComponent(own)}&format=${format}`,
    ]),
    ...[`reports/tags?as_of=${today}`, `queries/resources?cursor=x&resource=${resource}`],
  ]
  const pages = ['', 'alerts', 'forecasts', 'savings', 'savings/ledger', `savings/${finding}`, 'queries/cost_by_team']
  return [...v1.map((path) => `/api/v1/${path}`), ...pages.map((path) => `/${path}`)]
}

/** Statements that look for what `foreign` names. */
export function foreignStatements({ teams, accounts, resources }: Foreign, own: string): string[] {
  const quoted = (names: readonly string[]) => names.map((name) => `'${name.replaceAll("'", "''")}'`).join(', ')
  const [team, account, resource] = [quoted(teams), quoted(accounts), quoted(resources.slice(0, 40))]
  return [
    `select * from daily where team in (${team})`,
    `select * from daily where team is distinct from '${own}'`,
    `select * from daily where sub_account_id in (${account})`,
    `select * from charges where SubAccountId in (${account})`,
    `select * from charges where ResourceId in (${resource})`,
    `select * from charges where Tags['team'] in (${team})`,
    `select * from resources where resource_id in (${resource})`,
    `select * from resources where team <> '${own}'`,
    `select * from rollup_daily where sub_account_id in (${account})`,
    `select * from owned_resources where resource_id in (${resource})`,
    `select * from owned_accounts where sub_account_id in (${account})`,
    `select * from owned_teams where team <> '${own}'`,
    `select * from budgets where value in (${team})`,
    `select * from account_names where account_id in (${account})`,
    `select * from tag_set_keys where tag_key = 'team' and canonical_value in (${team})`,
    `select * from provider_totals union all by name select * from provider_commitments`,
    `select * from dimension_days where dimension = 'team' and value in (${team})`,
  ]
}
