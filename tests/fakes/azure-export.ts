import { createHash } from 'node:crypto'
import { type Cells, csvText, gz } from '../support/dialect.ts'

/** One run of an Azure cost export, as tests describe it. */
export interface ExportRunSpec {
  /** `YYYY-MM` */
  readonly month: string
  /** Cost of one charge each, decimal texts. */
  readonly amounts: readonly string[]
  readonly type?: string
  readonly name?: string
  readonly scope?: string
  /** ISO instant. */
  readonly submitted?: string
  /** Tells runs apart that are otherwise equal. */
  readonly run?: string
  /** Files of the run; the charges are dealt out to them. */
  readonly parts?: number
  readonly gzip?: boolean
  /** OverwritePreviousReport: one folder for all runs of the month. */
  readonly overwrite?: boolean
}

export const enrollment = '/providers/Microsoft.Billing/billingAccounts/8611537'

/** Blobs of the run by key, data first and the manifest last, as Azure writes them (specs/exports.md section 3.2). */
export function exportRun(spec: ExportRunSpec): Map<string, Buffer> {
  const { month, amounts, type = 'ActualCost', name = `daily-${type}`.toLowerCase(), parts = 1 } = spec
  const submitted = spec.submitted ?? `${month}-28T05:00:00.1200000Z`
  const lastDay = new Date(Date.UTC(Number(month.slice(0, 4)), Number(month.slice(5)), 0)).getUTCDate()
  const compact = month.replace('-', '')
  const run = guid(spec.overwrite ? 'the same' : `${name} ${month} ${submitted} ${spec.run ?? ''}`)
  const folder = `costs/${name}/${compact}01-${compact}${lastDay}/${run}`
  const blobs = new Map<string, Buffer>()
  const extension = spec.gzip ? 'csv.gz' : 'csv'
  const row = type === 'FocusCost' ? focusCharge : charge
  for (let part = 0; part < parts; part += 1) {
    const rows = amounts.flatMap((amount, index) => (index % parts === part ? [row(month, amount, index)] : []))
    const text = csvText(rows.length > 0 ? rows : [], { columns: Object.keys(row(month, '0', 0)) })
    blobs.set(`${folder}/part_${part}_0001.${extension}`, spec.gzip ? gz(text) : Buffer.from(text))
  }
  const manifest = {
    manifestVersion: '2024-04-01',
    byteCount: [...blobs.values()].reduce((sum, { length }) => sum + length, 0),
    blobCount: blobs.size,
    dataRowCount: amounts.length,
    exportConfig: {
      exportName: name,
      resourceId: `${spec.scope ?? enrollment}/providers/Microsoft.CostManagement/exports/${name}`,
      dataVersion: '2021-10-01',
      type,
      timeFrame: 'MonthToDate',
      granularity: 'Daily',
    },
    deliveryConfig: {
      partitionData: true,
      dataOverwriteBehavior: spec.overwrite ? 'OverwritePreviousReport' : 'CreateNewReport',
      fileFormat: 'Csv',
      compressionMode: spec.gzip ? 'gzip' : 'none',
      rootFolderPath: 'costs',
    },
    runInfo: {
      executionType: 'Scheduled',
      submittedTime: submitted,
      runId: spec.overwrite ? guid(`${submitted} ${spec.run ?? ''}`) : run,
      startDate: `${month}-01T00:00:00`,
      endDate: `${month}-${lastDay}T00:00:00`,
    },
    blobs: [...blobs].map(([blobName, { length }]) => ({ blobName, byteCount: length })),
  }
  return blobs.set(`${folder}/manifest.json`, Buffer.from(JSON.stringify(manifest)))
}

function guid(text: string): string {
  const hash = createHash('md5').update(text).digest('hex')
  return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-${hash.slice(12, 16)}-${hash.slice(16, 20)}-${hash.slice(20)}`
}

/** A row of the columns of 2019 (EA); actual and amortised cost look alike. */
export function charge(month: string, amount: string, index: number): Cells {
  const [year, of] = month.split('-')
  return {
    InvoiceSectionName: 'Sec',
    BillingAccountId: '8611537',
    BillingPeriodStartDate: `${of}/01/${year}`,
    BillingPeriodEndDate: `${of}/28/${year}`,
    SubscriptionId: '0d000000-0000-4000-8000-000000000001',
    SubscriptionName: 'prod',
    Date: `${of}/15/${year}`,
    MeterId: 'aaaa0000-0000-4000-8000-000000000001',
    MeterCategory: 'Virtual Machines',
    MeterName: 'D2 v3',
    ConsumedService: 'Microsoft.Compute',
    ResourceId: `/subscriptions/0d000000-0000-4000-8000-000000000001/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/vm${index}`,
    Quantity: '24',
    UnitOfMeasure: '1 Hour',
    UnitPrice: '0.1',
    CostInBillingCurrency: amount,
    BillingCurrencyCode: 'EUR',
    ChargeType: 'Usage',
    PricingModel: 'OnDemand',
    Frequency: 'UsageBased',
    Tags: '"team": "a"',
  }
}

/** A row of a FOCUS file. */
export function focusCharge(month: string, amount: string, index: number, day = '15'): Cells {
  const next = new Date(Date.UTC(Number(month.slice(0, 4)), Number(month.slice(5)), 1)).toISOString().slice(0, 10)
  return {
    BillingAccountId: '8611537',
    BillingAccountName: 'Main',
    BillingCurrency: 'EUR',
    BillingPeriodStart: `${month}-01T00:00:00Z`,
    BillingPeriodEnd: `${next}T00:00:00Z`,
    ChargePeriodStart: `${month}-${day}T00:00:00Z`,
    ChargePeriodEnd: `${month}-${String(Number(day) + 1).padStart(2, '0')}T00:00:00Z`,
    ChargeCategory: 'Usage',
    ChargeDescription: 'compute',
    BilledCost: amount,
    EffectiveCost: amount,
    ListCost: amount,
    ProviderName: 'Microsoft',
    ServiceName: 'Compute',
    ResourceId: `vm${index}`,
    SubAccountId: 'sub',
    Tags: '{"team":"a"}',
  }
}
