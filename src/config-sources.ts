import { Cron } from 'croner'
import { z } from 'zod'
import { choice, integer, text, texts } from './config-values.ts'

export const cronLine = text.refine(isCronLine, 'must be a cron line of five fields that comes due, in UTC')

/** Whether the schedule can run it: croner takes six fields and single instants too. */
function isCronLine(line: string): boolean {
  if (!/^(\S+\s+){4}\S+$/.test(line)) return false
  try {
    return new Cron(line, { timezone: 'UTC', paused: true }).nextRun(new Date(0)) !== null
  } catch (error) {
    if (error instanceof RangeError || error instanceof TypeError) return false
    throw error
  }
}

/** Keys of every source. */
const common = {
  /** How commands and messages call the source. */
  name: text.pipe(z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'must be lower-case letters, digits and dashes')),
  /** Source of the lake, as `import --source`; default: provider and billing account. */
  lake_source: text.optional(),
  /** When `serve` collects it, in UTC; default: `collect.schedule`. */
  schedule: cronLine.optional(),
  /** Hours after which data that have not moved on are a finding. */
  late_after_hours: integer(1, 8760).default(36),
}

/** How AWS clients find credentials: the SDK's default chain, a profile, then a role assumed with them. */
const aws = {
  profile: text.optional(),
  role_arn: text.pipe(z.string().regex(/^arn:[\w-]+:iam::\d{12}:role\/.+/, 'is no ARN of a role')).optional(),
  external_id: text.optional(),
  region: text.default('us-east-1'),
  /** Only for S3-compatible stores and tests. */
  endpoint: text.optional(),
}

/** How Azure clients find credentials: DefaultAzureCredential, of which these choose one. */
const azureIdentity = {
  tenant_id: text.optional(),
  client_id: text.optional(),
}

/** Blob storage takes a variable of the environment that holds a connection string or SAS, too. */
const azure = {
  ...azureIdentity,
  connection_string_env: text.optional(),
  sas_env: text.optional(),
}

/** Google clients find Application Default Credentials. */
const google = {
  project: text,
  endpoint: text.optional(),
}

const months = (fallback: number) => integer(1, 60).default(fallback)

const awsExport = z.strictObject({
  ...common,
  type: z.literal('aws_export'),
  bucket: text,
  /** Key prefix below which exports lie; empty: the whole bucket. */
  prefix: z.string().default(''),
  ...aws,
  look_back_months: months(2),
})

const costExplorerParts = ['costs', 'totals', 'commitments', 'forecast', 'anomalies', 'recommendations'] as const

const awsCostExplorer = z.strictObject({
  ...common,
  type: z.literal('aws_cost_explorer'),
  ...aws,
  collect: z.array(choice(costExplorerParts)).default(['totals', 'commitments']),
  /** Requests a run at USD 0.01 each; the run ends before the next one. */
  max_requests: integer(1, 100_000).default(200),
  look_back_months: months(2),
})

const awsOrganizations = z.strictObject({ ...common, type: z.literal('aws_organizations'), ...aws })

const azureExport = z.strictObject({
  ...common,
  type: z.literal('azure_export'),
  /** `https://<account>.blob.core.windows.net` */
  account_url: text.optional(),
  container: text,
  prefix: z.string().default(''),
  ...azure,
  look_back_months: months(2),
})

const costManagementParts = [
  'totals',
  'cost_details',
  'benefits',
  'forecast',
  'recommendations',
  'alerts',
  'budgets',
] as const

const azureCostManagement = z.strictObject({
  ...common,
  type: z.literal('azure_cost_management'),
  /** `subscriptions/<id>`, `providers/Microsoft.Billing/billingAccounts/<id>`, … */
  scope: text,
  collect: z.array(choice(costManagementParts)).default(['totals', 'benefits', 'budgets']),
  ...azureIdentity,
  endpoint: text.optional(),
  look_back_months: months(2),
})

const gcpExport = z.strictObject({
  ...common,
  type: z.literal('gcp_export'),
  ...google,
  dataset: text,
  /** Tables to collect; default: the detailed export, else the standard one. */
  tables: texts.optional(),
  location: text.optional(),
  /** Refuses a query that would bill more, per query. */
  max_gib_billed: integer(1, 1_000_000).default(100),
  look_back_days: integer(1, 3650).default(35),
})

const gcpBilling = z.strictObject({
  ...common,
  type: z.literal('gcp_billing'),
  ...google,
  billing_account: text.optional(),
  collect: z.array(choice(['projects', 'prices', 'budgets'])).default(['projects', 'budgets']),
  /** Services whose price list is taken, by name; default all. */
  services: texts.optional(),
  currency: text.default('USD'),
})

const focusFiles = z.strictObject({
  ...common,
  type: z.literal('focus_files'),
  /** `s3://bucket/prefix`, `gs://bucket/prefix`, `https://acct.blob.core.windows.net/container/prefix`, `https://host/file.csv`, a folder. */
  url: text,
  ...aws,
  ...azure,
  /** A variable of the environment that holds the value of the Authorization header, for https. */
  authorization_env: text.optional(),
})

const businessMetrics = z
  .strictObject({
    ...common,
    type: z.literal('business_metrics'),
    /** Files or https addresses of CSV, NDJSON or Parquet in long form. */
    files: texts.optional(),
    prometheus: z
      .strictObject({
        url: text,
        authorization_env: text.optional(),
        /** Metric name to PromQL; one value a day and label set. */
        queries: z.record(text, text),
        days: integer(1, 400).default(7),
      })
      .optional(),
    /** A select over the warehouse: columns metric_date, metric, value, optionally unit and dimensions. */
    sql: text.optional(),
  })
  .refine(({ files, prometheus, sql }) => [files, prometheus, sql].filter(Boolean).length === 1, {
    message: 'needs one of files, prometheus and sql',
  })

const opencost = z.strictObject({
  ...common,
  type: z.literal('opencost'),
  url: text,
  cluster: text,
  currency: text.default('USD'),
  authorization_env: text.optional(),
  days: integer(1, 400).default(7),
  aggregate: text.default('namespace,controller'),
})

const kinds = [
  awsExport,
  awsCostExplorer,
  awsOrganizations,
  azureExport,
  azureCostManagement,
  gcpExport,
  gcpBilling,
  focusFiles,
  businessMetrics,
  opencost,
] as const

/** Keys of each type of source, the required ones of its own first. */
export const sourceKeys: ReadonlyMap<string, readonly string[]> = new Map(
  kinds.map(({ shape }) => {
    const own = Object.keys(shape).filter((key) => !(key in common))
    return [shape.type.value, [...own, ...Object.keys(common)]]
  }),
)

/** One entry of `sources` in costwright.yaml; docs/configuration.md describes every key. */
export const sourceSchema = z.discriminatedUnion('type', kinds, {
  error: ({ code }: { readonly code?: string }) =>
    code === 'invalid_type' ? 'must be a map of keys' : `must be one of ${[...sourceKeys.keys()].join(', ')}`,
})

export type SourceConfig = z.output<typeof sourceSchema>

/** `sources` and `collect` of costwright.yaml. */
export const collectSchema = z
  .strictObject({
    /** When `serve` collects, in UTC; off by default. */
    schedule: cronLine.optional(),
    /** Downloads at a time over all sources. */
    downloads: integer(1, 32).default(4),
  })
  .prefault({})
