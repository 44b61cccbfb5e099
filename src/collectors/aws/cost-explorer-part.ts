import type { CostExplorerClient } from '@aws-sdk/client-cost-explorer'
import type { RowsFile } from '../collector.ts'
import type { AwsAccount } from './account.ts'
import type { AskedMonth } from './cost-explorer-months.ts'
import type { Requests } from './cost-explorer-requests.ts'

export type Row = Readonly<Record<string, unknown>>

/** What every part asks with. */
export interface CostExplorer {
  readonly client: CostExplorerClient
  readonly requests: Requests
  /** Whose bill it is; free of charge. */
  readonly account: () => Promise<AwsAccount>
  /** Currency of answers that name none: AWS China bills in CNY, every other Cost Explorer answers in USD. */
  readonly currency: string
  /** `YYYY-MM-DD`, UTC. */
  readonly today: string
}

/** The files that make up one unit, and the least number of requests they take when nothing is kept. */
export interface PartFiles {
  readonly files: readonly RowsFile[]
  readonly requests: number
}

/** One entry of `collect` that is asked month by month; null when the month cannot be asked yet. */
export type MonthlyPart = (ce: CostExplorer, month: AskedMonth, unit: string) => PartFiles | null

/** One entry of `collect` that is asked as of today. */
export type DailyPart = (ce: CostExplorer, unit: string) => PartFiles

/** A file of rows for one of the tables that collectors fill. */
export function rowsFile(table: string, read: () => AsyncIterable<Row>): RowsFile {
  return { kind: 'rows', name: `${table}.ndjson.gz`, rows: null, read }
}

/** Names of services as Cost Explorer's filter SERVICE spells them, for those that sell reservations; one request each. */
export const reservedServices = [
  'Amazon Elastic Compute Cloud - Compute',
  'Amazon Relational Database Service',
  'Amazon ElastiCache',
  'Amazon Redshift',
  'Amazon OpenSearch Service',
  'Amazon MemoryDB',
] as const
